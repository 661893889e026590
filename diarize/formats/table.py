"""Speakers and transcripts in and out: one table of formats.

Conventions
-----------
The format follows from the file's ending. Readers accept what real tools write, repair small
things and say so in `notes`; what they cannot read is refused in one line. Nothing is fetched,
nothing in a transcript is ever run, and cells that a spreadsheet would run are neutralised on
the way out. A new format is a function or two and a row of `FORMATS`.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from diarize.errors import Refused
from diarize.formats import (
    apart,
    corpus,
    elan,
    enclosed,
    json,
    lines,
    rttm,
    subtitles,
    tables,
    text_grid,
)
from diarize.formats.apart import Read
from diarize.formats.contents import OF_EDITORS
from diarize.formats.transcript import Cue, Diarization, Line, Reading, Transcript, until_next
from diarize.messages import Message, Note, message
from diarize.runtime.atomic import write_whole
from diarize.settings import Formats
from diarize.timeline import Span, Turn

__all__ = [
    "FORMATS",
    "Cue",
    "Diarization",
    "Format",
    "Line",
    "Transcript",
    "beside",
    "cut",
    "edited",
    "ended",
    "fitted",
    "format_of",
    "placed",
    "read_rttm",
    "read_speakers",
    "read_transcript",
    "readable",
    "registered",
    "writable",
    "write",
]

Write = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Format:
    """One format of transcripts or speakers.

    Parameters
    ----------
    name : str
        What people call it.
    endings : tuple of str
        Of its files, as they are written; case does not matter in reading.
    read : callable or None
        Takes the file's text and a `Reading`; raises `Refused` with what is wrong.
    write : callable or None
        Takes lines in order of time and the recording's length in seconds, and where `named` what
        the recording is called; gives the text.
    lacks : tuple of str
        What it cannot hold: codes of the area ``format_lacks``.
    lined : bool
        Whether it is read line by line.
    edited : bool
        Whether an export in it that was edited elsewhere is read back as a correction of turns.
    beside : bool
        Whether one that lies beside a recording, under its name, is taken unasked.
    named : bool
        Whether a file of it says what its recording is called.
    """

    name: str
    endings: tuple[str, ...]
    read: Read | None = None
    write: Write | None = None
    lacks: tuple[str, ...] = ()
    lined: bool = True
    edited: bool = False
    beside: bool = False
    named: bool = False

    @property
    def limits(self) -> Message | None:
        """What is lost in it; None if nothing is."""
        lost = [message(f"format_lacks.{code}") for code in self.lacks]
        return message("format.lacks", lost=lost) if lost else None


_KINDS = "turn_kinds"
_RTTM = Format(
    "RTTM", (".rttm",), rttm.rttm, rttm.to_rttm, ("words", _KINDS), edited=True, named=True
)
FORMATS: list[Format] = [
    _RTTM,
    Format("WebVTT", (".vtt",), subtitles.subtitles, subtitles.to_vtt,
           ("word_times", _KINDS), edited=True, beside=True),
    Format("SubRip", (".srt",), subtitles.subtitles, subtitles.to_srt,
           ("word_times", "turns_with_pauses", "literal_tags", _KINDS), edited=True, beside=True),
    Format("SBV", (".sbv",), subtitles.subtitles),
    Format("Praat TextGrid", (".TextGrid",), text_grid.text_grid, text_grid.to_text_grid,
           ("overlap_with_oneself", _KINDS), edited=True),
    Format("ELAN", (".eaf",), elan.eaf, elan.to_eaf,
           ("overlap_with_oneself", _KINDS), lined=False, edited=True, named=True),
    Format("CSV", (".csv", ".tsv"), tables.comma_table, tables.to_comma_table, ("word_times",)),
    Format("JSON", (".json", ".jsonl", ".ndjson"), json.any_json, lined=False, edited=True),
    Format("oTranscribe", (".otr",), enclosed.transcribed, lined=False),
    Format("LRC", (".lrc",), enclosed.lyrics),
    Format("CHAT", (".cha",), corpus.chat),
    Format("CTM", (".ctm",), corpus.ctm),
    Format("plain text", (".txt", ".md"), lines.plain),
]  # fmt: skip


@contextmanager
def registered(row: Format) -> Iterator[Format]:
    """Add a row to the table for as long as the context lasts, as an extension or a test does."""
    FORMATS.append(row)
    try:
        yield row
    finally:
        FORMATS.remove(row)


def format_of(path: Path) -> Format | None:
    """Give the format that a file's ending names, if there is one."""
    ending = path.suffix.lower()
    return next((f for f in FORMATS if ending in map(str.lower, f.endings)), None)


