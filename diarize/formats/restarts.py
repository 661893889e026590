"""Clocks that begin anew inside a transcript: past midnight, and where files were joined.

Conventions
-----------
Cues are taken in the order of the file. A time of day that goes back by most of a day goes on past
midnight. Where the clock goes back to its beginning, everybody speaks before and behind that place,
and neither side goes back itself, two transcripts were joined, each with a clock of its own: the
second is laid behind the first, and its true place is for the sound to say. One file of one
person's cues behind another's is no such thing: those people spoke at the same time.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from diarize.formats.transcript import Cue, Transcript
from diarize.messages import Note
from diarize.settings import Formats
from diarize.timeline import Span

__all__ = ["on_one_clock"]

_DAY_S = 86_400.0


def on_one_clock(transcript: Transcript, formats: Formats) -> Transcript:
    """Give a transcript whose clock does not begin anew."""
    places = [k for k, cue in enumerate(transcript.cues) if cue.span is not None]
    starts = [cue.span.start for cue in transcript.cues if cue.span is not None]
    back = [k for k, (one, then) in enumerate(pairwise(starts), 1)
            if one - then > formats.clock_back_s]  # fmt: skip
    if len(back) != 1:
        return transcript
    at = places[back[0]]
    parts = transcript.cues[:at], transcript.cues[at:]
    if starts[back[0] - 1] - starts[back[0]] > formats.midnight_share * _DAY_S:
        return _later(transcript, at, _DAY_S)
    if abs(starts[back[0]] - starts[0]) > formats.clock_back_s or not all(
        _is_whole(part, parts[1 - k], formats) for k, part in enumerate(parts)
    ):
        return transcript
    end_s = max(cue.span.end for cue in parts[0] if cue.span is not None)
    found = _later(transcript, at, end_s)
    note = Note("format.clock_begins_anew", {"at_s": end_s}, "caution", (Span(end_s, end_s),))
    return replace(found, notes=(*found.notes, note))


def _is_whole(part: Sequence[Cue], other: Sequence[Cue], formats: Formats) -> bool:
    """Whether a part may be a conversation by itself: of the same people, and of some length."""
    labels = {cue.voice for cue in part}
    same = labels == {cue.voice for cue in other}
    return same and len(labels) > 1 and len(part) >= formats.joined_cues_min


def _later(transcript: Transcript, at: int, by_s: float) -> Transcript:
    cues = tuple(
        cue.retimed(lambda span: span.shifted(by_s)) if k >= at else cue
        for k, cue in enumerate(transcript.cues)
    )
    return replace(transcript, cues=cues)
