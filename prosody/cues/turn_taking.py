"""Who talks, who yields and who waits: the turn-taking cues.

Conventions
-----------
A turn belongs to the window in which it starts, a change of turn to that in which the next turn
starts; seconds of speech are cut at the window's edges. So parts, wholes and counts of adjoining
windows add to those of the whole. Totals and counts describe this recording exactly and have no
interval. Below the least data of ``settings.turntaking`` a description is marked
unreliable with its reason, and an inference (every interval, the waiting time) is withheld.
None of these figures has a norm: they are context for listening, not marks.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diarize.conversation import Utterance
from diarize.messages import Message, message
from diarize.timeline import Span
from diarize.turns import TurnKind
from prosody.analysis import Analysis, shared
from prosody.cues import talk, waiting
from prosody.cues.described import (
    OTHER,
    few,
    iqr_of,
    median_of,
    missing_roles,
    network_delay,
    one_at_a_time,
    p90_of,
    roughly,
    share_of,
    starts_in,
    summary_of,
)
from prosody.cues.dyad import (
    overlaps,
    seconds_of_speech,
    starting_in,
    starts,
    to_review,
    transitions,
)
from prosody.cues.measure import BOTH, CROSSTALK, ROLES, Cue, Measure, Named, withheld
from prosody.intervals import rate_interval

__all__ = ["CUES", "VALUES", "Part", "first_middle_last"]

Floats = NDArray[np.float64]


@shared
def _changes(analysis: Analysis, role: str) -> tuple[Floats, Floats]:
    """When a role (or, for ``both``, either) takes the floor from the other, and the offsets."""
    pairs = {(role, OTHER[role])} if role in OTHER else {(r, OTHER[r]) for r in ROLES}
    own = [t for t in transitions(analysis) if (t.by, t.after) in pairs]
    return np.array([t.at for t in own], dtype=float), np.array([t.offset_s for t in own])


def _offsets(analysis: Analysis, role: str, within: Span) -> Floats:
    """Floor transfer offsets of the changes of turn that fall in a window."""
    at, offsets = _changes(analysis, role)
    return np.asarray(offsets[(at >= within.start) & (at < within.end)], dtype=np.float64)


def _summary(cue: str, summary: Callable[[Floats], float]) -> Callable[..., Measure]:
    """Make the function that summarises floor transfer offsets.

    Turns that touch say who followed whom, and not how soon: they are left out.
    """

    def measure(analysis: Analysis, role: str, within: Span) -> Measure:
        missing = missing_roles(analysis, *ROLES)
        if missing:
            return withheld(cue, role, "s", missing)
        offsets = _offsets(analysis, role, within)
        if not offsets.size:
            return withheld(cue, role, "s", message("measure.no_change"))
        offsets = offsets[offsets != 0.0]
        if not offsets.size:
            return withheld(cue, role, "s", message("measure.turns_touch"))
        found = summary_of(cue, role, "s", offsets, summary, rules=analysis.settings.intervals)
        return roughly(found, _few_changes(analysis, offsets.size) or network_delay(analysis))

    return measure


def _few_changes(analysis: Analysis, n: int) -> Message | None:
    return few("changes", n, analysis.settings.turntaking.least_transitions)


def overlap_rate(analysis: Analysis, role: str, within: Span) -> Measure:
    """Share of changes of turn in which the next turn starts before the previous one ends."""
    cue = "turns.overlap_rate"
    missing = missing_roles(analysis, *ROLES)
    if missing:
        return withheld(cue, role, "", missing)
    offsets = _offsets(analysis, role, within)
    if not offsets.size:
        return withheld(cue, role, "", message("measure.no_change"))
    if (unheard := one_at_a_time(analysis)) is not None:
        return withheld(cue, role, "", unheard, n=offsets.size)
    early = offsets < 0.0
    found = share_of(cue, role, early, rules=analysis.settings.intervals)
    few_changes = _few_changes(analysis, offsets.size)
    return roughly(found, few_changes or network_delay(analysis))


def backchannel_rate(analysis: Analysis, role: str, within: Span) -> Measure:
    """Backchannels of a role per minute of the partner's speech."""
    cue, unit, partner = "turns.backchannel_rate", "/min", OTHER[role]
    missing = missing_roles(analysis, *ROLES)
    if missing:
        return withheld(cue, role, unit, missing)
    count = len(
        _backchannels(analysis, role)[starting_in(analysis, within, role, TurnKind.BACKCHANNEL)]
    )
    minutes = seconds_of_speech(analysis, partner, within) / 60
    if minutes <= 0:
        return withheld(
            cue, role, unit, message("measure.partner_silent", partner=partner), n=count
        )
    low, high = _rate_interval(analysis, role, within)
    found = Measure(cue, role, count / minutes, unit, float(count), minutes, count, low, high)
    least = analysis.settings.turntaking.least_partner_s / 60
    little = message("measure.little_partner", minutes=minutes, partner=partner, least=least)
    return roughly(found, one_at_a_time(analysis) or (little if minutes < least else None))


