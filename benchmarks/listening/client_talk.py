"""Change talk and sustain talk, beside a bag of words and beside people.

    .venv/bin/python -m benchmarks.listening.client_talk [--write]

Judged on the client's turns of AnnoMI's development part, by the code that most annotators gave:
change, sustain or neutral. *Phrases* are what the product may suggest; the bag of words (words and
their pairs, logistic regression) learned from the clients of our own dialogues, like everything
that may ship; a second one learned from AnnoMI itself, talks held out, and shows what words can
give there. Macro-F1 of the three; intervals draw whole talks, and the lead is paired. Phrases are
looked for in a session of motivational interviewing only where their lead lies above 0
(`prosody.listening.measured`).
"""

import csv
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.listening.annomi import CSV, most
from benchmarks.listening.learned import bag
from benchmarks.listening.scores import f1
from benchmarks.shared.draws import drawn_again
from benchmarks.shared.records import Found, Page, Table, main
from prosody.listening import behaviours
from prosody.listening.from_words import read_turn
from prosody.listening.sentences import Said
from prosody.rules.language import load, tokens
from prosody.settings import Reading
from training.talks_check import talks

CODES = ("change", "neutral", "sustain")
FOLDS, DRAWS = 5, 2000
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Turn:
    """A turn of a talk; of a client's, every annotator's code."""

    talk: str
    role: str
    text: str
    codes: tuple[str, ...]

    @property
    def code(self) -> str:
        """What most annotators say."""
        return most(self.codes)


def read(path: Path = CSV) -> list[Turn]:
    """Read every turn in order, with the codes of all who coded it."""
    found: dict[tuple[str, int], Turn] = {}
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            key = row["transcript_id"], int(row["utterance_id"])
            before = found[key].codes if key in found else ()
            codes = (*before, row["client_talk_type"])
            found[key] = Turn(key[0], row["interlocutor"], row["utterance_text"], codes)
    return list(found.values())


def macro(pairs: Pairs) -> float:
    """Mean F1 of the three codes, of pairs (true, said)."""
    return float(np.mean([f1([(t == c, s == c) for t, s in pairs])[2] for c in CODES]))


def by_phrase(turns: Sequence[Turn]) -> list[str]:
    """Give what the product's phrases say of every client's turn."""
    rules, limits = load("en"), Reading()
    rows = [(row, row.reads) for row in behaviours.table() if row.interviewing]

    def code(text: str) -> str:
        read = read_turn(Said("client", text, tokens(text, rules)), None, rules, limits)
        shown = (row.kind for row, reads in rows if reads is not None and reads(read) is not None)
        return next(shown, "neutral").removesuffix("_talk")

    return [code(turn.text) for turn in turns if turn.role == "client"]


def by_bag(texts: Sequence[str], codes: Sequence[str], asked: Sequence[str]) -> list[str]:
    """Give what a bag of words says that learned from coded texts."""
    from sklearn.linear_model import LogisticRegression

    words = bag()
    model = LogisticRegression(max_iter=1000, class_weight="balanced")
    model.fit(words.fit_transform(texts), codes)
    return [str(code) for code in model.predict(words.transform(asked))]


def of_our_dialogues() -> tuple[list[str], list[str]]:
    """Give the texts and the codes of our dialogues' clients."""
    own = [turn for turns in talks().values() for turn in turns if turn.speaker == "client"]
    codes = [next((c for c in CODES if f"{c}_talk" in turn.kinds), "neutral") for turn in own]
    return [turn.text for turn in own], codes


def held_out(turns: Sequence[Turn]) -> list[str]:
    """Give what a bag of words says that learned from the other talks of the same corpus."""
    from sklearn.model_selection import GroupKFold

    texts, codes = [t.text for t in turns], [t.code for t in turns]
    said = np.empty(len(turns), object)
    for train, test in GroupKFold(FOLDS).split(texts, groups=[t.talk for t in turns]):
        own = by_bag([texts[i] for i in train], [codes[i] for i in train], [texts[i] for i in test])
        said[test] = own
    return [str(code) for code in said]


