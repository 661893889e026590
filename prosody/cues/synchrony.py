"""How alike two people speak from turn to turn: display only, never scored.

Conventions
-----------
A pair is a change of turn: the therapist's and the client's value in the two turns beside it,
as robust z of each speaker in this recording (Levitan & Hirschberg 2011, turn level). Series
are detrended over time first, except for convergence, which is the trend. Every figure is set
against surrogates in which one series is shifted in a circle by at least
``settings.matching.least_shift`` pairs; p-values are corrected over all that was tested
(Benjamini and Hochberg 1995). Fewer pairs than ``least_pairs`` give no figure. Roles swapped give
the same.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from diarize.messages import Message, message
from diarize.timeline import Span
from prosody.analysis import Analysis, shared
from prosody.cues import style
from prosody.cues.dyad import Transition, transitions
from prosody.cues.measure import BOTH, GAIN, ROLES, Cue, Measure, withheld
from prosody.cues.solo import alone
from prosody.cues.surrogates import STATISTICS, Against, against_shifts, correlation
from prosody.cues.turn_table import turn_table
from prosody.settings import Matching
from prosody.statistics import adjusted, robust_z

__all__ = ["CUES", "FEATURES", "Feature", "Match", "matching"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing compared: its column per turn and in words; `flagged` is never reliable.

    `spoilt_by` are codes of notes of the recording that withhold it.
    """

    name: str
    column: str
    words: str
    flagged: bool = False
    spoilt_by: tuple[str, ...] = ()


FEATURES = (
    Feature("level", "level_db", "level", spoilt_by=GAIN),
    Feature("articulation_rate", "rate", "articulation rate"),
    Feature("latency", "latency_s", "response latency"),
    Feature("pitch", "pitch_st", "pitch", flagged=True),
)


@dataclass(frozen=True, slots=True)
class Match:
    """One statistic of one feature of `n` pairs.

    `found` is it against its surrogates, None where there is no value, and `reason` says why;
    `p_adjusted` is its chance corrected for all that was tested.
    """

    feature: str
    statistic: str
    n: int
    found: Against | None = None
    p_adjusted: float = 1.0
    reason: Message | None = None


@shared
def matching(analysis: Analysis, within: Span) -> tuple[Match, ...]:
    """Compare both people on every feature, each statistic corrected for all of them."""
    changes = [
        t
        for t in transitions(analysis)
        if within.start <= t.at < within.end and {t.by, t.after} == set(ROLES)
    ]
    found = [match for feature in FEATURES for match in _compared(analysis, feature, changes)]
    corrected = iter(adjusted(np.array([m.found.p for m in found if m.found])))
    return tuple(replace(m, p_adjusted=float(next(corrected))) if m.found else m for m in found)


def _compared(analysis: Analysis, feature: Feature, changes: list[Transition]) -> list[Match]:
    at, therapist, client, floors = _pairs(analysis, feature, changes)
    limits = analysis.settings.matching
    floor = limits.floor_of(feature.name)
    a, b = robust_z(therapist, floor), robust_z(client, floor)
    reason = _incomparable(analysis, feature, (therapist, client), floors)
    if reason is None and (np.ptp(a) == 0 or np.ptp(b) == 0):
        reason = message("match.never_varies")
    if reason is not None:
        return [Match(feature.name, s, at.size, reason=reason) for s in STATISTICS]
    against = against_shifts(at, a, b, limits, rules=analysis.settings.intervals)
    return [Match(feature.name, s, at.size, found) for s, found in against.items()]


def _incomparable(
    analysis: Analysis, feature: Feature, pair: tuple[Floats, Floats], floors: Floats
) -> Message | None:
    """Say why two people cannot be compared on a feature."""
    n, limits = pair[0].size, analysis.settings.matching
    if n < limits.least_pairs:
        return message("match.few_pairs", n=n, least=limits.least_pairs)
    if feature.name not in ("level", "pitch"):
        return None
    leak = _crosstalk(analysis)
    if leak is not None or feature.name == "pitch":
        return leak
    return _shared_noise(*pair, floors, limits)


def _pairs(
    analysis: Analysis, feature: Feature, changes: list[Transition]
) -> tuple[Floats, Floats, Floats, Floats]:
    """Times (n,), therapist's and client's values (n,), noise floors (2, n) of complete pairs."""
    value = _per_turn(analysis, feature)
    floor = _column(analysis, "floor_db")
    rows = []
    for t in changes:
        mine, theirs = (t.next, t.previous) if t.by == "therapist" else (t.previous, t.next)
        row = (t.at, value.get(mine), value.get(theirs), floor.get(mine), floor.get(theirs))
        rows.append([np.nan if x is None else x for x in row])
    table = np.array(rows, dtype=np.float64).reshape(-1, 5)
    kept = table[np.isfinite(table[:, 1]) & np.isfinite(table[:, 2])]
    return kept[:, 0], kept[:, 1], kept[:, 2], kept[:, 3:].T