@shared
def _backchannels(analysis: Analysis, role: str) -> tuple[Utterance, ...]:
    return analysis.conversation.of(role, kind=TurnKind.BACKCHANNEL)


@shared
def _speaking_turns(analysis: Analysis, role: str) -> tuple[Floats, Floats]:
    """Starts (s) of a role's turns that are no backchannels, and their speech (min), (n,) each."""
    turns = [u for u in analysis.conversation.of(role) if u.kind != TurnKind.BACKCHANNEL]
    return np.array([u.span.start for u in turns]), np.array([u.phonation / 60 for u in turns])


def _rate_interval(
    analysis: Analysis, role: str, within: Span
) -> tuple[float, float] | tuple[None, None]:
    """Interval of backchannels per minute over the partner's turns, each with what follows it."""
    begins, minutes = _speaking_turns(analysis, OTHER[role])
    here = slice(*np.searchsorted(begins, (within.start, within.end)).tolist())
    said = starts(analysis, role, TurnKind.BACKCHANNEL)
    said = said[starting_in(analysis, within, role, TurnKind.BACKCHANNEL)]
    turns = np.searchsorted(begins[here], said, side="right") - 1
    counts = np.bincount(turns[turns >= 0], minlength=begins[here].size).astype(np.float64)
    return rate_interval(counts, minutes[here], rules=analysis.settings.intervals)


def backchannels_in_overlap(analysis: Analysis, role: str, within: Span) -> Measure:
    """Share of a role's backchannels said while the partner speaks; the rest fall in pauses."""
    cue = "turns.backchannels_in_overlap"
    missing = missing_roles(analysis, *ROLES)
    if missing:
        return withheld(cue, role, "", missing)
    found = _backchannels(analysis, role)[starting_in(analysis, within, role, TurnKind.BACKCHANNEL)]
    if not found:
        return withheld(cue, role, "", message("measure.no_backchannel"))
    if (unheard := one_at_a_time(analysis)) is not None:
        return withheld(cue, role, "", unheard, n=len(found))
    together = _overlapping(analysis)
    heard = (u.index in together for u in found)
    measure = share_of(cue, role, heard, rules=analysis.settings.intervals)
    least = analysis.settings.turntaking.least_stops
    return roughly(measure, few("backchannels", len(found), least))


@shared
def _overlapping(analysis: Analysis) -> frozenset[int]:
    pairs = ((overlap.incoming, overlap.ongoing) for overlap in overlaps(analysis))
    return frozenset(index for pair in pairs for index in pair)


def overlaps_to_review(analysis: Analysis, role: str, within: Span) -> Measure:
    """Count the overlaps worth listening to in which this role came in."""
    cue = "turns.overlaps_to_review"
    missing = missing_roles(analysis, *ROLES)
    if missing:
        return withheld(cue, role, "places", missing)
    if (unheard := one_at_a_time(analysis)) is not None:
        return withheld(cue, role, "places", unheard)
    count = sum(o.by == role and starts_in(o.span.start, within) for o in to_review(analysis))
    return Measure(cue, role, float(count), "places", part=float(count), n=count)


@shared
def _latencies(analysis: Analysis) -> dict[int, float]:
    """Floor transfer offset into each primary turn that follows the other person's, by index."""
    return {
        t.next: t.offset_s for t in transitions(analysis) if OTHER.get(t.by) == t.after and t.timed
    }


def latency_of(analysis: Analysis, utterance: Utterance) -> float:
    """Floor transfer offset into this turn, seconds.

    NaN where it does not follow the other's, or touches it.
    """
    return _latencies(analysis).get(utterance.index, math.nan)


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