def readable(*, wordless: bool = False) -> tuple[str, ...]:
    """Give the endings that are read; if `wordless`, those too that say only who speaks when."""
    found = (f for f in FORMATS if f.read and (wordless or "words" not in f.lacks))
    return tuple(ending for f in found for ending in f.endings)


def edited() -> tuple[str, ...]:
    """Give the endings of which an edited export is read back, one of each format."""
    return tuple(f.endings[0] for f in FORMATS if f.edited)


def beside() -> tuple[str, ...]:
    """Give the endings of transcripts that are taken where they lie beside a recording."""
    return tuple(ending for f in FORMATS if f.beside for ending in f.endings)


def writable() -> tuple[str, ...]:
    """Give the endings that are written, one of each format."""
    return tuple(f.endings[0] for f in FORMATS if f.write)


def read_transcript(
    path: Path,
    *,
    duration: float | None = None,
    only: str | None = None,
    wordless: bool = False,
    formats: Formats = Formats(),
    keep: frozenset[str] = frozenset(),
) -> Transcript:
    """Read a supplied transcript; the format follows from the ending.

    Parameters
    ----------
    path : Path
        A file with one of the endings of `readable`.
    duration : float or None
        Seconds, of the recording it belongs to; cues are cut at its end. None cuts nothing.
    only : str or None
        Which session to take, where a file holds several.
    wordless : bool
        Whether a file that says who speaks when, and no word of it, will do.
    formats, keep
        As in `Reading`.

    Raises
    ------
    Refused
        If the ending is unknown, the file is not of it, has no words or is of a longer recording.
    """
    found = format_of(path)
    if found is None or found.read is None:
        known = readable(wordless=wordless)
        code = "format.of_an_editor" if path.suffix.lower() in OF_EDITORS else "format.not_read"
        raise Refused(code, file=str(path), ending=path.suffix, known=known)
    transcript = _read(path, found, Reading(formats, only, keep))
    if not wordless and not any(cue.text for cue in transcript.cues):
        raise Refused("format.no_words", file=str(path))
    return transcript if duration is None else fitted(path, transcript, duration, formats=formats)


def _read(path: Path, kind: Format, how: Reading) -> Transcript:
    assert kind.read is not None
    return apart.read(path, kind.read, how, name=kind.name, lined=kind.lined)


def fitted(
    path: Path, transcript: Transcript, duration: float, *, formats: Formats = Formats()
) -> Transcript:
    """Put a transcript on the recording's clock as far as it says by itself, and cut it at the end.

    Raises
    ------
    Refused
        If the transcript belongs to something longer; `path` is what the line names.
    """
    return cut(path, placed(transcript, duration, formats=formats), duration, formats=formats)


