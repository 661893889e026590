"""The sound of one file, as much of it as can be had, and what of it is missing.

Conventions
-----------
libsndfile comes first; where it refuses, breaks off or finds less than the file promises, the
ffmpeg program tries too and whatever has more is taken. What neither has is said with its place:
a stretch inside stays on the clock as silence, a lost end is a note.
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import IO

from diarize.errors import Refused
from diarize.messages import Note
from diarize.recording import ffmpeg, sndfile
from diarize.recording.channel_count import counted
from diarize.recording.container import Kind, contents, kind_of, walked
from diarize.recording.gathering import Gathered, apart, gather
from diarize.recording.tracks import chosen
from diarize.recording.views import Walked
from diarize.settings import Decoding
from diarize.timeline import Span, total

__all__ = ["NO_END", "FileSound", "read_open"]

# Codes of an end that is missing.
NO_END = ("recording.cut_short", "recording.no_end", "recording.ends_early")


@dataclass(frozen=True, slots=True, eq=False)
class FileSound:
    """What one file holds.

    Parameters
    ----------
    sound : Gathered
        Its sound.
    notes : tuple of Note
        What was mended, and what is missing.
    lost : tuple of Span
        Where sound is missing; the last may lie behind the end.
    kbit_s : float or None
        What a lossy codec had for a second of each channel, thousands of bits; None of others, and
        where the file does not say.
    """

    sound: Gathered
    notes: tuple[Note, ...] = ()
    lost: tuple[Span, ...] = ()
    kbit_s: float | None = None


def read_open(
    file: IO[bytes], name: str, *, limits: Decoding, track: int | None = None
) -> FileSound:
    """Read one file as one recording (`joined.read_open`: whatever it holds).

    Parameters
    ----------
    file : file
        Open, from its beginning.
    name : str
        What a refusal calls it.
    limits : Decoding
        What is accepted.
    track : int, optional
        Which track of sound, from 1; None chooses.

    Raises
    ------
    Refused
        If nothing of it can be decoded, or it is outside `limits`. One line says why.
    """
    with contents(file, name) as inside:
        kind, inside = kind_of(inside)
        found = counted(inside, walked(kind, inside, limits=limits), limits)
    one = _File(file, name, kind, found, limits)
    own = one.by_libsndfile() if (track or 1) == 1 else None
    left_s = (found.promised_s or 0.0) - found.gone_s
    if own is not None and (one.plain or not _short(own.sound, left_s, limits)):
        return own
    other = one.by_ffmpeg(track, had=own is not None)
    more_s = other.sound.seconds - own.sound.seconds if other and own else 0.0
    kept = other if own is None or more_s > limits.missing_max_s else own
    if kept is None:
        raise Refused("recording.damaged", file=name)
    return kept


@dataclass(frozen=True, slots=True)
class _File:
    """One open file, and what a walk through it found."""

    file: IO[bytes]
    name: str
    kind: Kind
    found: Walked
    limits: Decoding

    @property
    def plain(self) -> bool:
        """Whether its bytes are its sound: no other program reads more in it."""
        return all(part.layout for part in self.found.parts)

    def by_libsndfile(self) -> FileSound | None:
        """Decode what libsndfile can; None where it cannot."""
        name, found, limits = self.name, self.found, self.limits
        quiet = self.kind.name == "mp3"
        if not found.parts:
            return None
        try:
            with sndfile.opened(self.file, name, found, limits=limits, quiet=quiet) as source:
                sound = gather(name, source, limits=limits, bad=found.bad, joints=found.joints)
        except Refused as refusal:
            unread = ("recording.damaged", "recording.no_sound", "recording.beyond_full_scale")
            if refusal.code not in unread or (self.plain and not ffmpeg.here()):
                raise
            return None
        told = _told(sound, found.promised_s, _said(found), limits, ends_open=found.ends_open)
        return replace(told, kbit_s=self._kbit_s(sound)) if found.lossy else told

    def _kbit_s(self, sound: Gathered) -> float:
        """Thousands of bits for a second of each channel, of all that was decoded."""
        pieces = (piece for part in self.found.parts for piece in part.pieces)
        held = sum(piece[1] - piece[0] for piece in pieces if not isinstance(piece, bytes))
        return float(held * 8e-3 / sound.seconds / sound.samples.shape[0])

    def by_ffmpeg(self, track: int | None, *, had: bool) -> FileSound | None:
        """Decode what the ffmpeg program can; None where that is nothing and something was had."""
        name, kind, found = self.name, self.kind, self.found
        if not ffmpeg.here():
            if had:
                return None
            code = "part_needs_ffmpeg" if found.parts else "needs_ffmpeg"
            raise Refused(f"recording.{code}", file=name)
        there = ffmpeg.tracks(self.file, name, kind.name)
        wanted = there if track is None else there[track - 1 : track]
        if not wanted and not had:
            code = "no_such_track" if there else "no_index" if kind.name == "caf" else "no_track"
            raise Refused(f"recording.{code}", file=name, tracks=len(there), track=track)
        if len(wanted) > self.limits.tracks_max:
            most = self.limits.tracks_max
            raise Refused("recording.too_many_tracks", file=name, tracks=len(wanted), most=most)
        one = len(there) == 1 and not had
        decoded = ((number, self._track(t, one)) for number, t in enumerate(wanted, track or 1))
        sounds = {number: sound for number, sound in decoded if sound is not None}
        if not sounds:
            return None
        sound, notes, taken = chosen(sounds, of=len(there), limits=self.limits)
        said = [_promised(t, found) for t in wanted if kind.promises]
        if 0 < found.there < 1:  # what a codec made of time is about as long as its bytes
            said.append(sound.end_s / found.there)
        promised_s = found.promised_s or max((s for s in said if s), default=None)
        said_of = (*_said(found), *notes)
        told = _told(sound, promised_s, said_of, self.limits, ends_open=found.ends_open)
        told = _before_the_file(told, wanted[0].file_ends_s, self.limits)
        kept = (t for number, t in enumerate(wanted, track or 1) if number in taken)
        rates = [t.kbit_s for t in kept if t.kbit_s is not None]
        return replace(told, kbit_s=min(rates, default=None))

    def _track(self, track: ffmpeg.Track, alone: bool) -> Gathered | None:
        """Decode a track; None where it holds nothing, unless it is alone."""
        name, limits = self.name, self.limits
        if track.checked:  # a frame that is left out is short, and the clock of the others exact
            limits = replace(limits, clock_slack_s=limits.clock_exact_s)
        try:
            with ffmpeg.opened(self.file, name, self.kind.name, track, limits=limits) as source:
                source.blocks = apart(source.blocks, source.rate, self.found.gaps)
                bad, joints = self.found.bad, self.found.joints
                return gather(name, source, limits=limits, bad=bad, joints=joints)
        except Refused as refusal:
            unread = ("recording.damaged_or_truncated", "recording.no_sound")
            if alone or refusal.code not in unread:
                raise
        return None


def _promised(track: ffmpeg.Track, found: Walked) -> float | None:
    """Give where a track ends by its header."""
    begins_s = track.begins_s if found.in_fragments else 0.0
    return None if track.promised_s is None else track.promised_s - begins_s


def _before_the_file(told: FileSound, ends_s: float | None, limits: Decoding) -> FileSound:
    """Say where the sound ends long before the file does, as where a microphone fell out."""
    end_s = told.sound.end_s
    said = any(note.code in NO_END for note in told.notes)
    if ends_s is None or said or ends_s - end_s < limits.ends_early_s:
        return told
    lost = Span(end_s, ends_s)
    fields = {"at_s": end_s, "ends_s": ends_s, "seconds": lost.duration}
    note = Note("recording.ends_early", fields, "caution", (lost,))
    return replace(told, notes=(*told.notes, note), lost=(*told.lost, lost))


def _short(sound: Gathered, promised_s: float, limits: Decoding) -> bool:
    """Whether a file promises more than was had, or decoding broke off."""
    return sound.broken or promised_s - sound.seconds > limits.missing_max_s


def _said(found: Walked) -> tuple[Note, ...]:
    """Give what the walk found to say."""
    if not found.joints:
        return found.notes
    joints = tuple(Span(at, at) for at in found.joints)
    return (*found.notes, Note("recording.joined", {"n": len(joints) + 1}, "info", joints))


def _told(
    sound: Gathered,
    promised_s: float | None,
    notes: tuple[Note, ...],
    limits: Decoding,
    *,
    ends_open: bool = False,
) -> FileSound:
    """Say with its place what is missing."""
    first = sound.covered[0].start
    found = list(notes)
    lost = [Span(a.end, b.start) for a, b in pairwise(sound.covered)]
    if first > limits.missing_max_s:
        found.append(Note("recording.starts_late", {"seconds": first}, "info", (Span(0.0, first),)))
    if sound.restarts:
        spans = tuple(Span(at, at) for at in sound.restarts)
        found.append(Note("recording.clock_restarts", {"n": len(spans)}, "caution", spans))
    gone = tuple(span for span in lost if not any(span.overlap(copy) for copy in sound.twice))
    for code, spans in (("missing_inside", gone), ("written_twice", sound.twice)):
        if spans:
            fields = {"n": len(spans), "seconds": total(spans)}
            found.append(Note(f"recording.{code}", fields, "caution", spans))
    end, promised = sound.end_s, promised_s or 0.0
    if promised - end > limits.missing_max_s:
        fields = {"present_s": end, "promised_s": promised, "seconds": promised - end}
        lost.append(Span(end, promised))
        found.append(Note("recording.cut_short", fields, "caution", (lost[-1],)))
    elif ends_open or (sound.broken and not lost):
        found.append(Note("recording.no_end", {"at_s": end}, "caution"))
    return FileSound(sound, tuple(found), tuple(lost))