CUES: tuple[Cue, ...] = (
    *talk.CUES,
    Cue(
        name="turns.response_latency",
        unit="s",
        label="Response latency",
        higher="slower to respond",
        lower="quicker to respond",
        meaning="Median floor transfer offset into this person's turns: time from the end of the "
        "other's turn to the start of this person's; below zero means starting before the other "
        "has ended. Where two turns touch, how soon the second came cannot be heard: they are left "
        "out, so of somebody who often answers at once it rests on the other turns. Remote calls "
        "add their network delay.",
        measure=_summary("turns.response_latency", median_of),
        course=True,
        of_turn=latency_of,
        turn_none=lambda *_: "measure.no_change",
        headline=5,
        spoilt_by=CROSSTALK,
        drawn=("course",),
        on_card=True,
    ),
    Cue(
        name="turns.response_latency_iqr",
        unit="s",
        label="Response latency, spread (IQR)",
        higher="more varied",
        lower="more alike",
        meaning="Spread of the response latency: its upper minus its lower quartile.",
        measure=_summary("turns.response_latency_iqr", iqr_of),
        least=0.0,
        spoilt_by=CROSSTALK,
    ),
    Cue(
        name="turns.response_latency_p90",
        unit="s",
        label="Response latency, 90th percentile",
        higher="longer long waits",
        lower="shorter long waits",
        meaning="Response latency exceeded by one turn in ten: how long the longer waits are.",
        measure=_summary("turns.response_latency_p90", p90_of),
        spoilt_by=CROSSTALK,
    ),
    Cue(
        name="turns.floor_transfer_offset",
        unit="s",
        label="Floor transfer offset",
        higher="longer gaps between turns",
        lower="shorter gaps between turns",
        meaning="Median time from the end of one person's turn to the start of the other's, in "
        "both directions; below zero means overlap.",
        measure=_summary("turns.floor_transfer_offset", median_of),
        roles=BOTH,
        spoilt_by=CROSSTALK,
    ),
    Cue(
        name="turns.overlap_rate",
        unit="",
        share=True,
        label="Overlap rate",
        higher="more turns start in overlap",
        lower="fewer turns start in overlap",
        meaning="Share of floor transfers in which the next turn started before the "
        "previous one had ended. Overlap is common in relaxed conversation and is not a fault.",
        measure=overlap_rate,
        roles=(*ROLES, *BOTH),
        course=True,
        headline=7,
        spoilt_by=CROSSTALK,
        places="overlaps",
    ),
    Cue(
        name="turns.backchannel_rate",
        unit="/min",
        label="Backchannel rate",
        higher="more backchannels",
        lower="fewer backchannels",
        meaning="Backchannels such as 'mm-hm' per minute of the other's speech. Largely a personal "
        "habit; with one microphone many are missed.",
        measure=backchannel_rate,
        course=True,
        headline=6,
        least=0.0,
        spoilt_by=CROSSTALK,
        places="backchannels",
    ),
    Cue(
        name="turns.backchannels_in_overlap",
        unit="",
        share=True,
        label="Backchannels in overlap",
        higher="more of them while the other speaks",
        lower="more of them in the other's pauses",
        meaning="Share of this person's backchannels that overlap the other's speech; the "
        "rest fall in the other's pauses.",
        measure=backchannels_in_overlap,
        spoilt_by=CROSSTALK,
        places="overlaps",
    ),
    *waiting.CUES,
    Cue(
        name="turns.overlaps_to_review",
        unit="places",
        label="Overlaps to review",
        higher="more places to listen to",
        lower="fewer places to listen to",
        meaning="Places where this person came in, the other stopped soon without finishing, and "
        "this person went on: places to listen to, not a count of interruptions.",
        measure=overlaps_to_review,
        headline=8,
        least=0.0,
        of_length=True,
        spoilt_by=CROSSTALK,
        places="overlaps",
    ),
)
VALUES: tuple[Named, ...] = (
    Named(
        name="turns.length",
        unit="s",
        label="Turn length",
        higher="longer",
        lower="shorter",
        meaning="Seconds from the first to the last sound of a turn, pauses inside included.",
        of_turn=length_of,
        least=0.0,
        on_card=True,
    ),
)
