"""What a finding about the recording itself spoils: measures that are withheld for it.

Conventions
-----------
A note of the recording withholds the measures of its row in `SPOILS`, with the note as the reason,
their courses and what single turns have of them, and suggestions of the kinds in its row of
`SPOILT_KINDS`: what rests on them is not shown either. A measure that has no value keeps the reason
it had.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from diarize.messages import Message, Note
from prosody.cues.measure import Measure, Series, withheld

__all__ = ["SPOILS", "SPOILT_KINDS", "courses", "kinds", "of_turns", "without"]

_WHO_WHEN = (
    "talk.overlap",
    "turns.backchannel_rate",
    "turns.backchannels_in_overlap",
    "turns.floor_transfer_offset",
    "turns.overlap_rate",
    "turns.overlaps_to_review",
    "turns.response_latency",
    "turns.response_latency_iqr",
    "turns.response_latency_p90",
    "turns.silence_tolerance",
)
_LEVEL = (
    "activation.rating",
    "match.level_convergence",
    "match.level_proximity",
    "match.level_synchrony",
    "pace.rate_after_raised",
    "voice.level",
    "voice.level_to_client",
    "voice.unevenness",
    "warmth.fit",
    "warmth.index",
    "warmth.quietness",
    "warmth.soft",
    "warmth.steadiness",
)
_DETAIL = ("voice.cpp", "voice.h1_h2", "voice.hnr")
# code of a note: measures that it withholds, as benchmarks/processed.py measures what breaks
SPOILS: Mapping[str, tuple[str, ...]] = {
    "recording.echo_stays": _WHO_WHEN,
    "recording.leak_stays": _WHO_WHEN,
    "recording.gain_rides": (*_LEVEL, "voice.hnr"),
    "recording.gain_wanders": _LEVEL,
    "recording.peaks_cut": (*_LEVEL, *_DETAIL, "voice.softness", "warmth.softness"),
}


# code of a note: kinds of listening behaviour that nobody can be said to have shown
SPOILT_KINDS: Mapping[str, tuple[str, ...]] = {
    "recording.echo_stays": ("backchannel", "overlap_to_review"),
    "recording.leak_stays": ("backchannel", "overlap_to_review"),
}


def kinds(notes: Iterable[Note]) -> Mapping[str, Message]:
    """Give the kinds of behaviour that the notes withhold, each with its reason."""
    return {
        kind: Message(note.code, note.fields)
        for note in notes
        for kind in SPOILT_KINDS.get(note.code, ())
    }


def courses(found: Iterable[Series], notes: Iterable[Note]) -> tuple[Series, ...]:
    """Give courses, those empty that a note spoils."""
    gone = _spoils(notes)
    return tuple(
        replace(one, value=(None,) * len(one.value), low=(), high=()) if one.cue in gone else one
        for one in found
    )


def of_turns(
    values: Mapping[int, Mapping[str, float]], notes: Iterable[Note]
) -> dict[int, dict[str, float]]:
    """Give the values of each turn less those that a note spoils."""
    gone = _spoils(notes)
    return {
        index: {cue: value for cue, value in row.items() if cue not in gone}
        for index, row in values.items()
    }


def without(measures: Iterable[Measure], notes: Iterable[Note]) -> tuple[Measure, ...]:
    """Give measures, those withheld that a note spoils."""
    why = _spoils(notes)
    return tuple(_spoilt(measure, why) for measure in measures)


def _spoils(notes: Iterable[Note]) -> Mapping[str, Note]:
    """Give what the notes spoil, each with the note that does."""
    return {cue: note for note in notes for cue in SPOILS.get(note.code, ())}


def _spoilt(measure: Measure, why: Mapping[str, Note]) -> Measure:
    note = why.get(measure.cue)
    if note is None or measure.value is None:
        return measure
    reason = Message(note.code, note.fields)
    return withheld(measure.cue, measure.role, measure.unit, reason, n=measure.n)
