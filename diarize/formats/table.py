"""Speakers and transcripts in and out: one table of formats.

Conventions
-----------
The format follows from the file's ending. Readers accept what real tools write, repair small
things and say so in `notes`; what they cannot read is refused in one line. Nothing is fetched,
nothing in a transcript is ever run, and cells that a spreadsheet would run are neutralised on
the way out. A new format is one reader or writer and one row in `READERS` or `WRITERS`.
"""

import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from diarize.errors import Refused
from diarize.formats import json as formats_json
from diarize.formats import subtitles as formats_subtitles
from diarize.formats import tables as formats_lines
from diarize.formats import tiers as formats_tiers
from diarize.formats.transcript import Cue, Diarization, Line, Transcript
from diarize.runtime.atomic import write_whole
from diarize.timeline import Span, Turn, intersection

__all__ = [
    "READERS",
    "WRITERS",
    "Cue",
    "Diarization",
    "Line",
    "Transcript",
    "fitted",
    "read_rttm",
    "read_transcript",
    "turns_of",
    "write",
]

_LARGEST_BYTES = 32 * 2**20
_SLACK_S = 1.0  # how far a file may run past the recording's end and still be meant for it
_SLACK_SHARE = 0.01

READERS: Mapping[str, Callable[[str], Transcript]] = {
    ".vtt": formats_subtitles.subtitles,
    ".srt": formats_subtitles.subtitles,
    ".sbv": formats_subtitles.subtitles,
    ".json": formats_json.any_json,
    ".textgrid": formats_tiers.text_grid,
    ".eaf": formats_tiers.eaf,
    ".csv": formats_lines.comma_table,
    ".tsv": formats_lines.comma_table,
    ".cha": formats_lines.chat,
    ".ctm": formats_lines.ctm,
    ".txt": formats_lines.plain,
}


def read_transcript(
    path: Path,
    *,
    duration: float | None = None,
    only: str | None = None,
    wordless: bool = False,
) -> Transcript:
    """Read a supplied transcript; the format follows from the ending.

    Parameters
    ----------
    path : Path
        A file with one of the endings of `READERS`.
    duration : float or None
        Seconds, of the recording it belongs to; cues are cut at its end. None cuts nothing.
    only : str or None
        Which session to take, where a table holds several.
    wordless : bool
        Whether a file that says who speaks when, and no word of it, will do.

    Raises
    ------
    Refused
        If the ending is unknown, or the file is none of that kind, or holds no words, or
        belongs to a longer recording.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        known = " ".join(sorted(READERS))
        raise Refused(f"{path}: no transcript format ends in '{path.suffix}'; give one of {known}")
    if only is not None and reader is formats_lines.comma_table:
        reader = partial(formats_lines.comma_table, only=only)
    text, notes = _text(path)
    try:
        transcript = reader(text)
    except (ValueError, OverflowError) as error:
        why = " ".join(str(error).split())[:200]
        raise Refused(f"{path}: {why}; check that it is a {path.suffix} transcript") from None
    if not wordless and not any(cue.text for cue in transcript.cues):
        raise Refused(f"{path}: holds no words; give a transcript, or leave --transcript out")
    transcript = replace(transcript, notes=notes + transcript.notes)
    return transcript if duration is None else fitted(path, transcript, duration)


def _text(path: Path) -> tuple[str, tuple[str, ...]]:
    """Give a file's text in whatever encoding it has, and what was odd about it."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise Refused(f"{path}: not a regular file; give the path of a transcript")
        if status.st_size > _LARGEST_BYTES:
            raise Refused(f"{path}: larger than any transcript (64 MB); check the path")
        data = path.read_bytes()
    except FileNotFoundError:
        raise Refused(f"{path}: no such file; check the path") from None
    except OSError as error:
        raise Refused(f"{path}: cannot be read ({error.strerror}); check its permissions") from None
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        return data.decode("utf-16" if wide else "utf-8-sig"), ()
    except UnicodeDecodeError:
        if b"\0" in data:
            raise Refused(f"{path}: not a text file; give a transcript") from None
        return data.decode("cp1252", "replace"), ("not in UTF-8; read as Windows-1252",)


def _most(duration: float) -> float:
    return duration + max(_SLACK_S, _SLACK_SHARE * duration)


def fitted(path: Path, transcript: Transcript, duration: float) -> Transcript:
    """Cut cues at the recording's end, with a note.

    Raises
    ------
    Refused
        If the transcript belongs to something longer; `path` is what the line names.
    """
    end = max((cue.span.end for cue in transcript.cues if cue.span), default=0.0)
    if end <= duration:
        return transcript
    late = sum(1 for cue in transcript.cues if cue.span and cue.span.middle > duration)
    if late > max(1, 0.02 * len(transcript.cues)):
        raise Refused(
            f"{path}: runs to {end:.1f} s but the recording ends at {duration:.1f} s; "
            "check that it belongs to this recording"
        )
    cues = tuple(
        cue if cue.span is None else replace(cue, span=_clip(cue.span, duration))
        for cue in transcript.cues
        if cue.span is None or cue.span.start < duration
    )
    note = f"ran {end - duration:.1f} s past the end of the recording; cut there"
    return replace(transcript, cues=cues, notes=(*transcript.notes, note))


