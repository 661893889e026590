"""AnnoMI's turns by the majority of their annotators, and what the rules say of each."""

import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.shared.corpora import TEXTS
from prosody.listening.behaviours import group_of
from prosody.listening.coder import code
from prosody.rules.language import load
from prosody.trained.text import Input, inputs
from prosody.trained.weights import Coder

CSV = TEXTS / "AnnoMI-full.dev.csv"
CLASSES = ("question", "reflection", "therapist_input", "other")
COLUMNS = CLASSES[:3]


@dataclass(frozen=True)
class Turn:
    """One turn with what most annotators said of it, and every annotator's main label."""

    transcript: str
    role: str
    text: str
    exists: dict[str, bool]
    main: str
    subtype: str
    depth: str
    mains: tuple[str, ...]
    told: str  # subtype of what the therapist tells


def most(values: Iterable[str]) -> str:
    """Give the most frequent value; the first of equals in sorted order."""
    counted = Counter(values)
    return max(sorted(counted), key=lambda v: counted[v])


def read(path: Path) -> list[Turn]:
    """Read the file, one turn per transcript and utterance, by majority."""
    groups: dict[tuple[str, int], list[dict[str, str]]] = defaultdict(list)
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            groups[row["transcript_id"], int(row["utterance_id"])].append(row)
    turns = []
    for (transcript, _), rows in groups.items():
        exists = {c: most(r[f"{c}_exists"] for r in rows) == "True" for c in COLUMNS}
        mains = tuple(r["main_therapist_behaviour"] for r in rows)
        subtype = most(r["question_subtype"] for r in rows)
        turns.append(
            Turn(
                transcript,
                rows[0]["interlocutor"],
                rows[0]["utterance_text"],
                exists,
                most(mains),
                subtype,
                most(r["reflection_subtype"] for r in rows),
                mains,
                most(r["therapist_input_subtype"] for r in rows),
            )
        )
    return turns


def by_transcript(turns: Iterable[Turn]) -> dict[str, list[Turn]]:
    """Give the turns of every transcript, in the order they came."""
    found: dict[str, list[Turn]] = defaultdict(list)
    for turn in turns:
        found[turn.transcript].append(turn)
    return found


@dataclass(frozen=True)
class Judged:
    """One therapist turn: the label and what the rules said."""

    turn: Turn
    kinds: frozenset[str]
    main: str
    opened: str | None
    depth: str | None = None
    suggested: tuple[tuple[str, float], ...] = ()


def of_therapist(talk: Sequence[tuple[str, str]]) -> list[Input]:
    """Give the therapist's turns, as the coder takes them."""
    pairs = zip(talk, inputs(talk), strict=True)
    return [turn for (role, _), turn in pairs if turn is not None and role == "therapist"]


def judge(
    turns: Sequence[Turn],
    change: Callable[[str], str],
    coder: Coder | None = None,
    known: dict[str, tuple[float, ...]] | None = None,
) -> list[Judged]:
    """Code every transcript, its text changed first; by the rules alone without a coder.

    `known` keeps what the coder made of turns, and gets what it makes of others.
    """
    rules = load("en")
    out = []
    for own in by_transcript(turns).values():
        spoken = [(t.role, change(t.text)) for t in own]
        if coder is not None and known is not None:
            known.update(coder.read(of_therapist(spoken), known))
        coded = code(spoken, rules=rules, coder=coder, known=known)
        for original, said in zip(own, coded, strict=True):
            turn = replace(original, text=said.text)
            if turn.role != "therapist":
                continue
            kinds = [b.kind for b in said.behaviours]
            asked = next((k for k in kinds if k.startswith("question")), None)
            out.append(
                Judged(
                    turn,
                    frozenset(map(group_of, kinds)),
                    group_of(kinds[0]) if kinds else "other",
                    asked,
                    next((b.sub_kind for b in said.behaviours if b.sub_kind), None),
                    tuple((b.kind, b.confidence) for b in said.behaviours),
                )
            )
    return out


def unread(turns: Sequence[Turn]) -> list[Turn]:
    """Transcripts whose errors no author of rules read: every fourth but the first nine."""
    ids = sorted({t.transcript for t in turns}, key=int)
    later = [t for k, t in enumerate(ids) if k >= 9 and k % 2 == 1]
    keep = set(later[1::2])
    return [t for t in turns if t.transcript in keep]
