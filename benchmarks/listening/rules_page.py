"""The rules alone, as the guide shows them: by transcripts read and unread, marks and word errors.

    .venv/bin/python -m benchmarks.listening.rules_page [--write]

`python -m benchmarks.listening` prints more of the same. Judged on AnnoMI's development part;
intervals are 95 %, drawing whole transcripts.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from benchmarks.listening.annomi import COLUMNS, CSV, Judged, Turn, judge, read, unread
from benchmarks.listening.errors import unmarked, with_errors
from benchmarks.listening.scores import calibration, intervals, people, scores
from benchmarks.shared.records import Found, Page, Table, main

Scores = Mapping[str, float]
FIGURES = {
    **{f"{c} F1": f"{c.replace('_', ' ')}, F1" for c in COLUMNS},
    "main macro-F1": "main of four, macro-F1",
    "main accuracy": "main of four, accuracy",
    "open or closed accuracy": "open or closed, accuracy",
    "simple or complex accuracy": "simple or complex, accuracy where offered",
    "a question mark alone, F1": "a question mark alone, F1 of question",
}
ERRORS = ("question F1", "reflection F1", "therapist_input F1", "main macro-F1")
RATES, RUNS = (0.15, 0.30), 3


def by_part(turns: Sequence[Turn]) -> Table:
    """Give every figure of all turns, of those read and unread, with and without marks."""
    apart = {turn.transcript for turn in unread(turns)}
    marked, bare = judge(turns, str), judge(turns, unmarked)
    parts = {
        "all": marked,
        "read": [j for j in marked if j.turn.transcript not in apart],
        "unread": [j for j in marked if j.turn.transcript in apart],
        "small letters, no marks": bare,
        "unread, no marks": [j for j in bare if j.turn.transcript in apart],
    }
    columns = [list(_cells(judged)) for judged in parts.values()]
    heads = [f"{name} ({len({j.turn.transcript for j in own})})" for name, own in parts.items()]
    rows = [[told, *cells] for told, *cells in zip(FIGURES.values(), *columns, strict=True)]
    return Table(["", *heads], rows)


def _cells(judged: Sequence[Judged]) -> Iterator[str]:
    values, around = scores(judged), intervals(judged)
    for name in FIGURES:
        low, high = around[name]
        yield f"{values[name]:.2f} ({low:.2f} to {high:.2f})"


def with_word_errors(turns: Sequence[Turn]) -> Table:
    """Give figures with words put in, left out and replaced, with marks and without."""
    heads, columns = [], []
    for rate in RATES:
        for name, after in (("marks", str), ("no marks", unmarked)):
            runs: list[Scores] = []
            for seed in range(RUNS):
                change = with_errors(rate, turns, seed)
                changed = [replace(t, text=after(change(t.text))) for t in turns]
                runs.append(scores(judge(changed, str)))
            heads.append(f"{rate:.0%}, {name}")
            columns.append([f"{np.mean([run[key] for run in runs]):.2f}" for key in ERRORS])
    rows = [
        [FIGURES[key], *cells] for key, *cells in zip(ERRORS, *columns, strict=True)
    ]  # fmt: skip
    return Table(["made word errors", *heads], rows)


def found_and_right(judged: Sequence[Judged]) -> Table:
    """Give precision and recall of each group."""
    values, around = scores(judged), intervals(judged)

    def cell(name: str) -> str:
        return "{:.2f} ({:.2f} to {:.2f})".format(values[name], *around[name])

    rows = [[c.replace("_", " "), cell(f"{c} precision"), cell(f"{c} recall")] for c in COLUMNS]
    return Table(["all", "precision", "recall"], rows)


def by_confidence(judged: Sequence[Judged]) -> Table:
    """Give stated confidence beside the share that was right."""
    rows = [
        [group.replace("_", " "), f"{said:.2f}", f"{right:.2f}", str(n)]
        for group, _, n, said, right in calibration(judged)
    ]
    return Table(["suggested", "said, mean", "right", "n"], rows)


TEXT = """\
# Listening from words by the rules alone

`python -m benchmarks.listening.rules_page --write`, {made}

{turns} therapist turns of {transcripts} transcripts (AnnoMI, development part), coded by what most
annotators said. The rules were written while the errors of those called read were looked at; what
unread ones show is what to expect of new transcripts. 95 % intervals of whole transcripts drawn
again.

{parts}

{right}

Half of the made word errors are substitutions, a third deletions, the rest insertions; means of
three runs.

{errors}

{confidence}

One coder against the majority of the others, where several coded: macro-F1 {people}
({judgements} judgements).
"""


def find() -> Found:
    """Judge the rules on everything."""
    turns = read(CSV)
    marked, human = judge(turns, str), people(turns)
    tables = {
        "parts": by_part(turns),
        "right": found_and_right(marked),
        "errors": with_word_errors(turns),
        "confidence": by_confidence(marked),
    }
    words = {
        "turns": f"{len(marked):,}",
        "transcripts": str(len({j.turn.transcript for j in marked})),
        "people": f"{human['main macro-F1']:.3f}",
        "judgements": str(human["judgements"]),
    }
    return Found(tables, words, [CSV])


PAGE = Page(
    "listening-rules",
    TEXT,
    (CSV,),
    find,
    {"docs/listening.md": ("parts", "right", "errors", "confidence")},
)

if __name__ == "__main__":
    main(PAGE)
