"""Several files, one session: parts of a recorder in order, or recorders that ran side by side.

Conventions
-----------
There is one clock, which begins with the first file (side by side: with the earliest). Notes of a
file stand on that clock. Between parts in order nothing is known of the time that passed.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, pairwise

from diarize.errors import Refused
from diarize.messages import Field, Note
from diarize.recording.gathering import RATE_HZ
from diarize.recording.part_order import check_apart, noted_order
from diarize.recording.reading import FileSound
from diarize.recording.recorder_clocks import Clock, clock_of, on_clock
from diarize.recording.shared_ends import shared_s, without_beginning
from diarize.recording.stacking import behind, stacked
from diarize.settings import Decoding
from diarize.timeline import Span

__all__ = ["in_order", "side_by_side"]

_OF_A_PART = {
    "recording.cut_short": "recording.part_cut_short",
    "recording.no_end": "recording.part_no_end",
    "recording.ends_early": "recording.part_cut_short",
}


def in_order(
    found: Sequence[FileSound],
    limits: Decoding,
    *,
    names: Sequence[str] = (),
    of: str = "recording.parts_joined",
) -> FileSound:
    """Join the parts of one session.

    Parameters
    ----------
    found : sequence of FileSound
        In order.
    limits : Decoding
        What is accepted.
    names : sequence of str
        Of the files, where each is one: parts that a recorder wrote have nothing in common.
    of : str
        Code of the note that says what was joined.

    Raises
    ------
    Refused
        If together they are longer than a session, or two ran at the same time.
    """
    found, shared = _told_once(found, limits)
    if names:
        check_apart(found, names, limits)
    lengths = [one.sound.samples.shape[1] / RATE_HZ for one in found]
    starts = [0.0, *accumulate(lengths)][:-1]
    if sum(lengths) > limits.duration_max_h * 3600:
        raise Refused("recording.session_too_long", hours=limits.duration_max_h)
    joints = tuple(Span(at, at) for at in starts[1:])
    notes = [Note(of, {"n": len(found)}, "info", joints), *noted_order(names)]
    if any(shared):
        places = tuple(joint for joint, both_s in zip(joints, shared, strict=True) if both_s)
        fields: dict[str, Field] = {"n": len(places), "seconds": sum(shared)}
        notes.append(Note("recording.parts_overlap", fields, "info", places))
    if len({one.sound.samples.shape[0] for one in found}) > 1:
        notes.append(Note("recording.parts_differ", severity="caution"))
    lost: list[Span] = []
    found = _told_by_next(found, lengths, shared)
    for number, (one, at, length) in enumerate(zip(found, starts, lengths, strict=True), 1):
        last = number == len(found)
        notes += [_moved(note, at, number, last, at + length) for note in one.notes]
        lost += [span.shifted(at) for span in one.lost if last or span.end <= length]
    sound = behind([one.sound for one in found])
    return FileSound(sound, tuple(notes), tuple(lost), _least_kbit_s(found))


def _told_once(found: Sequence[FileSound], limits: Decoding) -> tuple[list[FileSound], list[float]]:
    """Leave out of each part what the one before it holds too; gives the seconds of each."""
    kept, shared = [found[0]], list[float]()
    for before, one in pairwise(found):
        both_s = shared_s(before.sound.samples, one.sound.samples, limits)
        kept.append(without_beginning(one, both_s) if both_s else one)
        shared.append(both_s)
    return kept, shared


def _told_by_next(
    found: Sequence[FileSound], lengths: Sequence[float], shared: Sequence[float]
) -> list[FileSound]:
    """Take for lost of a part's end only what the next does not go on with.

    A part that begins before another ends holds what comes behind that end: what was cut off there
    is lost as far as it is longer than what comes next. How much has no length is taken as held.
    """
    own = list(found)
    for k, (both_s, next_s) in enumerate(zip(shared, lengths[1:], strict=True)):
        if both_s:
            notes = (_less(note, next_s) for note in found[k].notes)
            own[k] = replace(found[k], notes=tuple(note for note in notes if note))
    return own


def _less(note: Note, by_s: float) -> Note | None:
    """Name so much less as lost at an end; None if that is nothing."""
    if note.code not in _OF_A_PART:
        return note
    if "seconds" not in note.fields:
        return None
    still_s = float(str(note.fields["seconds"])) - by_s
    return replace(note, fields={**note.fields, "seconds": still_s}) if still_s > 0 else None


def _moved(note: Note, at: float, part: int, last: bool, end: float) -> Note:
    """Put a note of a part on the session's clock; the lost end of one is a place inside."""
    if not last and note.code in _OF_A_PART:
        fields = {**note.fields, "part": part}
        return Note(_OF_A_PART[note.code], fields, note.severity, (Span(end, end),))
    return replace(note, spans=tuple(span.shifted(at) for span in note.spans))


def side_by_side(found: Sequence[FileSound], names: Sequence[str], limits: Decoding) -> FileSound:
    """Lay files beside each other that ran at the same time, a channel each.

    Parameters
    ----------
    found : sequence of FileSound
        The first one's clock is taken.
    names : sequence of str
        What a refusal calls them.
    limits : Decoding
        How clear a comparison must be.

    Raises
    ------
    Refused
        If one has no sound in common with the first and is not as long.
    """
    first = found[0].sound
    clocks = [Clock(0.0, 0.0)]
    assumed = False
    for one, name in zip(found[1:], names[1:], strict=True):
        clock = clock_of(first, one.sound, limits)
        if clock is None:
            apart = abs(first.samples.shape[1] - one.sound.samples.shape[1]) / RATE_HZ
            if apart > limits.align_same_length_s:
                raise Refused("recording.nothing_in_common", file=name)
            clock, assumed = Clock(0.0, 0.0), True
        clocks.append(clock)
    earliest = min(clock.offset_s for clock in clocks)
    starts = [clock.offset_s - earliest for clock in clocks]
    sounds = [on_clock(one.sound, clock) for one, clock in zip(found, clocks, strict=True)]
    notes = [_beside(clocks)]
    if assumed:
        notes.append(Note("recording.same_start_taken", severity="caution"))
    for number, (one, at) in enumerate(zip(found, starts, strict=True), 1):
        notes += [_moved(note, at, number, number == 1, at + one.sound.end_s) for note in one.notes]
    lost = _lost_of_all(found, starts)
    return FileSound(stacked(sounds, starts), tuple(notes), lost, _least_kbit_s(found))


def _least_kbit_s(found: Sequence[FileSound]) -> float | None:
    return min((one.kbit_s for one in found if one.kbit_s is not None), default=None)


def _beside(clocks: Sequence[Clock]) -> Note:
    offsets = [round(clock.offset_s, 2) for clock in clocks[1:]]
    drifts = [round(clock.drift_ppm) for clock in clocks[1:]]
    fields: dict[str, Field] = {"n": len(clocks), "offsets": offsets, "drifts": drifts}
    return Note("recording.side_by_side", fields, "caution")


def _lost_of_all(found: Sequence[FileSound], starts: Sequence[float]) -> tuple[Span, ...]:
    """Give where sound of any of the files is missing: what its person said there is not known."""
    spans = [span.shifted(at) for one, at in zip(found, starts, strict=True) for span in one.lost]
    return tuple(sorted(spans))
