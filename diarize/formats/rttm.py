"""RTTM: who spoke when, one line for each stretch, and no words.

A line is ``SPEAKER recording channel start length <NA> <NA> speaker <NA> <NA>``; lines of other
kinds and comments are skipped.
"""

from collections.abc import Sequence

from diarize.errors import Refused
from diarize.formats.transcript import Cue, Line, Reading, Transcript
from diarize.timeline import Span

__all__ = ["rttm", "to_rttm"]


def rttm(text: str, how: Reading) -> Transcript:
    """Read RTTM, as cues without words.

    Raises
    ------
    Refused
        With the line's number if a line is malformed; if there is no turn, or if the lines name
        several recordings and none of them was asked for.
    """
    rows = [
        _row(number, fields)
        for number, line in enumerate(text.splitlines(), 1)
        if (fields := line.split()) and fields[0] == "SPEAKER"
    ]
    if not rows:
        raise Refused("format.no_speaker_row")
    recordings = {recording for recording, _ in rows}
    if how.only is None and len(recordings) > 1:
        raise Refused("format.several_recordings", recordings=len(recordings))
    cues = (cue for recording, cue in rows if how.only in (None, recording))
    return Transcript(
        tuple(sorted(cues, key=lambda cue: (cue.span or Span(0, 0), cue.voice or "")))
    )


def _row(number: int, fields: Sequence[str]) -> tuple[str, Cue]:
    """Give the recording that a line is of, and what it says."""
    try:
        start, length = float(fields[3]), float(fields[4])
        if start < 0 or length < 0:
            raise ValueError
        return fields[1], Cue(Span(start, start + length), fields[7], "")
    except (IndexError, ValueError):
        raise Refused("format.not_an_rttm_line", line=number) from None


def to_rttm(lines: Sequence[Line], duration: float) -> str:
    """Write RTTM; a label's spaces become underscores, because spaces part the fields."""
    return "".join(
        f"SPEAKER recording 1 {line.span.start:.3f} {line.span.duration:.3f} <NA> <NA> "
        f"{'_'.join(line.label.split()) or 'voice'} <NA> <NA>\n"
        for line in lines
    )