def people(turns: Sequence[Turn]) -> Pairs:
    """Give one annotator's code beside that of most of the others, where three or more coded."""
    return [
        (most(t.codes[:at] + t.codes[at + 1 :]), own)
        for t in turns
        if len(t.codes) >= 3
        for at, own in enumerate(t.codes)
    ]


def drawn(turns: Sequence[Turn], said: Sequence[str]) -> np.ndarray:
    """Give macro-F1 of many draws of whole talks; the same draws for everyone."""
    by: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for turn, code in zip(turns, said, strict=True):
        by[turn.talk].append((turn.code, code))
    own = [by[name] for name in sorted(by)]
    made = drawn_again(own, DRAWS)
    return np.array([macro([pair for talk in some for pair in talk]) for some in made])


def lead(turns: Sequence[Turn]) -> tuple[float, float, float]:
    """Give by how much the phrases lead a bag of words that learned what may ship."""
    mine = [turn for turn in turns if turn.role == "client"]
    ours, theirs = by_phrase(turns), by_bag(*of_our_dialogues(), [t.text for t in mine])
    apart = drawn(mine, ours) - drawn(mine, theirs)
    whole = macro(_paired(mine, ours)) - macro(_paired(mine, theirs))
    low, high = np.quantile(apart, (0.025, 0.975))
    return round(whole, 3), round(float(low), 3), round(float(high), 3)


def _paired(turns: Sequence[Turn], said: Sequence[str]) -> Pairs:
    return [(turn.code, code) for turn, code in zip(turns, said, strict=True)]


TEXT = """\
# Change talk and sustain talk

`python -m benchmarks.listening.client_talk --write`, {made}

{turns} turns of clients in {talks} talks of AnnoMI's development part, of which nothing was used to
learn from; macro-F1 of change, neutral and sustain, 95 % intervals of whole talks drawn again.

{table}

One person against most of the others: macro-F1 {people} ({judgements} judgements). {verdict}
"""


def find(path: Path = CSV) -> Found:
    """Judge phrases and bags of words."""
    turns = read(path)
    mine = [turn for turn in turns if turn.role == "client"]
    said = {
        "phrases of the rule file": by_phrase(turns),
        "bag of words, from our dialogues": by_bag(*of_our_dialogues(), [t.text for t in mine]),
        "bag of words, from AnnoMI, talks held out": held_out(mine),
    }
    rows = [[name, *_row(mine, codes)] for name, codes in said.items()]
    pairs = people(mine)
    whole, low, high = lead(turns)
    words = {
        "turns": str(len(mine)),
        "talks": str(len({turn.talk for turn in mine})),
        "people": f"{macro(pairs):.3f}",
        "judgements": str(len(pairs)),
        "verdict": f"Phrases less the bag of words that learned from our dialogues: {whole:+.3f} "
        f"({low:+.3f} to {high:+.3f}); " + ("they are looked for." if low > 0 else "so they are "
        "not looked for, and these two kinds stand only where a person names them."),
    }  # fmt: skip
    head = ["", "macro-F1", "change, F1", "sustain, F1", "precision of change", "of sustain"]
    return Found({"table": Table(head, rows)}, words, [path])


def _row(turns: Sequence[Turn], said: Sequence[str]) -> list[str]:
    pairs = _paired(turns, said)
    low, high = np.quantile(drawn(turns, said), (0.025, 0.975))
    each = {c: f1([(t == c, s == c) for t, s in pairs]) for c in ("change", "sustain")}
    cells = [f"{each[c][2]:.3f}" for c in each] + [f"{each[c][0]:.3f}" for c in each]
    return [f"{macro(pairs):.3f} ({low:.3f} to {high:.3f})", *cells]


PAGE = Page(
    "client-talk",
    TEXT,
    (CSV,),
    find,
)

if __name__ == "__main__":
    main(PAGE)
