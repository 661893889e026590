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
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from diarize.conversation import Conversation, Utterance
from diarize.timeline import Span
from prosody.between import (
    kaplan_meier,
    overlap_seconds,
    overlaps,
    seconds_of_speech,
    silences,
    transitions,
    waits,
)
from prosody.frames import Frames
from prosody.measure import Cue, Measure, withheld
from prosody.perturn import interval
from prosody.settings import Settings

__all__ = ["CUES", "TURN_VALUES", "Part", "first_middle_last"]

ROLES = ("therapist", "client")
OTHER = {"therapist": "client", "client": "therapist"}
Floats = NDArray[np.float64]


def _inside(at: float, within: Span) -> bool:
    return within.start <= at < within.end


def _missing(conversation: Conversation, *roles: str) -> str | None:
    """Say why nothing can be said of these roles, or None where each has a voice."""
    cast = {c.role for c in conversation.casting}
    absent = [role for role in roles if role not in cast]
    return f"no voice is known to be the {' or the '.join(absent)}" if absent else None


def _rough(measure: Measure, shortfall: str | None) -> Measure:
    """Mark a description that rests on little data; its interval is an inference and goes."""
    if shortfall is None:
        return measure
    return replace(measure, low=None, high=None, reliable=False, reason=shortfall)


def _little_speech(conversation: Conversation, within: Span, settings: Settings) -> str | None:
    spoken = sum(seconds_of_speech(conversation, role, within) for role in ROLES)
    least = settings.turntaking.least_speech_s
    if spoken >= least:
        return None
    return (
        f"only {spoken / 60:.1f} min of speech, {least / 60:.0f} are needed; "
        "treat as a rough figure"
    )


def _few(n: int, least: int, what: str) -> str | None:
    return None if n >= least else f"only {n} {what}, {least} are needed; treat as a rough figure"


def _one_at_a_time(conversation: Conversation, settings: Settings) -> str | None:
    """Say so where nobody ever overlaps: then overlap was not heard rather than not there.

    In conversation about two changes of turn in five overlap (Heldner & Edlund 2010, as cited
    by Chowdhury et al. 2016). A channel per person hears overlap, so there none is a finding.
    """
    if any(cast.channel is not None for cast in conversation.casting):
        return None
    few = len(transitions(conversation)) < settings.turntaking.least_for_overlap
    if few or overlap_seconds(conversation, conversation.whole) > 0:
        return None
    return (
        "no overlap anywhere: whoever told the voices apart heard one at a time, "
        "so overlaps and most backchannels are missing"
    )


def _wilson(part: float, whole: float) -> tuple[float, float]:
    """Wilson's 95 % interval of a share of events taken as independent."""
    z = 1.959964
    share, shrink = part / whole, 1 + z * z / whole
    centre = (share + z * z / (2 * whole)) / shrink
    reach = z / shrink * math.sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    return max(0.0, centre - reach), min(1.0, centre + reach)


def _share_of(cue: str, role: str, part: int, whole: int) -> Measure:
    low, high = _wilson(part, whole)
    return Measure(cue, role, part / whole, "", float(part), float(whole), whole, low, high)


def talk_time(
    conversation: Conversation, frames: Frames, role: str, within: Span, settings: Settings
) -> Measure:
    """Seconds of speech of a role, pauses of 0.2 s and more left out."""
    missing = _missing(conversation, role)
    if missing:
        return withheld("talk.time", role, "s", missing)
    seconds = seconds_of_speech(conversation, role, within)
    n = sum(_inside(u.span.start, within) for u in conversation.of(role))
    measure = Measure("talk.time", role, seconds, "s", part=seconds, n=n)
    return _rough(measure, _little_speech(conversation, within, settings))


def talk_share(
    conversation: Conversation, frames: Frames, role: str, within: Span, settings: Settings
) -> Measure:
    """Own speech as a share of the speech of both, overlap counted for each."""
    missing = _missing(conversation, *ROLES)
    if missing:
        return withheld("talk.share", role, "", missing)
    own = seconds_of_speech(conversation, role, within)
    both = own + seconds_of_speech(conversation, OTHER[role], within)
    if both <= 0:
        return withheld("talk.share", role, "", "neither of the two speaks here")
    n = sum(_inside(u.span.start, within) for r in ROLES for u in conversation.of(r))
    measure = Measure("talk.share", role, own / both, "", own, both, n)
    return _rough(measure, _little_speech(conversation, within, settings))