def placed(
    transcript: Transcript,
    duration: float,
    *,
    formats: Formats = Formats(),
    first_s: float | None = None,
) -> Transcript:
    """Take times that all lie past the end from where their own clock starts.

    That is where the source says its recording begins, or else the full hour before the first
    cue (timecode, the time of day), or else, where the first speech is heard at `first_s`, the
    first cue lies there.
    """
    cues = until_next(transcript.cues, duration, formats=formats)
    spans = [cue.span for cue in cues if cue.span is not None]
    if not spans or max(span.end for span in spans) <= duration + formats.past_end_s:
        return replace(transcript, cues=cues)
    first = min(span.start for span in spans)
    free = first - first_s if first_s is not None and first > duration else 0.0
    shifts = (transcript.origin_s, first // 3600 * 3600, free)
    length = max(span.end for span in spans)
    fits = (by for by in shifts if by and length - by <= duration + formats.past_end_s)
    by = next(fits, None)
    if by is None:
        return replace(transcript, cues=cues)
    early = tuple(cue.retimed(lambda span: span.shifted(-by)) for cue in cues)
    note = Note("format.other_clock", {"at_s": by})
    return replace(transcript, cues=early, notes=(*transcript.notes, note))


def cut(
    path: Path,
    transcript: Transcript,
    duration: float,
    *,
    formats: Formats = Formats(),
    sure: bool = False,
) -> Transcript:
    """Cut cues at the recording's start and end, with a note.

    Raises
    ------
    Refused
        If much of the transcript lies past the end, unless it is `sure` to be this recording's.
    """
    end = max((cue.span.end for cue in transcript.cues if cue.span), default=0.0)
    begin = min((cue.span.start for cue in transcript.cues if cue.span), default=0.0)
    if end <= duration and begin >= 0:
        return transcript
    late = sum(1 for cue in transcript.cues if cue.span and cue.span.middle > duration)
    if not sure and late > max(1, formats.late_cues_share * len(transcript.cues)):
        raise Refused("format.other_recording", file=str(path), end_s=end, duration_s=duration)
    return _cut(transcript, duration, end)


def _cut(transcript: Transcript, duration: float, end: float) -> Transcript:
    """Leave out what lies past the end or before the start, and say by how much it did."""
    kept = [cue for cue in transcript.cues
            if cue.span is None or (cue.span.start < duration and cue.span.end >= 0)]  # fmt: skip
    cues = tuple(
        cue if cue.span is None else replace(cue, span=_clip(cue.span, duration)) for cue in kept
    )
    gone = len(transcript.cues) - len(kept)
    notes = [Note("format.past_the_end", {"seconds": end - duration})] if end > duration else []
    if gone:
        notes.append(Note("format.cues_without_sound", {"cues": gone}, "caution"))
    return replace(transcript, cues=cues, notes=(*transcript.notes, *notes))


def _clip(span: Span, duration: float) -> Span:
    return Span(*(min(max(0.0, at), duration) for at in (span.start, span.end)))


def read_speakers(path: Path, *, formats: Formats = Formats()) -> Diarization:
    """Read who spoke when from RTTM, or from a transcript or annotation with labels.

    A file whose ending no format has, and plain text, is read as RTTM. `Refused` if it cannot be
    read, or has times for nobody.
    """
    found = format_of(path)
    if found is None or found.read in (rttm.rttm, lines.plain, None):
        return read_rttm(path, formats=formats)
    read = read_transcript(path, wordless=True, formats=formats)
    turns = {Turn(span, cue.voice) for cue in read.cues if cue.voice for span in cue.spoken}
    if not any(turn.span.duration for turn in turns):
        raise Refused("format.no_labels", file=str(path))
    return Diarization(tuple(sorted(turns)), read.notes)


def read_rttm(
    path: Path,
    *,
    duration: float | None = None,
    recording: str | None = None,
    formats: Formats = Formats(),
) -> Diarization:
    """Read who spoke when from an RTTM file.

    Parameters
    ----------
    path : Path
        The file, whatever its ending.
    duration : float or None
        Seconds, of the recording: turns are cut at its end, with a note.
    recording : str or None
        Which recording to take where the file names several.
    formats : Formats
        Thresholds.

    Raises
    ------
    Refused
        With the line's number if a line is malformed; if the file holds no turn, names several
        recordings, or runs far past the end.
    """
    read = _read(path, _RTTM, Reading(formats, recording))
    if duration is not None:
        read = ended(read, path, duration, formats=formats)
    turns = (Turn(cue.span, cue.voice) for cue in read.cues if cue.span and cue.voice)
    return Diarization(tuple(turns), read.notes)


def ended(read: Transcript, path: Path, duration: float, *, formats: Formats) -> Transcript:
    """Cut who spoke when at the end of the recording, with a note; refuse what runs far past it."""
    end = max((cue.span.end for cue in read.cues if cue.span), default=0.0)
    if end <= duration:
        return read
    if end > duration + max(formats.past_end_s, formats.past_end_share * duration):
        raise Refused("format.other_recording", file=str(path), end_s=end, duration_s=duration)
    return _cut(read, duration, end)


def write(
    lines: Iterable[Line], path: Path, *, duration: float, named: str = "", before: str = ""
) -> None:
    """Write turns to a file.

    Parameters
    ----------
    lines, path
        Turns in any order; where to, ending in one of `writable`.
    duration : float
        Seconds, of the recording.
    named, before : str
        The session's id, for formats that say it; what the file begins with (a byte order mark).

    Raises
    ------
    Refused
        If no format has this ending or the file cannot be written.
    """
    found = format_of(path)
    if found is None or found.write is None:
        raise Refused("format.not_written", file=str(path), ending=path.suffix, known=writable())
    ordered = sorted(lines, key=lambda x: (x.span, x.voice))
    more = (named,) if found.named else ()
    write_whole(path, before + found.write(ordered, duration, *more))
