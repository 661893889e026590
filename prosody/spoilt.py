"""What a finding about the recording itself spoils: measures that are withheld or doubted for it.

Conventions
-----------
A note of the recording that withholds takes away the numbers and the kinds of behaviour whose rows
name its code (`spoilt_by`), with the note as the reason, and with them their courses, what single
turns have of them, and suggestions: what rests on them is not shown either. A note of less weight
leaves a number as a low-confidence estimate, with the note as the reason. A measure that has no
value keeps the reason it had.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from diarize.messages import Message, Note
from prosody import catalogue
from prosody.cues.measure import LAPSES, WORDS_DOUBTED, Measure, Series, withheld
from prosody.listening import behaviours
from prosody.listening.totals import Total, unknown

__all__ = ["counts", "courses", "kinds", "of_turns", "withheld_by", "without"]


def kinds(notes: Iterable[Note]) -> Mapping[str, Message]:
    """Give the kinds of behaviour that the notes withhold, each with its reason."""
    return {
        row.kind: Message(note.code, note.fields)
        for note in _withholding(notes)
        for row in behaviours.table()
        if note.code in row.spoilt_by or (row.needs_words and note.code in WORDS_DOUBTED)
    }


def counts(found: Iterable[Total], notes: Iterable[Note]) -> tuple[Total, ...]:
    """Give totals, those withheld that a note spoils; what was said in lost passages is in none.

    What was found stays to be listened to: it is the count that is too small. Counts of words that
    nothing shows to be this recording's are of low confidence.
    """
    counted, notes = tuple(found), tuple(notes)
    gone = kinds(notes)
    lost = [note for note in notes if note.code in LAPSES]
    reasons = [Message(note.code, note.fields) for note in lost]
    if any(note.severity == "withhold" for note in lost):
        return unknown(counted, lambda one: gone.get(one.behaviour, reasons[0]))
    doubt = next((Message(n.code, n.fields) for n in notes if n.code in WORDS_DOUBTED), None)
    worded = {row.kind for row in behaviours.table() if row.needs_words}
    told = []
    for one in unknown(counted, lambda one: gone.get(one.behaviour)):
        why = reasons[0] if reasons else doubt if one.behaviour in worded else None
        doubted = one.n is not None and why is not None
        told.append(replace(one, reliable=False, reason=one.reason or why) if doubted else one)
    return tuple(told)


def courses(found: Iterable[Series], notes: Iterable[Note]) -> tuple[Series, ...]:
    """Give courses, those empty that a note spoils."""
    told = _withholding(notes)
    return tuple(
        replace(one, value=(None,) * len(one.value), low=(), high=())
        if _spoils(one.cue, told)
        else one
        for one in found
    )


def of_turns(
    values: Mapping[int, Mapping[str, float]], notes: Iterable[Note]
) -> dict[int, dict[str, float]]:
    """Give the values of each turn less those that a note spoils."""
    gone = withheld_by(notes)
    return {
        index: {cue: value for cue, value in row.items() if cue not in gone}
        for index, row in values.items()
    }


def withheld_by(notes: Iterable[Note]) -> dict[str, str]:
    """Give the cues of turns that the notes withhold, each with the code of the note."""
    told = _withholding(notes)
    found = {row.name: _spoils(row.name, told) for row in catalogue.of_turns()}
    return {name: note.code for name, note in found.items() if note is not None}


def without(measures: Iterable[Measure], notes: Iterable[Note]) -> tuple[Measure, ...]:
    """Give measures, those withheld or of low confidence that a note spoils."""
    told = sorted(notes, key=lambda note: note.severity == "withhold")
    return tuple(_spoilt(measure, _spoils(measure.cue, told)) for measure in measures)


def _withholding(notes: Iterable[Note]) -> tuple[Note, ...]:
    return tuple(note for note in notes if note.severity == "withhold")


def _spoils(cue: str, notes: Sequence[Note]) -> Note | None:
    """Give the last note that spoils a number; None where none does."""
    row = catalogue.named(cue)
    by = row.spoilt_by if row else ()
    return next((note for note in reversed(notes) if note.code in by), None)


def _spoilt(measure: Measure, note: Note | None) -> Measure:
    if note is None or measure.value is None:
        return measure
    reason = Message(note.code, note.fields)
    if note.severity != "withhold":
        return replace(measure, reliable=False, reason=measure.reason or reason)
    return withheld(measure.cue, measure.role, measure.unit, reason, n=measure.n)
