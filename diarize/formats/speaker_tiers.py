"""A tier that says who speaks, beside one that says what: its labels are names and no words.

Conventions
-----------
Tiers are pairs of a name and labelled intervals, as in `diarize.formats.tiers`. A speaker's tier
is known by its name and by its labels, which recur.
"""

import re
from collections import Counter
from collections.abc import Sequence

from diarize.timeline import Span

__all__ = ["by_speaker"]

_Tier = tuple[str, list[tuple[Span, str]]]
_SPEAKERS = re.compile(
    r"^(?:speakers?|speaker[ _-]?ids?|sprecher(?::?innen)?|sprecherin|who|persons?|turn[ _-]?taker|"
    r"diari[sz]ation|locuteurs?|hablantes?)$",
    re.IGNORECASE,
)


def by_speaker(tiers: Sequence[_Tier]) -> Sequence[_Tier]:
    """Part each other tier by who speaks in its intervals, where one tier says so.

    The parts of a tier are called by the speakers; the first stands in its place and the others at
    the end, and the speakers' tier stays behind empty, so that tiers keep their numbers.
    """
    told = [k for k, (name, labels) in enumerate(tiers) if _SPEAKERS.match(name) and _recur(labels)]
    if len(told) != 1 or len(tiers) < 2:
        return tiers
    speakers = tiers[told[0]][1]
    kept: list[_Tier] = []
    behind: list[_Tier] = []
    for k, (name, intervals) in enumerate(tiers):
        if k == told[0]:
            kept.append((name, []))
            continue
        parts: dict[str, list[tuple[Span, str]]] = {}
        for span, label in intervals:
            parts.setdefault(_whose(span, speakers) or name, []).append((span, label))
        first, *others = parts.items() or [(name, [])]
        kept.append(first)
        behind += others
    return [*kept, *behind]


def _recur(labels: Sequence[tuple[Span, str]]) -> bool:
    """Whether labels are few that come again, as names are."""
    counts = Counter(label for _, label in labels)
    return len(counts) > 1 and 2 * len(counts) <= len(labels)


def _whose(span: Span, speakers: Sequence[tuple[Span, str]]) -> str | None:
    """Say who speaks for the longest in a stretch; None where nobody does."""
    shared: Counter[str] = Counter()
    for own, label in speakers:
        both = own & span
        shared[label] += round(1000 * both.duration) if both else 0
    return max(shared, key=lambda label: shared[label]) if any(shared.values()) else None
