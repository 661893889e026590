"""What a finding about the recording itself spoils: measures that are withheld for it.

Conventions
-----------
A note of the recording withholds the measures of its row in `SPOILS`, with the note as the reason,
and suggestions of the kinds in its row of `SPOILT_KINDS`: what rests on them is not shown either.
A measure that has no value keeps the reason it had.
"""

from collections.abc import Iterable, Mapping

from diarize.messages import Message, Note
from prosody.cues.measure import Measure, withheld

__all__ = ["SPOILS", "SPOILT_KINDS", "kinds", "without"]

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
    "voice.level",
    "voice.level_to_client",
    "voice.unevenness",
    "warmth.fit",
    "warmth.index",
    "warmth.quietness",
    "warmth.soft",
    "warmth.steadiness",
)
# code of a note: measures that it withholds
SPOILS: Mapping[str, tuple[str, ...]] = {
    "recording.echo_stays": _WHO_WHEN,
    "recording.leak_stays": _WHO_WHEN,
    "recording.gain_rides": _LEVEL,
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


def without(measures: Iterable[Measure], notes: Iterable[Note]) -> tuple[Measure, ...]:
    """Give measures, those withheld that a note spoils."""
    why = {cue: note for note in notes for cue in SPOILS.get(note.code, ())}
    return tuple(_spoilt(measure, why) for measure in measures)


def _spoilt(measure: Measure, why: Mapping[str, Note]) -> Measure:
    note = why.get(measure.cue)
    if note is None or measure.value is None:
        return measure
    reason = Message(note.code, note.fields)
    return withheld(measure.cue, measure.role, measure.unit, reason, n=measure.n)
