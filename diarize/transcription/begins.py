"""Cues of which only the start is known: whose they are, and how far their words go.

Conventions
-----------
A transcript with one stamp a turn shows no turn's end: read as it stands, a long turn ends where
the other person's "mm-hm" begins, and that lasts until the next turn. So a label is matched with a
voice by no more of a cue than its words may take, and a cue's words are laid along its own voice's
speech up to where that voice's next cue begins. Times are seconds.
"""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace

from diarize.formats.transcript import Cue, Transcript
from diarize.settings import Fitting
from diarize.timeline import Span

__all__ = ["as_said", "to_own_next"]


def as_said(transcript: Transcript, rule: Fitting) -> Transcript:
    """Let cues whose end nobody wrote down last no longer than their words may take."""
    if not transcript.open_ended:
        return transcript
    return replace(transcript, cues=tuple(_as_said(cue, rule) for cue in transcript.cues))


def _as_said(cue: Cue, rule: Fitting) -> Cue:
    if cue.span is None or cue.stretches or not cue.text:
        return cue
    return replace(cue, span=Span(cue.span.start, min(cue.span.end, _latest(cue, cue.span, rule))))


def _latest(cue: Cue, span: Span, rule: Fitting) -> float:
    """Say how late a cue's words end, if they are said without a pause."""
    return span.start + rule.longest_word_s * len(cue.text.split()) + rule.slack_s


def to_own_next(
    cues: Sequence[Cue], own: Mapping[str, Sequence[Span]], rule: Fitting
) -> tuple[Cue, ...]:
    """Let each cue last until the next of its label begins, as far as its words may go.

    Parameters
    ----------
    cues : sequence of Cue
        Those of a label that is not in `own` stay as they are.
    own : mapping of str to sequence of Span
        Where each label's voice speaks, sorted.
    rule : Fitting
        Thresholds.
    """
    starts = {label: sorted(c.span.start for c in cues if c.span and c.voice == label)
              for label in own}  # fmt: skip

    def lasting(cue: Cue) -> Cue:
        if cue.span is None or cue.voice is None or cue.voice not in own:
            return cue
        later = starts[cue.voice]
        n = bisect_right(later, cue.span.start)
        until_s = later[n] if n < len(later) else math.inf
        most_s = _latest(cue, cue.span, rule) - cue.span.start
        end_s = _reached(own[cue.voice], cue.span.start, until_s, most_s)
        return replace(cue, span=Span(cue.span.start, max(cue.span.end, end_s)))

    return tuple(map(lasting, cues))


def _reached(own: Sequence[Span], start_s: float, until_s: float, most_s: float) -> float:
    """Say when a voice has spoken for so long since a time, or where another ends that."""
    end_s, left_s = start_s, most_s
    for said in own[bisect_right(own, start_s, key=lambda span: span.end) :]:
        begins_s, ends_s = max(said.start, start_s), min(said.end, until_s)
        if begins_s >= ends_s or left_s <= 0.0:
            break
        end_s = min(ends_s, begins_s + left_s)
        left_s -= ends_s - begins_s
    return end_s
