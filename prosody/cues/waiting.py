"""Who waits, how long, and who ends a silence.

Conventions
-----------
A wait belongs to the window in which its clock starts, a silence to that in which it begins. A
wait that somebody else cut short is censored, never dropped.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from diarize.messages import message
from diarize.timeline import Span
from prosody.analysis import Analysis
from prosody.cues.described import (
    OTHER,
    few,
    missing_roles,
    network_delay,
    roughly,
    share_of,
    starts_in,
)
from prosody.cues.dyad import silences, waits
from prosody.cues.measure import BOTH, CROSSTALK, LAPSES, ROLES, Cue, Measure, withheld
from prosody.intervals import design_effect, widened
from prosody.settings import Intervals
from prosody.statistics import kaplan_meier

__all__ = ["CUES", "median_wait"]

Floats = NDArray[np.float64]


def silence_tolerance(analysis: Analysis, role: str, within: Span) -> Measure:
    """Median time the role waits after the partner stops, by Kaplan and Meier.

    Waits the partner cut short by going on are counted as far as they went; a plain mean would
    lose them.
    """
    cue, limits = "turns.silence_tolerance", analysis.settings.turntaking
    missing = missing_roles(analysis, *ROLES)
    if missing:
        return withheld(cue, role, "s", missing)
    found = [w for w in waits(analysis, OTHER[role], role) if starts_in(w.start, within)]
    stops = sum(w.seconds >= limits.stop_s for w in found)
    if stops < limits.least_stops:
        reason = message(
            "measure.few_long_stops",
            n=stops,
            seconds=limits.stop_s,
            partner=OTHER[role],
            least=limits.least_stops,
        )
        return withheld(cue, role, "s", reason, n=stops)
    median, low, high = median_wait(
        [w.seconds for w in found],
        [w.end == "taken" for w in found],
        rules=analysis.settings.intervals,
    )
    if median is None:
        reason = message("measure.median_not_reached", partner=OTHER[role])
        return replace(withheld(cue, role, "s", reason, n=len(found)), low=low)
    measure = Measure(cue, role, median, "s", None, None, len(found), low, high)
    delay = network_delay(analysis)
    return replace(measure, reliable=delay is None, reason=delay)


def median_wait(
    seconds: list[float], taken: list[bool], *, rules: Intervals = Intervals()
) -> tuple[float | None, float | None, float | None]:
    """Median of waits in order, with censoring, and its 95 % bounds (Brookmeyer and Crowley).

    Waits like their neighbours widen the bounds by their design effect.

    Returns
    -------
    median, low, high : float or None
        Seconds; None where the curve does not come down to one half.
    """
    times, survival, _, _ = kaplan_meier(seconds, taken)
    median = _halved(times, survival)
    until = float(times[-1]) if median is None and times.size else median or 0.0
    effect = design_effect(_influence(np.asarray(seconds), np.asarray(taken), until), rules=rules)
    _, _, low, high = kaplan_meier(seconds, taken, confidence=widened(effect))
    return median, _halved(times, low), _halved(times, high)


def _influence(waited: Floats, taken: NDArray[np.bool_], until: float) -> Floats:
    """What each wait adds to the error of the cumulative hazard at a time, (n,)."""
    ordered = np.sort(waited)
    at_risk = waited.size - np.searchsorted(ordered, waited, side="left")
    ended = taken & (waited <= until)
    order = np.argsort(waited, kind="stable")
    summed = np.cumsum((ended / at_risk**2)[order])
    reached = np.searchsorted(ordered, np.minimum(waited, until), side="right") - 1
    return np.asarray(ended / at_risk - np.where(reached >= 0, summed[reached], 0.0))


def _halved(times: Floats, curve: Floats) -> float | None:
    """Give the first time at which a falling curve is at one half or below."""
    below = np.flatnonzero(np.nan_to_num(curve, nan=0.0) <= 0.5 + 1e-12)
    return float(times[below[0]]) if below.size else None


def silences_held(analysis: Analysis, role: str, within: Span) -> Measure:
    """Of the partner's stops of 1 s and more, the share the partner was left to end."""
    cue, limits = "turns.silences_held", analysis.settings.turntaking
    missing = missing_roles(analysis, *ROLES)
    if missing:
        return withheld(cue, role, "", missing)
    stops = [
        w
        for w in waits(analysis, OTHER[role], role)
        if starts_in(w.start, within) and w.seconds >= limits.stop_s and w.end != "open"
    ]
    if not stops:
        return withheld(cue, role, "", message("measure.no_stop", seconds=limits.stop_s))
    left = (w.end == "resumed" for w in stops)
    measure = share_of(cue, role, left, rules=analysis.settings.intervals)
    return roughly(measure, few("stops", len(stops), limits.least_stops))


def long_silences(analysis: Analysis, role: str, within: Span) -> Measure:
    """Count the silences of `Units.silence_s` and more."""
    found = silences(analysis, analysis.settings.units.silence_s)
    count = float(sum(starts_in(s.silence.span.start, within) for s in found))
    return Measure("turns.silences", role, count, "silences", part=count, n=int(count))


def silences_ended(analysis: Analysis, role: str, within: Span) -> Measure:
    """Of the silences of `Units.silence_s` and more, the share this role ended."""
    cue = "turns.silences_ended"
    missing = missing_roles(analysis, role)
    if missing:
        return withheld(cue, role, "", missing)
    least_s = analysis.settings.units.silence_s
    found = silences(analysis, least_s)
    inside = [s for s in found if starts_in(s.silence.span.start, within)]
    if not inside:
        return withheld(cue, role, "", message("measure.no_silence", seconds=least_s))
    own = (s.silence.ended_by == role for s in inside)
    measure = share_of(cue, role, own, rules=analysis.settings.intervals)
    return roughly(measure, few("silences", len(inside), analysis.settings.turntaking.least_stops))


CUES: tuple[Cue, ...] = (
    Cue(
        name="turns.silence_tolerance",
        unit="s",
        label="Wait before taking the floor",
        higher="waits longer",
        lower="waits for a shorter time",
        meaning="Median wait after the client stops until the therapist takes the floor "
        "(Kaplan–Meier, client resumptions censored).",
        measure=silence_tolerance,
        roles=("therapist",),
        least=0.0,
        spoilt_by=CROSSTALK,
        places="silences",
    ),
    Cue(
        name="turns.silences_held",
        unit="",
        share=True,
        label="Pauses left to the client",
        higher="more of the client's pauses left to the client to end",
        lower="fewer of the client's pauses left to the client to end",
        meaning="Of the client's pauses of {settings.turntaking.stop_s:g} s and more, the share "
        "that were left to the client to end.",
        measure=silences_held,
        roles=("therapist",),
        places="silences",
        spoilt_by=LAPSES,
    ),
    Cue(
        name="turns.silences",
        unit="silences",
        label="Long silences",
        higher="more silences",
        lower="fewer silences",
        meaning="Silences of {settings.units.silence_s:g} s and more. Only a listener can say what "
        "each was like.",
        measure=long_silences,
        roles=BOTH,
        least=0.0,
        places="silences",
        spoilt_by=LAPSES,
    ),
    Cue(
        name="turns.silences_ended",
        unit="",
        share=True,
        label="Silences ended",
        higher="ends more of the silences",
        lower="ends fewer of the silences",
        meaning="Of the silences of {settings.units.silence_s:g} s and more, the share "
        "that this person ended.",
        measure=silences_ended,
        places="silences",
        spoilt_by=LAPSES,
    ),
)
