"""Where an account of who speaks when goes wrong: over another's speech, at an edge, in a pause.

Conventions
-----------
Speech of each voice is laid on a grid of 10 ms. *Too much* is where more voices are heard than
speak, in a voice that does not; *too little* is where fewer are heard, in a voice that does. A run
of such frames lies *over another* if somebody else speaks in it; *between* if the voice's own
speech (true for too much, heard for too little) touches both its ends, a pause that was filled or
one that was made; *at a start* or *at an end* if it touches one; and else *alone*.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.shared.corpora import Clip
from benchmarks.shared.metrics import same_voices
from diarize.recording.rows import runs
from diarize.timeline import Turn

__all__ = ["KINDS", "PLACES", "Amiss", "amiss"]

HOP_S = 0.01
KINDS = ("too much", "too little")
PLACES = ("over another", "between", "at a start", "at an end", "alone")
_Grid = NDArray[np.bool_]  # (voices, frames)


@dataclass(frozen=True, slots=True)
class Amiss:
    """A run of frames that is heard wrongly: what of, where, and how long in seconds."""

    kind: str
    place: str
    seconds: float


def amiss(clip: Clip, turns: Iterable[Turn]) -> list[Amiss]:
    """Give every run of frames that is heard wrongly, voices mapped to whom they share most with.

    Parameters
    ----------
    clip : Clip
        Only what lies in `scored` counts.
    turns : iterable of Turn
        Heard.
    """
    heard = tuple(turns)
    same = same_voices(clip.turns, heard)
    people = {voice: n for n, voice in enumerate(sorted({turn.voice for turn in clip.turns}))}
    frames = 1 + round(max([clip.scored.end, *(t.span.end for t in (*clip.turns, *heard))]) / HOP_S)
    true = _laid(clip.turns, people, frames)
    mapped = {voice: people[theirs] for voice, theirs in same.items()}
    ours = _laid(heard, mapped, frames, len(people))
    counted = np.zeros(frames, dtype=bool)
    counted[round(clip.scored.start / HOP_S) : round(clip.scored.end / HOP_S)] = True
    more = (ours.sum(axis=0) > true.sum(axis=0)) & counted
    less = (ours.sum(axis=0) < true.sum(axis=0)) & counted
    found = []
    for n in range(len(people)):
        others = np.asarray(np.delete(true, n, axis=0).any(axis=0))
        for kind, wrong, own in (
            (KINDS[0], more & ours[n] & ~true[n], true[n]),
            (KINDS[1], less & true[n] & ~ours[n], ours[n]),
        ):
            found += [
                Amiss(kind, _place(a, b, own, others), (b - a) * HOP_S) for a, b in runs(wrong)
            ]
    return found


def _laid(
    turns: Iterable[Turn], rows: Mapping[str, int], frames: int, count: int | None = None
) -> _Grid:
    grid = np.zeros((len(rows) if count is None else count, frames), dtype=bool)
    for turn in turns:
        if turn.voice in rows:
            first, last = round(turn.span.start / HOP_S), round(turn.span.end / HOP_S)
            grid[rows[turn.voice], first:last] = True
    return grid


def _place(first: int, last: int, own: _Grid, others: _Grid) -> str:
    """Name the place of a run of frames in a voice's own speech."""
    if others[first:last].any():
        return "over another"
    before = first > 0 and bool(own[first - 1])
    after = last < len(own) and bool(own[last])
    if before and after:
        return "between"
    return "at an end" if before else "at a start" if after else "alone"
