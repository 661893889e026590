"""Open or closed: how far the coder agrees with people, people with each other, and what is left.

Three of the transcripts were coded by ten people each and all others by one, so that what is said
of a question is mostly one person's word. A coder that does not know who will judge it cannot be
expected to agree with one person more often than what most people say does. Intervals are 95 %
bootstraps: over questions where several people coded the same ones, over transcripts elsewhere.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.listening.annomi import Judged, most
from benchmarks.listening.learned import bag
from benchmarks.shared.draws import drawn_again

__all__ = ["OPEN", "asked", "openness"]

OPEN = ("open", "closed")
DRAWS = 2000
NEARLY_ALL = 0.9  # a coder who calls more than this share of questions open says little by it
SEVERAL = 3  # who coded a turn, from which most of them can be told
Codes = Mapping[tuple[str, str], Mapping[str, str]]


def openness(judged: Sequence[Judged], path: Path) -> dict[str, Any]:
    """Give everything: the coder beside people, person by person, and a classifier fitted here."""
    coded = codes(path)
    alone = {talk: next(iter(who)) for talk, who in _coders(coded).items() if len(who) == 1}
    own = asked(judged)
    rows = by_coder(own, alone)
    lavish = {row["coder"] for row in rows if row["people"] > NEARLY_ALL}
    left = [j for j in own if alone.get(j.turn.transcript) not in lavish]
    several = [j for j in own if j.turn.transcript not in alone]
    return {
        "coder": _accuracy(own),
        "coder, without": _accuracy(left),
        "coder, several": _accuracy(several),
        "lavish": sorted(lavish),
        "by coder": rows,
        "people": people(coded),
        "people, without": people(
            {u: {w: c for w, c in by.items() if w not in lavish} for u, by in coded.items()}
        ),
        "fitted": fitted(judged),
    }


def asked(judged: Iterable[Judged]) -> list[Judged]:
    """Give the questions that people and coder both call one, and people open or closed."""
    both = (j for j in judged if j.opened and j.turn.exists["question"])
    return [j for j in both if j.turn.subtype in OPEN]


def _right(j: Judged) -> bool:
    return j.opened == f"question_{j.turn.subtype}"


def codes(path: Path) -> Codes:
    """Give who called each turn what: a subtype of question, or none."""
    said: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["interlocutor"] == "therapist":
                where = row["transcript_id"], row["utterance_id"]
                said[where][row["annotator_id"]] = row["question_subtype"]
    return said


def _coders(coded: Codes) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for (talk, _), by in coded.items():
        found[talk] |= set(by)
    return found


def by_coder(own: Sequence[Judged], alone: Mapping[str, str]) -> list[dict[str, Any]]:
    """Give for each person, of the transcripts that they alone coded, both shares of open ones."""
    of: dict[str, list[Judged]] = defaultdict(list)
    for j in own:
        if j.turn.transcript in alone:
            of[alone[j.turn.transcript]].append(j)
    return [
        {
            "coder": who,
            "talks": len({j.turn.transcript for j in of[who]}),
            "questions": len(of[who]),
            "people": float(np.mean([j.turn.subtype == "open" for j in of[who]])),
            "said": float(np.mean([j.opened == "question_open" for j in of[who]])),
            "right": float(np.mean([_right(j) for j in of[who]])),
        }
        for who in sorted(of)
    ]


def people(coded: Codes) -> dict[str, Any]:
    """Give how far people agree, question by question that several coded.

    ``most``: one person against most of the others. ``two``: any two people.
    """
    ways: dict[str, list[list[bool]]] = {"most": [], "two": []}
    for by in (list(by.values()) for by in coded.values() if len(by) >= SEVERAL):
        others = [(one, most(by[:at] + by[at + 1 :])) for at, one in enumerate(by)]
        ways["most"].append(_same(others))
        ways["two"].append(_same(combinations(by, 2)))
    return {name: _around(found) for name, found in ways.items()}


def _same(pairs: Iterable[tuple[str, str]]) -> list[bool]:
    """Say of every pair who both call it open or closed whether they agree."""
    return [a == b for a, b in pairs if a in OPEN and b in OPEN]


def _accuracy(own: Sequence[Judged]) -> dict[str, Any]:
    by: dict[str, list[bool]] = defaultdict(list)
    for j in own:
        by[j.turn.transcript].append(_right(j))
    return _around([by[talk] for talk in sorted(by)])


def _around(groups: Iterable[Sequence[bool]]) -> dict[str, Any]:
    """Give the share that is true, its interval by groups drawn again, and both counts."""
    own = [np.array([sum(group), len(group)]) for group in groups if group]
    hits, n = np.sum(own, axis=0)
    drawn = [np.sum(some, axis=0) for some in drawn_again(own, DRAWS)]
    low, high = np.quantile([part / whole for part, whole in drawn], (0.025, 0.975))
    return {
        "share": [float(hits / n), float(low), float(high)],
        "n": int(n),
        "groups": len(own),
    }


def fitted(judged: Sequence[Judged]) -> dict[str, Any]:
    """Give what a classifier reaches that is fitted to the other talks: what words can give there.

    Of questions by their own words, whether rules and network together call them open, and the
    words themselves; and how far the share of open questions differs between talks of ten and more.
    """
    from scipy.sparse import csr_matrix, hstack
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold

    own = asked(judged)
    opened = np.array([j.turn.subtype == "open" for j in own])
    words = bag().fit_transform([_question(j.turn.text) for j in own])
    said = csr_matrix([[float(j.opened == "question_open")] for j in own])
    inside, right = hstack([words, said]).tocsr(), 0
    talks_of = np.array([j.turn.transcript for j in own])
    for train, test in GroupKFold(5).split(inside, groups=talks_of):
        model = LogisticRegression(max_iter=1000).fit(inside[train], opened[train])
        right += int((model.predict(inside[test]) == opened[test]).sum())
    shares = [opened[own].mean() for t in set(talks_of) if (own := talks_of == t).sum() >= 10]
    low, high = np.quantile(shares, (0.1, 0.9))
    return {"accuracy": right / len(opened), "least": float(low), "most": float(high)}


def _question(text: str) -> str:
    """Give the last sentence with a question mark; the whole where there is none."""
    parts = [part for part in text.replace("?", "?\n").split("\n") if part.endswith("?")]
    return parts[-1] if parts else text
