"""Who talks, who yields and who waits: the turn-taking cues.

Conventions
-----------
A turn belongs to the window in which it starts, a change of turn to that in which the next turn
starts; seconds of speech are cut at the window's edges. So parts, wholes and counts of adjoining
windows add to those of the whole. Totals and counts describe this recording exactly and have no
interval; medians have a moving-block bootstrap, shares of events Wilson's interval, the waiting
time Greenwood's. Below the least data of ``settings.turntaking`` a description is marked
unreliable with its reason, and an inference (every interval, the waiting time) is withheld.
None of these figures has a norm: they are context for listening, not marks.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diarize.conversation import Utterance
from diarize.timeline import Span
from prosody.analysis import Analysis
from prosody.cues import talk, waiting
from prosody.cues.described import (
    OTHER,
    ROLES,
    iqr_of,
    line_delay,
    median_of,
    missing_roles,
    one_at_a_time,
    p90_of,
    roughly,
    share_of,
    starts_in,
    summary_of,
    too_few,
)
from prosody.cues.dyad import overlaps, seconds_of_speech, to_review, transitions
from prosody.cues.measure import Cue, Measure, withheld
from prosody.statistics import interval

__all__ = ["CUES", "TURN_VALUES", "Part", "first_middle_last"]

Floats = NDArray[np.float64]


def _offsets(analysis: Analysis, role: str, within: Span) -> Floats:
    """Floor transfer offsets of the turns a role takes from the other, or of both roles."""
    pairs = {(role, OTHER[role])} if role in OTHER else {(r, OTHER[r]) for r in ROLES}
    return np.array(
        [
            t.offset_s
            for t in transitions(analysis)
            if (t.by, t.after) in pairs and starts_in(t.at, within)
        ],
        dtype=np.float64,
    )


def _of_offsets(
    cue: str,
    roles: tuple[str, ...],
    summary: Callable[[Floats], Floats] | None,
    course: bool = False,
) -> Cue:
    """Make a cue over floor transfer offsets; None is the share below 0."""
    unit = "" if summary is None else "s"

    def measure(analysis: Analysis, role: str, within: Span) -> Measure:
        missing = missing_roles(analysis, *ROLES)
        if missing:
            return withheld(cue, role, unit, missing)
        offsets = _offsets(analysis, role, within)
        if not offsets.size:
            return withheld(cue, role, unit, "no change of turn here")
        if summary is None:
            found = share_of(cue, role, int((offsets < -1e-9).sum()), offsets.size)
        else:
            found = summary_of(cue, role, unit, offsets, summary)
        few = too_few(
            offsets.size, analysis.settings.turntaking.least_transitions, "changes of turn"
        )
        deaf = one_at_a_time(analysis) if summary is None else None
        return roughly(found, deaf or few or line_delay(analysis))

    return Cue(cue, unit, MEANINGS[cue], roles, measure, course)


def backchannel_rate(analysis: Analysis, role: str, within: Span) -> Measure:
    """Backchannels of a role per minute of the partner's speech."""
    cue, unit, partner = "turns.backchannel_rate", "/min", OTHER[role]
    missing = missing_roles(analysis, *ROLES)
    if missing:
        return withheld(cue, role, unit, missing)
    count = len(_backchannels(analysis, role, within))
    minutes = seconds_of_speech(analysis, partner, within) / 60
    if minutes <= 0:
        return withheld(cue, role, unit, f"the {partner} does not speak here", n=count)
    low, high = _rate_interval(analysis, role, within)
    found = Measure(cue, role, count / minutes, unit, float(count), minutes, count, low, high)
    least = analysis.settings.turntaking.least_partner_s / 60
    little = (
        f"only {minutes:.1f} min of the {partner}'s speech, {least:.0f} needed; "
        "treat as a rough figure"
    )
    deaf = one_at_a_time(analysis)
    return roughly(found, deaf or (little if minutes < least else None))


def _backchannels(analysis: Analysis, role: str, within: Span) -> tuple[Utterance, ...]:
    found = analysis.conversation.of(role, kind="backchannel")
    return tuple(u for u in found if starts_in(u.span.start, within))


def _rate_interval(
    analysis: Analysis, role: str, within: Span
) -> tuple[float, float] | tuple[None, None]:
    """Bootstrap backchannels per minute over the partner's turns, each with what follows it."""
    partner = [
        u
        for u in analysis.conversation.of(OTHER[role])
        if u.kind != "backchannel" and starts_in(u.span.start, within)
    ]
    starts = np.array([u.span.start for u in partner])
    minutes = np.array([u.phonation / 60 for u in partner])
    counts = np.zeros(len(partner))
    for u in _backchannels(analysis, role, within):
        turn = int(np.searchsorted(starts, u.span.start, side="right")) - 1
        if turn >= 0:
            counts[turn] += 1
    return interval(
        lambda rows: np.asarray(counts[rows].sum(axis=1) / minutes[rows].sum(axis=1)), len(partner)
    )


