"""How much each of two people talks, and in what portions.

Conventions
-----------
Seconds of speech are cut at a window's edges; a turn belongs to the window in which it starts.
Parts, wholes and counts of adjoining windows add to those of the whole.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from diarize.timeline import Span
from prosody.analysis import Analysis
from prosody.cues.described import (
    OTHER,
    ROLES,
    little_speech,
    longest_of,
    median_of,
    missing_roles,
    one_at_a_time,
    roughly,
    starts_in,
    summary_of,
)
from prosody.cues.dyad import overlap_seconds, seconds_of_speech
from prosody.cues.measure import Cue, Measure, withheld

__all__ = ["CUES"]

Floats = NDArray[np.float64]


def talk_time(analysis: Analysis, role: str, within: Span) -> Measure:
    """Seconds of speech of a role, pauses of 0.2 s and more left out."""
    missing = missing_roles(analysis, role)
    if missing:
        return withheld("talk.time", role, "s", missing)
    seconds = seconds_of_speech(analysis, role, within)
    n = sum(starts_in(u.span.start, within) for u in analysis.conversation.of(role))
    measure = Measure("talk.time", role, seconds, "s", part=seconds, n=n)
    return roughly(measure, little_speech(analysis, within))


def talk_share(analysis: Analysis, role: str, within: Span) -> Measure:
    """Own speech as a share of the speech of both, overlap counted for each."""
    missing = missing_roles(analysis, *ROLES)
    if missing:
        return withheld("talk.share", role, "", missing)
    own = seconds_of_speech(analysis, role, within)
    both = own + seconds_of_speech(analysis, OTHER[role], within)
    if both <= 0:
        return withheld("talk.share", role, "", "neither of the two speaks here")
    n = sum(starts_in(u.span.start, within) for r in ROLES for u in analysis.conversation.of(r))
    measure = Measure("talk.share", role, own / both, "", own, both, n)
    return roughly(measure, little_speech(analysis, within))


def _time_of_both(cue: str, seconds: Callable[[Analysis, Span], float]) -> Cue:
    """Make a cue that is seconds of something of the window's seconds."""

    def measure(analysis: Analysis, role: str, within: Span) -> Measure:
        inside = within & analysis.conversation.whole
        if inside is None:
            return withheld(cue, role, "", "the recording has no length here")
        part = seconds(analysis, inside)
        value = part / inside.duration
        n = sum(starts_in(u.span.start, within) for u in analysis.conversation.utterances)
        found = Measure(cue, role, value, "", part, inside.duration, n)
        deaf = seconds is overlap_seconds and one_at_a_time(analysis)
        return roughly(found, deaf or None)

    return Cue(cue, "", MEANINGS[cue], ("both",), measure, cue == "talk.silence")


def _quiet(analysis: Analysis, within: Span) -> float:
    return within.duration - seconds_of_speech(analysis, None, within)


def _lengths(analysis: Analysis, role: str, within: Span) -> Floats:
    turns = analysis.conversation.of(role, kind="primary")
    return np.array([u.span.duration for u in turns if starts_in(u.span.start, within)])


def _of_turns(
    cue: str, unit: str, summary: Callable[[Floats], Floats] | None, course: bool = False
) -> Cue:
    """Make a cue over the lengths of a role's turns; None counts them."""

    def measure(analysis: Analysis, role: str, within: Span) -> Measure:
        missing = missing_roles(analysis, role)
        if missing:
            return withheld(cue, role, unit, missing)
        lengths = _lengths(analysis, role, within)
        little = little_speech(analysis, within)
        if summary is None:
            count = float(lengths.size)
            return roughly(Measure(cue, role, count, unit, part=count, n=lengths.size), little)
        if not lengths.size:
            return withheld(cue, role, unit, "no turn starts here")
        return roughly(summary_of(cue, role, unit, lengths, summary), little)

    return Cue(cue, unit, MEANINGS[cue], ROLES, measure, course)


def median_words(analysis: Analysis, role: str, within: Span) -> Measure:
    """Median number of words in a role's turns."""
    cue = "turns.median_words"
    missing = missing_roles(analysis, role)
    if missing or not analysis.conversation.has_words:
        return withheld(cue, role, "words", missing or "no words: there is no transcript")
    turns = analysis.conversation.of(role, kind="primary")
    counts = [len(u.words) for u in turns if starts_in(u.span.start, within)]
    if not counts:
        return withheld(cue, role, "words", "no turn starts here")
    found = summary_of(cue, role, "words", np.array(counts, dtype=np.float64), median_of)
    return roughly(found, little_speech(analysis, within))


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
}

CUES: tuple[Cue, ...] = (
    Cue("talk.time", "s", MEANINGS["talk.time"], ROLES, talk_time),
    Cue("talk.share", "", MEANINGS["talk.share"], ROLES, talk_share, True),
    _time_of_both("talk.silence", _quiet),
    _time_of_both("talk.overlap", overlap_seconds),
    _of_turns("turns.count", "turns", None),
    _of_turns("turns.median_length", "s", median_of, True),
    Cue("turns.median_words", "words", MEANINGS["turns.median_words"], ROLES, median_words),
    _of_turns("turns.longest", "s", longest_of),
)
