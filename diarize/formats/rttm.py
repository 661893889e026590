"""RTTM: who spoke when, one line for each stretch, and no words.

A line is ``SPEAKER recording channel start length <NA> <NA> speaker <NA> <NA>``; lines of other
kinds and comments are skipped. Spaces in the recording's or the speaker's name, a decimal comma and
a start just before the recording are taken as they are meant.
"""

import re
from collections.abc import Sequence

from diarize.errors import Refused
from diarize.formats.transcript import Cue, Line, Reading, Transcript
from diarize.messages import Note
from diarize.timeline import Span

__all__ = ["rttm", "to_rttm"]

_NUMBER = r"(?:-?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?)"
_FIRST, _FIELDS = 3, 4  # the first that may be a start; it, a length and two that hold nothing
_TIME = re.compile(_NUMBER)
_NONE = re.compile("<?NA>?|-")
_BEHIND = re.compile(rf"<?NA>?|-|{_NUMBER}")  # what may stand behind a speaker, once or twice


def rttm(text: str, how: Reading) -> Transcript:
    """Read RTTM, as cues without words.

    Several recordings whose turns are the same are one.

    Raises
    ------
    Refused
        With the line's number if a line is malformed; if there is no turn, or if the lines name
        several recordings and none of them was asked for.
    """
    rows = [
        _row(number, line.strip())
        for number, line in enumerate(text.splitlines(), 1)
        if line.split()[:1] == ["SPEAKER"]
    ]
    if not rows:
        raise Refused("format.no_speaker_row")
    by_recording: dict[str, list[Cue]] = {}
    for recording, cue in rows:
        by_recording.setdefault(recording, []).append(cue)
    first = next(iter(by_recording.values()))
    if how.only is None and any(cues != first for cues in by_recording.values()):
        raise Refused("format.several_recordings", recordings=len(by_recording))
    cues = first if how.only is None else by_recording.get(how.only, [])
    early = sum(cue.span is not None and cue.span.start < 0 for cue in cues)
    notes = (Note("format.before_the_start", {"cues": early}),) if early else ()
    inside = (Cue(span, cue.voice, "") for cue in cues if (span := _inside(cue.span)))
    ordered = sorted(inside, key=lambda cue: (cue.span or Span(0, 0), cue.voice or ""))
    return Transcript(tuple(ordered), notes=notes)


def _inside(span: Span | None) -> Span | None:
    return span and Span(max(0.0, span.start), max(0.0, span.end))


def _row(number: int, line: str) -> tuple[str, Cue]:
    """Give the recording that a line is of, and what it says."""
    said = line.split()
    # what the recording is called may hold spaces
    places = range(_FIRST, len(said) - _FIELDS)
    at = next((at for at in places if _is_timed(said[at : at + _FIELDS])), None)
    if at is None:
        raise Refused("format.not_an_rttm_line", line=number)
    start, length = (float(text.replace(",", ".")) for text in said[at : at + 2])
    if length < 0 or start < -length:
        raise Refused("format.not_an_rttm_line", line=number)
    speaker = said[at + _FIELDS :]
    for _ in range(2):
        if len(speaker) > 1 and _BEHIND.fullmatch(speaker[-1]):
            speaker.pop()
    span = Span(start, round(start + length, 6))
    return " ".join(said[1 : at - 1]), Cue(span, " ".join(speaker), "")


def _is_timed(said: Sequence[str]) -> bool:
    """Whether these are a start, a length and two fields that hold nothing."""
    return all(map(_TIME.fullmatch, said[:2])) and all(map(_NONE.fullmatch, said[2:]))


def to_rttm(lines: Sequence[Line], duration: float, named: str = "") -> str:
    """Write RTTM, a line for each stretch of speech in order of time: its pauses are no speech.

    Spaces of a label, and of what the recording is called, become underscores, because spaces part
    the fields.
    """
    recording = "_".join(named.split()) or "recording"
    spoken = sorted(
        (span, "_".join(line.label.split()) or "voice")
        for line in lines
        for span in line.stretches or (line.span,)
    )
    return "".join(
        f"SPEAKER {recording} 1 {span.start:.3f} "
        f"{round(span.end, 3) - round(span.start, 3):.3f} <NA> <NA> {label} <NA> <NA>\n"
        for span, label in spoken
    )
