"""A transcript whose clock jumps once: one of the two recordings was paused, or lost a part.

Conventions
-----------
Up to some place the times of such a transcript are late by one amount, and from there on by
another. Its beginning and its end are laid along the speech by themselves; the place is that
between two cues at which both together lie in speech best. Lateness is seconds, positive where
the transcript's times are later than the sound.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from diarize.formats.transcript import Cue
from diarize.settings import Fitting
from diarize.timeline import Span, union
from diarize.transcription.fitting import Lateness, lateness, spoken

__all__ = ["Jump", "jump", "over"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Jump:
    """Where a transcript's clock jumps.

    Parameters
    ----------
    at_s, lost_from_s : float
        Start of the first cue behind the jump, on the transcript's clock, and of the first in front
        of it that would lie behind that: what it says is in a part that the sound lost.
    before_s, after_s : float
        How late its times are in front of the place, and behind it.
    likeness : float
        Correlation with the speech, once both are put right.
    in_order : bool
        Whether what comes later in the transcript comes later in the sound, too.
    """

    at_s: float
    lost_from_s: float
    before_s: float
    after_s: float
    likeness: float = 0.0
    in_order: bool = True


def jump(cues: Sequence[Cue], heard: Sequence[Span], duration: float, rule: Fitting) -> Jump | None:
    """Find where the clock of cues jumps; None where it does not, or that is not clear.

    Parameters
    ----------
    cues : sequence of Cue
        Those without a time are left out.
    heard : sequence of Span
        Where anybody speaks.
    duration : float
        Seconds, of the recording.
    rule : Fitting
        Thresholds.
    """
    timed = sorted((c for c in cues if c.span is not None), key=lambda cue: cue.span or Span(0, 0))
    found = list(_found(timed, heard, duration, rule))
    return max(found, key=lambda one: one.likeness, default=None)


def _found(
    timed: Sequence[Cue], heard: Sequence[Span], duration: float, rule: Fitting
) -> Iterator[Jump]:

    def clear(side: Lateness | None) -> bool:
        return side is not None and _clear(side, rule)

    for share in rule.jump_sides:
        n = round(share * len(timed))
        ends = timed[:n], timed[len(timed) - n :]
        sides = [lateness(part, heard, duration, rule) for part in ends]
        if not all(map(clear, sides)):
            continue
        before_s, after_s = (side.late_s for side in sides if side is not None)
        if abs(after_s - before_s) <= rule.apart_s:
            continue
        exchanged = 2 * (after_s - before_s) > duration  # of two parts it is all of it
        for ordered in (True, False) if exchanged else (True,):
            k, first = _place(timed, heard, (before_s, after_s), rule, ordered=ordered)
            now = [lateness(part, heard, duration, rule) for part in (timed[:k], timed[first:])]
            if not all(map(clear, now)):
                continue
            starts = [cue.span.start for cue in timed if cue.span is not None]
            one = Jump(starts[first], starts[k], before_s, after_s, in_order=ordered)
            whole = lateness(over(timed, one), heard, duration, rule)
            if whole is not None:
                yield replace(one, likeness=whole.likeness)


def _clear(side: Lateness, rule: Fitting) -> bool:
    return any(
        side.best >= best and side.margin >= margin
        for best, margin in (
            (rule.clear, rule.clear_margin),
            (rule.dense_clear, rule.dense_margin),
        )
    )


def _place(
    timed: Sequence[Cue],
    heard: Sequence[Span],
    late_s: tuple[float, float],
    rule: Fitting,
    *,
    ordered: bool,
) -> tuple[int, int]:
    """Give the cue that ends what is in front of the jump, and the first behind it.

    With these cues lie in speech best; what is between them is lost, if order is to be kept.
    """
    heard = union(heard)
    edges = [edge for span in heard for edge in (span.start, span.end)]
    spoken_s = np.repeat(np.cumsum([0.0, *(span.duration for span in heard)]), 2)[1:-1]

    def inside(by: float) -> Floats:
        """Seconds of speech in each cue, moved early, and in all before it."""
        spans = [union(spoken((cue,), rule)) or (Span(0.0, 0.0),) for cue in timed]
        ends = np.array([[cue[0].start, cue[-1].end] for cue in spans]) - by
        return np.cumsum([0.0, *np.diff(np.interp(ends, edges, spoken_s), axis=1)[:, 0]])

    before, after = map(inside, late_s)
    starts = [cue.span.start for cue in timed if cue.span is not None]
    jump_s = late_s[1] - late_s[0]
    lost = jump_s if ordered and jump_s > 0 else 0.0
    places = [(bisect_left(starts, starts[k] - lost, 0, k), k) for k in range(1, len(starts))]
    return max(places, key=lambda place: float(before[place[0]] + after[-1] - after[place[1]]))


def over(cues: Sequence[Cue], found: Jump) -> tuple[Cue, ...]:
    """Give cues with the times that they have in the sound, without those that it lost."""

    def moved(cue: Cue) -> Cue:
        early = cue.span is None or cue.span.start < found.at_s
        late_s = found.before_s if early else found.after_s
        return cue.retimed(lambda span: span.shifted(-late_s))

    lost = (found.lost_from_s, found.at_s)
    return tuple(
        moved(cue) for cue in cues if cue.span is None or not lost[0] <= cue.span.start < lost[1]
    )
