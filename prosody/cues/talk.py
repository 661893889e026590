"""How much each of two people talks, and in what portions.

Conventions
-----------
Seconds of speech are cut at a window's edges; a turn belongs to the window in which it starts.
Parts, wholes and counts of adjoining windows add to those of the whole.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from diarize.messages import message
from diarize.timeline import Span
from diarize.turns import TurnKind
from prosody.analysis import Analysis, shared
from prosody.cues.described import (
    OTHER,
    little_speech,
    longest_of,
    median_of,
    missing_roles,
    one_at_a_time,
    roughly,
    summary_of,
)
from prosody.cues.dyad import (
    overlap_seconds,
    seconds_of_speech,
    starting,
    starting_in,
    unheard_seconds,
)
from prosody.cues.measure import (
    BOTH,
    CROSSTALK,
    LAPSES,
    ROLES,
    WORDS_DOUBTED,
    Cue,
    Measure,
    withheld,
)

__all__ = ["CUES"]

Floats = NDArray[np.float64]


def talk_time(analysis: Analysis, role: str, within: Span) -> Measure:
    """Seconds of speech of a role, pauses of 0.2 s and more left out."""
    missing = missing_roles(analysis, role)
    if missing:
        return withheld("talk.time", role, "s", missing)
    seconds = seconds_of_speech(analysis, role, within)
    n = starting(analysis, within, role)
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
        return withheld("talk.share", role, "", message("measure.nobody_speaks"))
    n = sum(starting(analysis, within, r) for r in ROLES)
    measure = Measure("talk.share", role, own / both, "", own, both, n)
    return roughly(measure, little_speech(analysis, within))


def silence(analysis: Analysis, role: str, within: Span) -> Measure:
    """Share of the sound of a stretch in which nobody speaks."""
    return _of_stretch("talk.silence", analysis, within, _quiet)


def overlap(analysis: Analysis, role: str, within: Span) -> Measure:
    """Share of the sound of a stretch in which two or more voices speak."""
    found = _of_stretch("talk.overlap", analysis, within, overlap_seconds)
    unheard = None if found.value is None else one_at_a_time(analysis)
    return found if unheard is None else withheld("talk.overlap", role, found.unit, unheard)


def _of_stretch(
    cue: str, analysis: Analysis, within: Span, seconds: Callable[[Analysis, Span], float]
) -> Measure:
    inside = within & analysis.conversation.whole
    if inside is None:
        return withheld(cue, "both", "", message("measure.no_length"))
    part, whole = seconds(analysis, inside), inside.duration - unheard_seconds(analysis, inside)
    if whole <= 0:
        return withheld(cue, "both", "", message("measure.no_length"))
    n = starting(analysis, within)
    return Measure(cue, "both", part / whole, "", part, whole, n)


def _quiet(analysis: Analysis, within: Span) -> float:
    spoken = seconds_of_speech(analysis, None, within)
    return within.duration - spoken - unheard_seconds(analysis, within)


@shared
def _turns(analysis: Analysis, role: str) -> tuple[Floats, Floats]:
    """Lengths in seconds and in words of a role's primary turns, (n,) each."""
    turns = analysis.conversation.of(role, kind=TurnKind.PRIMARY)
    lengths = np.array([u.span.duration for u in turns], dtype=np.float64)
    return lengths, np.array([len(u.words) for u in turns], dtype=np.float64)


def turn_count(analysis: Analysis, role: str, within: Span) -> Measure:
    """Count the turns with which a role took the floor."""
    missing = missing_roles(analysis, role)
    if missing:
        return withheld("turns.count", role, "turns", missing)
    n = int(_turns(analysis, role)[0][starting_in(analysis, within, role, TurnKind.PRIMARY)].size)
    measure = Measure("turns.count", role, float(n), "turns", part=float(n), n=n)
    return roughly(measure, little_speech(analysis, within))


def median_length(analysis: Analysis, role: str, within: Span) -> Measure:
    """Median length of a role's turns."""
    return _lengths("turns.median_length", analysis, role, within, median_of)


def longest(analysis: Analysis, role: str, within: Span) -> Measure:
    """Length of a role's longest turn."""
    return _lengths("turns.longest", analysis, role, within, longest_of)


