"""Links of several sessions of the same two people, together.

Conventions
-----------
Each session counts by one over its squared error. The pooled difference is about these sessions and
no others: it is the average over them that is known best, and does not take them to be alike (Rice,
Higgins & Lumley 2018, *Journal of the Royal Statistical Society A*). Only pairs set beforehand are
pooled, and Holm's rule corrects for all of them. The same session given twice is one session: it is
known by the digest of its recording, and by that of who spoke when, so that a copy in another
container or under another name adds nothing.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import compress

import numpy as np

from diarize.messages import Message, message
from prosody.listening.links import Link
from prosody.report.model import Report
from prosody.settings import Contrasts
from prosody.statistics import adjusted_for_any

__all__ = ["Pooled", "distinct", "news", "pooled", "talk_digest"]


@dataclass(frozen=True, slots=True)
class Pooled:
    """One pair set beforehand over several sessions.

    `n` counts turns with the behaviour in all of them, `same_way` the sessions whose own difference
    has the sign of the pooled one; the other fields are those of `prosody.listening.links.Link`.
    """

    behaviour: str
    cue: str
    role: str
    sessions: int
    same_way: int
    n: int
    difference: float
    low: float
    high: float
    chance: float
    chance_among: float = 1.0
    reliable: bool = False
    reason: Message | None = None
    why: Message | None = None


def pooled(reports: Iterable[Report], *, rules: Contrasts = Contrasts()) -> tuple[Pooled, ...]:
    """Pool the links of several sessions; copies of a session count once.

    Parameters
    ----------
    reports : iterable of Report
        Sessions of the same two people, in any order.
    rules : Contrasts
        How rare a false one among all pairs must be.

    Returns
    -------
    tuple of Pooled
        Of every pair set beforehand that two sessions or more have a difference for.
    """
    found: dict[tuple[str, str, str], list[Link]] = {}
    for report in distinct(reports):
        for link in report.links:
            if link.family == "primary" and link.error:
                found.setdefault((link.behaviour, link.cue, link.role), []).append(link)
    together = [_together(links) for links in found.values() if len(links) > 1]
    among = adjusted_for_any(np.array([pair.chance for pair in together], dtype=np.float64))
    return tuple(
        _judged(pair, chance, len(together), rules)
        for pair, chance in zip(together, among.tolist(), strict=True)
    )


def distinct(reports: Iterable[Report]) -> tuple[Report, ...]:
    """Leave out every session that is another one over again, by recording or by talk."""
    given = tuple(reports)
    return tuple(compress(given, news(given)))


def news(reports: Iterable[Report]) -> Iterator[bool]:
    """Say of each session in turn whether it is none of those before over again."""
    seen: set[str] = set()
    for report in reports:
        marks = {report.recording.sha256, talk_digest(report)}
        yield not marks & seen
        seen |= marks


def talk_digest(report: Report) -> str:
    """Give a digest of how long each turn lasts and when it begins after the first, in 0.1 s."""
    turns = report.turns
    start = turns[0].span.start if turns else 0.0
    said = [(round(u.span.start - start, 1), round(u.span.duration, 1)) for u in turns]
    return hashlib.sha256(repr(said).encode()).hexdigest()


def _together(links: list[Link]) -> Pooled:
    from scipy.special import ndtr, ndtri

    apart = np.array([link.difference for link in links], dtype=np.float64)
    weight = np.array([link.error for link in links], dtype=np.float64) ** -2
    difference, error = float(weight @ apart / weight.sum()), float(weight.sum() ** -0.5)
    reach = float(ndtri(0.975)) * error
    first = links[0]
    return Pooled(
        first.behaviour,
        first.cue,
        first.role,
        len(links),
        int((apart * difference > 0).sum()),
        sum(link.n for link in links),
        difference,
        difference - reach,
        difference + reach,
        float(2 * ndtr(-abs(difference) / error)),
        why=first.why,
    )


def _judged(pair: Pooled, chance: float, looked: int, rules: Contrasts) -> Pooled:
    firm = chance <= rules.false_sessions
    reason = None if firm else message("link.not_clear", looked=looked)
    return replace(pair, chance_among=chance, reliable=firm, reason=reason)