def _clip(span: Span, duration: float) -> Span:
    return Span(min(span.start, duration), min(span.end, duration))


@dataclass(frozen=True, slots=True)
class _Row:
    recording: str
    turn: Turn


def read_rttm(
    path: Path, *, duration: float | None = None, recording: str | None = None
) -> Diarization:
    """Read who spoke when from an RTTM file.

    Parameters
    ----------
    path : Path
        Lines ``SPEAKER recording channel start length <NA> <NA> speaker <NA> <NA>``; lines of
        other kinds and comments are skipped.
    duration : float or None
        Seconds, of the recording: turns are cut at its end, with a note.
    recording : str or None
        Which recording to take where the file names several.

    Raises
    ------
    Refused
        With the line's number if a line is malformed; if the file holds no turn, names several
        recordings, or runs far past the end.
    """
    text, notes = _text(path)
    rows = [
        _rttm_row(path, number, fields)
        for number, line in enumerate(text.splitlines(), 1)
        if (fields := line.split()) and fields[0] == "SPEAKER"
    ]
    if not rows:
        raise Refused(f"{path}: holds no SPEAKER line; check that it is an RTTM file")
    names = {row.recording for row in rows}
    if recording is None and len(names) > 1:
        raise Refused(f"{path}: speaks of {len(names)} recordings; keep the lines of one of them")
    turns = sorted(row.turn for row in rows if recording in (None, row.recording))
    if duration is None:
        return Diarization(tuple(turns), notes)
    end = max((turn.span.end for turn in turns), default=0.0)
    if end > _most(duration):
        raise Refused(
            f"{path}: runs to {end:.1f} s but the recording ends at {duration:.1f} s; "
            "check that it belongs to this recording"
        )
    if end > duration:
        notes += (f"ran {end - duration:.2f} s past the end of the recording; cut there",)
    kept = (turn for turn in turns if turn.span.start < duration)
    return Diarization(tuple(Turn(_clip(t.span, duration), t.voice) for t in kept), notes)


def _rttm_row(path: Path, number: int, fields: Sequence[str]) -> _Row:
    how = "expected SPEAKER recording channel start length <NA> <NA> speaker"
    try:
        start, length = float(fields[3]), float(fields[4])
        if start < 0 or length < 0:
            raise ValueError
        return _Row(fields[1], Turn(Span(start, start + length), fields[7]))
    except (IndexError, ValueError):
        raise Refused(f"{path}: line {number} is malformed; {how}") from None


def turns_of(transcript: Transcript, speech: Iterable[Span]) -> tuple[Turn, ...]:
    """Give who spoke when as a labelled transcript says, pauses taken from voice activity.

    Parameters
    ----------
    transcript : Transcript
        With times and labels; cues without either are left out.
    speech : iterable of Span
        Where anybody speaks, from voice activity. A cue in which none was found keeps its own
        time, because a person heard words there.
    """
    heard = tuple(speech)
    by_voice: dict[str, list[Span]] = {}
    for cue in transcript.cues:
        if cue.span is not None and cue.voice is not None and cue.span.duration > 0:
            inside = intersection((cue.span,), heard) or (cue.span,)
            by_voice.setdefault(cue.voice, []).extend(inside)
    return tuple(sorted(Turn(s, voice) for voice, spans in by_voice.items() for s in spans))


def _rttm(lines: Sequence[Line], duration: float) -> str:
    return "".join(
        f"SPEAKER recording 1 {line.span.start:.3f} {line.span.duration:.3f} <NA> <NA> "
        f"{'_'.join(line.label.split()) or 'voice'} <NA> <NA>\n"
        for line in lines
    )


WRITERS: Mapping[str, Callable[[Sequence[Line], float], str]] = {
    ".rttm": _rttm,
    ".vtt": lambda lines, duration: formats_subtitles.to_vtt(lines),
    ".srt": lambda lines, duration: formats_subtitles.to_srt(lines),
    ".csv": lambda lines, duration: formats_lines.to_comma_table(lines),
    ".textgrid": formats_tiers.to_text_grid,
    ".eaf": formats_tiers.to_eaf,
}


def write(lines: Iterable[Line], path: Path, *, duration: float) -> None:
    """Write turns to a file; the format follows from the ending. Whole or not at all.

    Parameters
    ----------
    lines : iterable of Line
        The turns.
    path : Path
        Ending in one of `WRITERS`.
    duration : float
        Seconds, of the recording.

    Raises
    ------
    Refused
        If no format has this ending or the file cannot be written.
    """
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        known = " ".join(sorted(WRITERS))
        raise Refused(f"{path}: no format ends in '{path.suffix}'; give one of {known}")
    text = writer(sorted(lines, key=lambda line: (line.span, line.voice)), duration)
    write_whole(path, text)