def _lengths(
    cue: str, analysis: Analysis, role: str, within: Span, summary: Callable[[Floats], float]
) -> Measure:
    missing = missing_roles(analysis, role)
    if missing:
        return withheld(cue, role, "s", missing)
    lengths = _turns(analysis, role)[0][starting_in(analysis, within, role, TurnKind.PRIMARY)]
    if not lengths.size:
        return withheld(cue, role, "s", message("measure.no_turn"))
    found = summary_of(cue, role, "s", lengths, summary, rules=analysis.settings.intervals)
    return roughly(found, little_speech(analysis, within))


def median_words(analysis: Analysis, role: str, within: Span) -> Measure:
    """Median number of words in a role's turns."""
    cue, unit = "turns.median_words", "words"
    missing = missing_roles(analysis, role)
    if missing or not analysis.conversation.has_words:
        return withheld(cue, role, unit, missing or message("measure.no_transcript"))
    counts = _turns(analysis, role)[1][starting_in(analysis, within, role, TurnKind.PRIMARY)]
    if not counts.size:
        return withheld(cue, role, unit, message("measure.no_turn"))
    found = summary_of(cue, role, unit, counts, median_of, rules=analysis.settings.intervals)
    return roughly(found, little_speech(analysis, within))


CUES: tuple[Cue, ...] = (
    Cue(
        name="talk.time",
        unit="s",
        label="Talk time",
        higher="more talk time",
        lower="less talk time",
        meaning="Seconds this person spoke, without pauses of "
        "{settings.units.ipu_silence_s:g} s and more; simultaneous speech counts for both.",
        measure=talk_time,
        headline=2,
        least=0.0,
        of_length=True,
        spoilt_by=LAPSES,
    ),
    Cue(
        name="talk.share",
        unit="",
        share=True,
        label="Talk-time share",
        higher="a larger share of the talk time",
        lower="a smaller share of the talk time",
        meaning="This person's speech as a share of the speech of both. No share is right "
        "for every session.",
        measure=talk_share,
        course=True,
        headline=1,
        drawn=("course", "glance"),
        spoilt_by=LAPSES,
    ),
    Cue(
        name="talk.silence",
        unit="",
        share=True,
        label="Silence",
        higher="more silence",
        lower="less silence",
        meaning="Share of the recording in which nobody speaks, including all pauses. The "
        "amount of silence alone says nothing about its kind.",
        measure=silence,
        roles=BOTH,
        course=True,
        places="silences",
        spoilt_by=LAPSES,
    ),
    Cue(
        name="talk.overlap",
        unit="",
        share=True,
        label="Overlap",
        higher="more simultaneous speech",
        lower="less simultaneous speech",
        meaning="Share of the recording in which two or more people speak at once.",
        measure=overlap,
        roles=BOTH,
        spoilt_by=CROSSTALK,
        places="overlaps",
    ),
    Cue(
        name="turns.count",
        unit="turns",
        label="Turns",
        higher="more turns",
        lower="fewer turns",
        meaning="Turns that took the floor. Backchannels and remarks inside the other's turn are "
        "not counted.",
        measure=turn_count,
        headline=3,
        least=0.0,
        of_length=True,
        spoilt_by=LAPSES,
    ),
    Cue(
        name="turns.median_length",
        unit="s",
        label="Turn length (median)",
        higher="longer turns",
        lower="shorter turns",
        meaning="Median length of this person's turns from first to last sound, pauses inside "
        "included.",
        measure=median_length,
        course=True,
        least=0.0,
        spoilt_by=LAPSES,
    ),
    Cue(
        name="turns.median_words",
        unit="words",
        label="Words per turn (median)",
        higher="more words in a turn",
        lower="fewer words in a turn",
        meaning="Median number of transcribed words in this person's turns.",
        measure=median_words,
        least=0.0,
        spoilt_by=(*LAPSES, *WORDS_DOUBTED),
    ),
    Cue(
        name="turns.longest",
        unit="s",
        label="Longest turn",
        higher="the longest turn is longer",
        lower="the longest turn is shorter",
        meaning="The longest single turn, pauses under {settings.units.join_pause_s:g} s inside "
        "it included: where one person held the floor the longest.",
        measure=longest,
        headline=4,
        least=0.0,
        of_length=True,
        spoilt_by=LAPSES,
    ),
)