def _per_turn(analysis: Analysis, feature: Feature) -> dict[int, float]:
    """Give a feature's value by index of utterance."""
    if feature.column == "latency_s":
        return {t.next: t.offset_s for t in transitions(analysis) if t.by != t.after and t.timed}
    return _column(analysis, feature.column)


def _column(analysis: Analysis, name: str) -> dict[int, float]:
    table = turn_table(analysis)
    return dict(zip(table.utterance.tolist(), table[name].tolist(), strict=True))


def _shared_noise(a: Floats, b: Floats, floors: Floats, limits: Matching) -> Message | None:
    """Say so where a moving background carries both people's levels."""
    if not np.isfinite(floors).all():
        return None
    spread = np.ptp(np.percentile(floors, limits.floor_percentiles, axis=1), axis=0)
    if spread.min() < limits.min_floor_spread_db:
        return None
    together = min(correlation(a, floors[0]), correlation(b, floors[1]))
    if together <= limits.max_floor_correlation:
        return None
    return message("match.shared_noise")


@shared
def _crosstalk(analysis: Analysis) -> Message | None:
    """Say so where one person's channel carries the other's voice.

    While one person speaks alone, the other's channel should hold the room and nothing that
    follows the voice.
    """
    channels = {role: analysis.conversation.channel(role) for role in ROLES}
    level, limits = analysis.sound.level_db, analysis.settings.matching
    if level.ndim == 1 or None in channels.values():
        return None
    for role, silent in (ROLES, ROLES[::-1]):
        solo = alone(analysis, role)
        voice = level[channels[role]][solo].astype(np.float64)
        other = level[channels[silent]][solo].astype(np.float64)
        known = np.isfinite(voice) & np.isfinite(other)
        if known.sum() * analysis.sound.hop_s > limits.least_solo_s:
            leak = correlation(voice[known], other[known])
            if leak > limits.max_crosstalk_correlation:
                return message("match.crosstalk", silent=silent, role=role)
    return None


def _measured(cue: str, feature: Feature, statistic: str, unit: str) -> Callable[..., Measure]:
    """Make the function of one statistic of one feature."""
    place = FEATURES.index(feature) * len(STATISTICS) + STATISTICS.index(statistic)

    def measure(analysis: Analysis, role: str, within: Span) -> Measure:
        match = matching(analysis, within)[place]
        found = match.found
        if found is None:
            lack = match.reason or message("measure.unknown")
            return withheld(cue, role, unit, lack, n=match.n)
        differs = match.p_adjusted <= analysis.settings.matching.false_discovery_rate
        code = "match.differs" if differs else "match.as_chance"
        reason = message(code, effect=found.effect, n=found.surrogates, p=match.p_adjusted)
        if feature.flagged:
            reason = message("match.flagged", found=reason)
        return Measure(
            cue=cue,
            role=role,
            value=found.value,
            unit=unit,
            n=match.n,
            low=found.low,
            high=found.high,
            reliable=differs and not feature.flagged,
            reason=reason,
        )

    return measure


# What each statistic says of a feature in words, and what a higher and a lower number mean.
_SAYS = {
    "proximity": (
        "How much closer in {} adjacent turns are than distant turns of the same two people; "
        "above 0 is closer.",
        "closer in {}",
        "further apart in {}",
    ),
    "convergence": (
        "Whether the two grew more alike in {} over the session; above 0 is more alike.",
        "growing more alike in {}",
        "drifting apart in {}",
    ),
    "synchrony": (
        "Whether the two rise and fall together in {} from turn to turn; above 0, they do.",
        "rising and falling together in {}",
        "rising and falling against each other in {}",
    ),
}
_NOTE = " Shown, not scored: studies of such matching and alliance disagree."
_FLAG = (
    " Flagged, never scored: the original finding did not replicate, and across 13 trials more "
    "pitch synchrony went with a poorer alliance."
)


def _cue(feature: Feature, statistic: str) -> Cue:
    name, unit = f"match.{feature.name}_{statistic}", "z" if statistic == "proximity" else "r"
    meaning, higher, lower = (said.format(feature.words) for said in _SAYS[statistic])
    return Cue(
        name=name,
        unit=unit,
        label=f"{feature.words.capitalize()}, {statistic}",
        higher=higher,
        lower=lower,
        meaning=meaning + (_FLAG if feature.flagged else _NOTE),
        measure=_measured(name, feature, statistic, unit),
        roles=BOTH,
        spoilt_by=feature.spoilt_by,
    )


CUES: tuple[Cue, ...] = (
    *(_cue(feature, statistic) for feature in FEATURES for statistic in STATISTICS),
    *style.CUES,
)