def backchannels_in_overlap(analysis: Analysis, role: str, within: Span) -> Measure:
    """Share of a role's backchannels said while the partner speaks; the rest fall in pauses."""
    cue = "turns.backchannels_in_overlap"
    missing = missing_roles(analysis, *ROLES)
    if missing:
        return withheld(cue, role, "", missing)
    found = _backchannels(analysis, role, within)
    if not found:
        return withheld(cue, role, "", "no backchannel here")
    shared = {
        index for overlap in overlaps(analysis) for index in (overlap.incoming, overlap.ongoing)
    }
    measure = share_of(cue, role, sum(u.index in shared for u in found), len(found))
    deaf = one_at_a_time(analysis)
    return roughly(
        measure,
        deaf or too_few(len(found), analysis.settings.turntaking.least_stops, "backchannels"),
    )


def overlaps_to_review(analysis: Analysis, role: str, within: Span) -> Measure:
    """Count the overlaps worth listening to in which this role came in."""
    cue = "turns.overlaps_to_review"
    missing = missing_roles(analysis, *ROLES)
    if missing:
        return withheld(cue, role, "places", missing)
    count = sum(o.by == role and starts_in(o.span.start, within) for o in to_review(analysis))
    found = Measure(cue, role, float(count), "places", part=float(count), n=count)
    return roughly(found, one_at_a_time(analysis))


def response_latency_of(analysis: Analysis, utterance: Utterance) -> float:
    """Floor transfer offset into this turn, seconds; NaN where it does not follow the other's."""
    if utterance.kind != "primary" or utterance.role not in OTHER:
        return math.nan
    for i in range(utterance.index - 1, -1, -1):
        earlier = analysis.conversation.utterances[i]
        if earlier.kind == "primary":
            follows = earlier.role == OTHER[utterance.role]
            return earlier.span.gap(utterance.span) if follows else math.nan
    return math.nan


def length_of(analysis: Analysis, utterance: Utterance) -> float:
    """Seconds from the start of an utterance to its end."""
    return utterance.span.duration


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the session (``first``, ``middle`` or ``last``) and its measures."""

    name: str
    span: Span
    measures: tuple[Measure, ...]


def first_middle_last(analysis: Analysis) -> tuple[Part, ...]:
    """Measure the first and the last five minutes and what lies between them.

    A recording too short for that is cut into thirds; the spans say so. An empty recording has
    no parts.
    """
    duration = analysis.conversation.duration
    if duration <= 0:
        return ()
    edge = min(analysis.settings.turntaking.edge_s, duration / 3)
    spans = (Span(0.0, edge), Span(edge, duration - edge), Span(duration - edge, duration))
    return tuple(
        Part(
            name,
            span,
            tuple(
                cue.measure(analysis, role, span)
                for cue in CUES
                if cue.course
                for role in cue.roles
            ),
        )
        for name, span in zip(("first", "middle", "last"), spans, strict=True)
    )


MEANINGS = {
    "turns.response_latency": (
        "Median time from the end of the other's turn to the start of this person's; below zero "
        "means starting before the other has ended. Remote calls add their delay."
    ),
    "turns.response_latency_iqr": (
        "Spread of the response latency: its upper less its lower quartile."
    ),
    "turns.response_latency_p90": (
        "Response latency exceeded by one turn in ten: how long the longer waits are."
    ),
    "turns.floor_transfer_offset": (
        "Median time from the end of one person's turn to the start of the other's, both ways; "
        "below zero means overlap."
    ),
    "turns.overlap_rate": (
        "Share of changes of turn, 0 to 1, in which the next turn started before the previous "
        "one had ended. Overlap is common in easy talk and no fault."
    ),
    "turns.backchannel_rate": (
        "Signs of listening such as 'mm-hm' per minute of the other's speech. Very much a "
        "personal habit; one microphone misses many."
    ),
    "turns.backchannels_in_overlap": (
        "Share of this person's backchannels, 0 to 1, said while the other speaks; the rest "
        "fall in the other's pauses."
    ),
    "turns.overlaps_to_review": (
        "Places where this person came in, the other stopped soon without finishing, and this "
        "person went on: places to listen to, not a count of interruptions."
    ),
}

CUES: tuple[Cue, ...] = (
    *talk.CUES,
    _of_offsets("turns.response_latency", ROLES, median_of, True),
    _of_offsets("turns.response_latency_iqr", ROLES, iqr_of),
    _of_offsets("turns.response_latency_p90", ROLES, p90_of),
    _of_offsets("turns.floor_transfer_offset", ("both",), median_of),
    _of_offsets("turns.overlap_rate", (*ROLES, "both"), None, True),
    Cue(
        "turns.backchannel_rate",
        "/min",
        MEANINGS["turns.backchannel_rate"],
        ROLES,
        backchannel_rate,
        True,
    ),
    Cue(
        "turns.backchannels_in_overlap",
        "",
        MEANINGS["turns.backchannels_in_overlap"],
        ROLES,
        backchannels_in_overlap,
    ),
    *waiting.CUES,
    Cue(
        "turns.overlaps_to_review",
        "places",
        MEANINGS["turns.overlaps_to_review"],
        ROLES,
        overlaps_to_review,
    ),
)

TURN_VALUES = {
    "turns.response_latency": response_latency_of,
    "turns.length": length_of,
}