def _time_of_both(cue: str, seconds: Callable[[Conversation, Span], float]) -> Cue:
    """Make a cue that is seconds of something of the window's seconds."""

    def measure(
        conversation: Conversation, frames: Frames, role: str, within: Span, settings: Settings
    ) -> Measure:
        inside = within & conversation.whole
        if inside is None:
            return withheld(cue, role, "", "the recording has no length here")
        part = seconds(conversation, inside)
        value = part / inside.duration
        n = sum(_inside(u.span.start, within) for u in conversation.utterances)
        found = Measure(cue, role, value, "", part, inside.duration, n)
        deaf = seconds is overlap_seconds and _one_at_a_time(conversation, settings)
        return _rough(found, deaf or None)

    return Cue(cue, "", MEANINGS[cue], ("both",), measure, cue == "talk.silence")


def _quiet(conversation: Conversation, within: Span) -> float:
    return within.duration - seconds_of_speech(conversation, None, within)


def _lengths(conversation: Conversation, role: str, within: Span) -> Floats:
    turns = conversation.of(role, kind="primary")
    return np.array([u.span.duration for u in turns if _inside(u.span.start, within)])


def _of_turns(
    cue: str, unit: str, summary: Callable[[Floats], Floats] | None, course: bool = False
) -> Cue:
    """Make a cue over the lengths of a role's turns; None counts them."""

    def measure(
        conversation: Conversation, frames: Frames, role: str, within: Span, settings: Settings
    ) -> Measure:
        missing = _missing(conversation, role)
        if missing:
            return withheld(cue, role, unit, missing)
        lengths = _lengths(conversation, role, within)
        little = _little_speech(conversation, within, settings)
        if summary is None:
            count = float(lengths.size)
            return _rough(Measure(cue, role, count, unit, part=count, n=lengths.size), little)
        if not lengths.size:
            return withheld(cue, role, unit, "no turn starts here")
        return _rough(_summary(cue, role, unit, lengths, summary), little)

    return Cue(cue, unit, MEANINGS[cue], ROLES, measure, course)


def _summary(
    cue: str, role: str, unit: str, values: Floats, summary: Callable[[Floats], Floats]
) -> Measure:
    """Summarise ordered values with a block-bootstrap interval, except for an extreme."""
    value = float(summary(values[None, :])[0])
    bounds = (
        (None, None)
        if summary is _longest
        else interval(lambda rows: summary(values[rows]), values.size)
    )
    return Measure(cue, role, value, unit, None, None, values.size, *bounds)


def _median(rows: Floats) -> Floats:
    return np.asarray(np.median(rows, axis=1))


def _longest(rows: Floats) -> Floats:
    return np.asarray(rows.max(axis=1))


def _p90(rows: Floats) -> Floats:
    return np.asarray(np.percentile(rows, 90, axis=1))


def _iqr(rows: Floats) -> Floats:
    quarter, three = np.percentile(rows, (25, 75), axis=1)
    return np.asarray(three - quarter)


def median_words(
    conversation: Conversation, frames: Frames, role: str, within: Span, settings: Settings
) -> Measure:
    """Median number of words in a role's turns."""
    cue = "turns.median_words"
    missing = _missing(conversation, role)
    if missing or not conversation.has_words:
        return withheld(cue, role, "words", missing or "no words: there is no transcript")
    turns = conversation.of(role, kind="primary")
    counts = [len(u.words) for u in turns if _inside(u.span.start, within)]
    if not counts:
        return withheld(cue, role, "words", "no turn starts here")
    found = _summary(cue, role, "words", np.array(counts, dtype=np.float64), _median)
    return _rough(found, _little_speech(conversation, within, settings))


