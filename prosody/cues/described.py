"""Descriptions of a recording and how far they carry.

Conventions
-----------
A description (seconds, counts, medians of what did occur) is given whatever it rests on; below
its least data it is marked unreliable, says why and loses its interval, which would be an
inference (docs/notes/low-confidence-estimates.md). Summaries take values, shape (n,), at least one.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from diarize.messages import Message, message
from diarize.timeline import Span
from prosody.analysis import Analysis, shared
from prosody.cues.dyad import overlap_seconds, seconds_of_speech
from prosody.cues.measure import ROLES, Measure
from prosody.intervals import (
    Bounds,
    iqr_interval,
    median_interval,
    quantile_interval,
    share_interval,
)
from prosody.settings import Intervals

__all__ = [
    "OTHER",
    "few",
    "iqr_of",
    "little_speech",
    "longest_of",
    "median_of",
    "missing_roles",
    "network_delay",
    "one_at_a_time",
    "p90_of",
    "roughly",
    "share_of",
    "starts_in",
    "summary_of",
]

OTHER = {"therapist": "client", "client": "therapist"}
Floats = NDArray[np.float64]


def starts_in(at: float, within: Span) -> bool:
    """Whether a time lies in ``[within.start, within.end)``, so adjoining windows share nothing."""
    return within.start <= at < within.end


def missing_roles(analysis: Analysis, *roles: str) -> Message | None:
    """Say why nothing can be said of these roles, or None where each has a voice, heard or not."""
    conversation = analysis.conversation
    cast = {c.role for c in (*conversation.casting, *conversation.gone)}
    absent = [role for role in roles if role not in cast]
    return message("measure.no_voice", roles=absent) if absent else None


def roughly(measure: Measure, shortfall: Message | None) -> Measure:
    """Mark a description that rests on little data; its interval is an inference and goes."""
    if shortfall is None:
        return measure
    return replace(measure, low=None, high=None, reliable=False, reason=shortfall)


def little_speech(analysis: Analysis, within: Span) -> Message | None:
    """Say so where both together speak less than the least amount."""
    spoken = sum(seconds_of_speech(analysis, role, within) for role in ROLES)
    least = analysis.settings.turntaking.least_speech_s
    if spoken >= least:
        return None
    return message("measure.little_speech", minutes=spoken / 60, least=least / 60)


def few(what: str, n: int, least: int) -> Message | None:
    """Say so, by the code ``measure.few_WHAT``, where there are fewer than the least number."""
    return None if n >= least else message(f"measure.few_{what}", n=n, least=least)


@shared
def one_at_a_time(analysis: Analysis) -> Message | None:
    """Say so where nobody ever overlaps: then overlap was not heard rather than not there.

    In conversation about two changes of turn in five overlap (Heldner & Edlund 2010, as cited
    by Chowdhury et al. 2016). A channel per person hears overlap, so there none is a finding.
    What rests on overlap is withheld for it; what only misses some without it is unreliable.
    """
    if any(cast.channel is not None for cast in analysis.conversation.casting):
        return None
    if overlap_seconds(analysis, analysis.conversation.whole) > 0:
        return None
    return message("measure.one_at_a_time")


def network_delay(analysis: Analysis) -> Message | None:
    """Say what a remote call does to every gap."""
    remote = analysis.settings.setting == "remote"
    return message("measure.network_delay") if remote else None


def share_of(
    cue: str, role: str, happened: Iterable[bool], *, rules: Intervals = Intervals()
) -> Measure:
    """Give the share of events, in order and at least one, of which something holds."""
    events = np.fromiter(happened, dtype=np.float64)
    low, high = share_interval(events, np.ones(events.size), rules=rules)
    part, whole = float(events.sum()), events.size
    return Measure(cue, role, part / whole, "", part, float(whole), whole, low, high)


def summary_of(
    cue: str,
    role: str,
    unit: str,
    values: Floats,
    summary: Callable[[Floats], float],
    *,
    rules: Intervals = Intervals(),
) -> Measure:
    """Summarise ordered values, with an interval except for an extreme."""
    low, high = _AROUND[summary](values, rules) if summary in _AROUND else (None, None)
    return Measure(cue, role, summary(values), unit, None, None, values.size, low, high)


def median_of(values: Floats) -> float:
    """Median."""
    return float(np.median(values))


def longest_of(values: Floats) -> float:
    """Largest value."""
    return float(values.max())


def p90_of(values: Floats) -> float:
    """90th percentile."""
    return float(np.percentile(values, 90))


def iqr_of(values: Floats) -> float:
    """Upper less lower quartile."""
    quarter, three = np.percentile(values, (25, 75))
    return float(three - quarter)


_AROUND: Mapping[Callable[[Floats], float], Callable[[Floats, Intervals], Bounds]] = {
    median_of: lambda values, rules: median_interval(values, rules=rules),
    p90_of: lambda values, rules: quantile_interval(values, 0.9, rules=rules),
    iqr_of: lambda values, rules: iqr_interval(values, rules=rules),
}