def _offsets(conversation: Conversation, role: str, within: Span) -> Floats:
    """Floor transfer offsets of the turns a role takes from the other, or of both roles."""
    pairs = {(role, OTHER[role])} if role in OTHER else {(r, OTHER[r]) for r in ROLES}
    return np.array(
        [
            t.offset_s
            for t in transitions(conversation)
            if (t.by, t.after) in pairs and _inside(t.at, within)
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

    def measure(
        conversation: Conversation, frames: Frames, role: str, within: Span, settings: Settings
    ) -> Measure:
        missing = _missing(conversation, *ROLES)
        if missing:
            return withheld(cue, role, unit, missing)
        offsets = _offsets(conversation, role, within)
        if not offsets.size:
            return withheld(cue, role, unit, "no change of turn here")
        if summary is None:
            found = _share_of(cue, role, int((offsets < -1e-9).sum()), offsets.size)
        else:
            found = _summary(cue, role, unit, offsets, summary)
        few = _few(offsets.size, settings.turntaking.least_transitions, "changes of turn")
        deaf = _one_at_a_time(conversation, settings) if summary is None else None
        return _rough(found, deaf or few or _line_delay(settings))

    return Cue(cue, unit, MEANINGS[cue], roles, measure, course)


def _line_delay(settings: Settings) -> str | None:
    """Say what a remote call does to every gap."""
    remote = settings.setting == "remote"
    return "remote call: the line's delay is in every gap, in amounts unknown" if remote else None


def backchannel_rate(
    conversation: Conversation, frames: Frames, role: str, within: Span, settings: Settings
) -> Measure:
    """Backchannels of a role per minute of the partner's speech."""
    cue, unit, partner = "turns.backchannel_rate", "/min", OTHER[role]
    missing = _missing(conversation, *ROLES)
    if missing:
        return withheld(cue, role, unit, missing)
    count = len(_backchannels(conversation, role, within))
    minutes = seconds_of_speech(conversation, partner, within) / 60
    if minutes <= 0:
        return withheld(cue, role, unit, f"the {partner} does not speak here", n=count)
    low, high = _rate_interval(conversation, role, within)
    found = Measure(cue, role, count / minutes, unit, float(count), minutes, count, low, high)
    least = settings.turntaking.least_partner_s / 60
    little = (
        f"only {minutes:.1f} min of the {partner}'s speech, {least:.0f} needed; "
        "treat as a rough figure"
    )
    deaf = _one_at_a_time(conversation, settings)
    return _rough(found, deaf or (little if minutes < least else None))


def _backchannels(conversation: Conversation, role: str, within: Span) -> tuple[Utterance, ...]:
    found = conversation.of(role, kind="backchannel")
    return tuple(u for u in found if _inside(u.span.start, within))


def _rate_interval(
    conversation: Conversation, role: str, within: Span
) -> tuple[float, float] | tuple[None, None]:
    """Bootstrap backchannels per minute over the partner's turns, each with what follows it."""
    partner = [
        u
        for u in conversation.of(OTHER[role])
        if u.kind != "backchannel" and _inside(u.span.start, within)
    ]
    starts = np.array([u.span.start for u in partner])
    minutes = np.array([u.phonation / 60 for u in partner])
    counts = np.zeros(len(partner))
    for u in _backchannels(conversation, role, within):
        turn = int(np.searchsorted(starts, u.span.start, side="right")) - 1
        if turn >= 0:
            counts[turn] += 1
    return interval(
        lambda rows: np.asarray(counts[rows].sum(axis=1) / minutes[rows].sum(axis=1)), len(partner)
    )


def backchannels_in_overlap(
    conversation: Conversation, frames: Frames, role: str, within: Span, settings: Settings
) -> Measure:
    """Share of a role's backchannels said while the partner speaks; the rest fall in pauses."""
    cue = "turns.backchannels_in_overlap"
    missing = _missing(conversation, *ROLES)
    if missing:
        return withheld(cue, role, "", missing)
    found = _backchannels(conversation, role, within)
    if not found:
        return withheld(cue, role, "", "no backchannel here")
    shared = {
        index
        for overlap in overlaps(conversation, settings.turntaking)
        for index in (overlap.incoming, overlap.ongoing)
    }
    measure = _share_of(cue, role, sum(u.index in shared for u in found), len(found))
    deaf = _one_at_a_time(conversation, settings)
    return _rough(
        measure, deaf or _few(len(found), settings.turntaking.least_stops, "backchannels")
    )


def silence_tolerance(
    conversation: Conversation, frames: Frames, role: str, within: Span, settings: Settings
) -> Measure:
    """Median time the role waits after the partner stops, by Kaplan and Meier.

    Waits the partner cut short by going on are counted as far as they went; a plain mean would
    lose them.
    """
    cue, limits = "turns.silence_tolerance", settings.turntaking
    missing = _missing(conversation, *ROLES)
    if missing:
        return withheld(cue, role, "s", missing)
    found = [w for w in waits(conversation, after=OTHER[role], by=role) if _inside(w.start, within)]
    stops = sum(w.seconds >= limits.stop_s for w in found)
    if stops < limits.least_stops:
        reason = (
            f"only {stops} stops of {limits.stop_s:g} s or more after the {OTHER[role]}, "
            f"{limits.least_stops} are needed"
        )
        return withheld(cue, role, "s", reason, n=stops)
    median, low, high = median_wait([w.seconds for w in found], [w.end == "taken" for w in found])
    if median is None:
        reason = f"the {OTHER[role]} nearly always went on first: the median wait is not reached"
        return replace(withheld(cue, role, "s", reason, n=len(found)), low=low)
    measure = Measure(cue, role, median, "s", None, None, len(found), low, high)
    delay = _line_delay(settings)
    return replace(measure, reliable=delay is None, reason=delay)


def median_wait(
    seconds: list[float], taken: list[bool]
) -> tuple[float | None, float | None, float | None]:
    """Median of waits with censoring, and its 95 % bounds (Brookmeyer and Crowley).

    Returns
    -------
    median, low, high : float or None
        Seconds; None where the curve does not come down to one half.
    """
    times, survival, low, high = kaplan_meier(seconds, taken)
    return _halved(times, survival), _halved(times, low), _halved(times, high)


def _halved(times: Floats, curve: Floats) -> float | None:
    """Give the first time at which a falling curve is at one half or below."""
    below = np.flatnonzero(np.nan_to_num(curve, nan=0.0) <= 0.5 + 1e-12)
    return float(times[below[0]]) if below.size else None


def silences_held(
    conversation: Conversation, frames: Frames, role: str, within: Span, settings: Settings
) -> Measure:
    """Of the partner's stops of 1 s and more, the share the partner was left to end."""
    cue, limits = "turns.silences_held", settings.turntaking
    missing = _missing(conversation, *ROLES)
    if missing:
        return withheld(cue, role, "", missing)
    stops = [
        w
        for w in waits(conversation, after=OTHER[role], by=role)
        if _inside(w.start, within) and w.seconds >= limits.stop_s and w.end != "open"
    ]
    if not stops:
        return withheld(cue, role, "", f"no stop of {limits.stop_s:g} s here")
    measure = _share_of(cue, role, sum(w.end == "resumed" for w in stops), len(stops))
    return _rough(measure, _few(len(stops), limits.least_stops, "stops"))


def long_silences(
    conversation: Conversation, frames: Frames, role: str, within: Span, settings: Settings
) -> Measure:
    """Count the silences of 3 s and more."""
    found = silences(conversation, least_s=settings.units.silence_s)
    count = float(sum(_inside(s.span.start, within) for s in found))
    return Measure("turns.silences", role, count, "silences", part=count, n=int(count))


def silences_ended(
    conversation: Conversation, frames: Frames, role: str, within: Span, settings: Settings
) -> Measure:
    """Of the silences of 3 s and more, the share this role ended."""
    cue = "turns.silences_ended"
    missing = _missing(conversation, role)
    if missing:
        return withheld(cue, role, "", missing)
    found = silences(conversation, least_s=settings.units.silence_s)
    inside = [s for s in found if _inside(s.span.start, within)]
    if not inside:
        return withheld(cue, role, "", f"no silence of {settings.units.silence_s:g} s here")
    measure = _share_of(cue, role, sum(s.ended_by == role for s in inside), len(inside))
    return _rough(measure, _few(len(inside), settings.turntaking.least_stops, "silences"))


def overlaps_to_review(
    conversation: Conversation, frames: Frames, role: str, within: Span, settings: Settings
) -> Measure:
    """Count the overlaps worth listening to in which this role came in."""
    cue = "turns.overlaps_to_review"
    missing = _missing(conversation, *ROLES)
    if missing:
        return withheld(cue, role, "places", missing)
    count = sum(
        o.kind == "to_review" and o.by == role and _inside(o.span.start, within)
        for o in overlaps(conversation, settings.turntaking)
    )
    found = Measure(cue, role, float(count), "places", part=float(count), n=count)
    return _rough(found, _one_at_a_time(conversation, settings))


def response_latency_of(
    conversation: Conversation, frames: Frames, utterance: Utterance, settings: Settings
) -> float:
    """Floor transfer offset into this turn, seconds; NaN where it does not follow the other's."""
    if utterance.kind != "primary" or utterance.role not in OTHER:
        return math.nan
    for i in range(utterance.index - 1, -1, -1):
        earlier = conversation.utterances[i]
        if earlier.kind == "primary":
            follows = earlier.role == OTHER[utterance.role]
            return earlier.span.gap(utterance.span) if follows else math.nan
    return math.nan


def length_of(
    conversation: Conversation, frames: Frames, utterance: Utterance, settings: Settings
) -> float:
    """Seconds from the start of an utterance to its end."""
    return utterance.span.duration


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the session (``first``, ``middle`` or ``last``) and its measures."""

    name: str
    span: Span
    measures: tuple[Measure, ...]


def first_middle_last(
    conversation: Conversation, frames: Frames, settings: Settings
) -> tuple[Part, ...]:
    """Measure the first and the last five minutes and what lies between them.

    A recording too short for that is cut into thirds; the spans say so. An empty recording has
    no parts.
    """
    duration = conversation.duration
    if duration <= 0:
        return ()
    edge = min(settings.turntaking.edge_s, duration / 3)
    spans = (Span(0.0, edge), Span(edge, duration - edge), Span(duration - edge, duration))
    return tuple(
        Part(
            name,
            span,
            tuple(
                cue.measure(conversation, frames, role, span, settings)
                for cue in CUES
                if cue.course
                for role in cue.roles
            ),
        )
        for name, span in zip(("first", "middle", "last"), spans, strict=True)
    )


MEANINGS = {
    "talk.time": (
        "Seconds this person spoke, pauses of a fifth of a second and more left out; what both "
        "said at once counts for each."
    ),
    "talk.share": (
        "This person's speech as a share of the speech of both, 0 to 1. No share is right for "
        "every session."
    ),
    "talk.silence": (
        "Share of the recording in which nobody speaks, 0 to 1, all pauses counted in. The "
        "amount of silence alone says nothing about its kind."
    ),
    "talk.overlap": "Share of the recording in which two or more people speak at once, 0 to 1.",
    "turns.count": (
        "Turns that took the floor. Backchannels and remarks inside the other's turn are not "
        "counted."
    ),
    "turns.median_length": (
        "Median length of this person's turns from first to last sound, pauses inside counted in."
    ),
    "turns.median_words": "Median number of transcribed words in this person's turns.",
    "turns.longest": (
        "The longest single turn, pauses under 1.5 s inside it counted in: where one person held "
        "the floor the longest."
    ),
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
    "turns.silence_tolerance": (
        "Time after which, in half of the client's stops, the therapist has taken the floor, "
        "stops the client ended counted as far as they went."
    ),
    "turns.silences_held": (
        "Of the client's stops of a second or more, the share, 0 to 1, that the client was left "
        "to end."
    ),
    "turns.silences": (
        "Silences of three seconds and more. What each was like, only somebody who listens can say."
    ),
    "turns.silences_ended": (
        "Of the silences of three seconds and more, the share, 0 to 1, that this person ended."
    ),
    "turns.overlaps_to_review": (
        "Places where this person came in, the other stopped soon without finishing, and this "
        "person went on: places to listen to, not a count of interruptions."
    ),
}

CUES: tuple[Cue, ...] = (
    Cue("talk.time", "s", MEANINGS["talk.time"], ROLES, talk_time),
    Cue("talk.share", "", MEANINGS["talk.share"], ROLES, talk_share, True),
    _time_of_both("talk.silence", _quiet),
    _time_of_both("talk.overlap", overlap_seconds),
    _of_turns("turns.count", "turns", None),
    _of_turns("turns.median_length", "s", _median, True),
    Cue("turns.median_words", "words", MEANINGS["turns.median_words"], ROLES, median_words),
    _of_turns("turns.longest", "s", _longest),
    _of_offsets("turns.response_latency", ROLES, _median, True),
    _of_offsets("turns.response_latency_iqr", ROLES, _iqr),
    _of_offsets("turns.response_latency_p90", ROLES, _p90),
    _of_offsets("turns.floor_transfer_offset", ("both",), _median),
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
    Cue(
        "turns.silence_tolerance",
        "s",
        MEANINGS["turns.silence_tolerance"],
        ("therapist",),
        silence_tolerance,
    ),
    Cue("turns.silences_held", "", MEANINGS["turns.silences_held"], ("therapist",), silences_held),
    Cue("turns.silences", "silences", MEANINGS["turns.silences"], ("both",), long_silences),
    Cue("turns.silences_ended", "", MEANINGS["turns.silences_ended"], ROLES, silences_ended),
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
