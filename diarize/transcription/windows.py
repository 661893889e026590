"""Speech cut into windows that a transcriber can hear.

Conventions
-----------
Samples are float32 (n,) at 16 kHz; spans are seconds from their start.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

import numpy as np

from diarize.recording.audio import RATE_HZ
from diarize.settings import Transcribing
from diarize.timeline import Span, Word, total, union
from diarize.transcription.decoded import Decoded
from diarize.transcription.transcriber import Samples

__all__ = ["Window", "joined_windows", "windows"]


@dataclass(frozen=True, slots=True)
class Window:
    """Pieces of a recording that are heard as one, in order.

    Parameters
    ----------
    pieces : tuple of Span
        At least one, sorted, without overlap.
    """

    pieces: tuple[Span, ...]

    @property
    def duration(self) -> float:
        """Seconds of sound in it."""
        return total(self.pieces)

    @property
    def span(self) -> Span:
        """From where the first piece begins to where the last one ends."""
        return Span(self.pieces[0].start, self.pieces[-1].end)

    def sound(self, samples: Samples) -> Samples:
        """Give the samples of its pieces, one after the other."""
        cuts = [samples[round(p.start * RATE_HZ) : round(p.end * RATE_HZ)] for p in self.pieces]
        return cuts[0] if len(cuts) == 1 else np.concatenate(cuts)

    def placed(self, segment: Decoded) -> Decoded:
        """Give what was heard in it the times of the recording.

        A word lies in the piece that has most of it.
        """
        words = tuple(replace(word, span=self._within(word)) for word in segment.words)
        first, last = self._piece(segment.span.start), self._piece(segment.span.end, before=True)
        start, end = self._at(first, segment.span.start), self._at(last, segment.span.end)
        return replace(segment, span=Span(start, max(start, end)), words=words)

    def _within(self, word: Word) -> Span:
        k = self._piece(word.span.middle)
        start = self._at(k, word.span.start)
        return Span(start, max(start, self._at(k, word.span.end)))

    def _at(self, k: int, seconds: float) -> float:
        """Give a time in the k-th piece; what lies past its edges is at its edges."""
        piece, later = self.pieces[k], self.pieces[k].start - self._offsets()[k]
        low = piece.start if k else -np.inf
        high = piece.end if k + 1 < len(self.pieces) else np.inf
        return float(np.clip(seconds + later, low, high))

    def _piece(self, seconds: float, *, before: bool = False) -> int:
        found = (bisect_left if before else bisect_right)(self._offsets(), seconds) - 1
        return max(0, min(found, len(self.pieces) - 1))

    def _offsets(self) -> list[float]:
        return [0.0, *accumulate(piece.duration for piece in self.pieces[:-1])]


def joined_windows(
    samples: Samples, speech: Sequence[Span], rule: Transcribing | None = None
) -> tuple[Window, ...]:
    """Pack speech that lies far apart into full windows: of long pauses only the edges are kept.

    A channel of a listener holds a word here and there. Heard by itself, with nothing before and
    after, a word is hardly believed by a model that was taught on talk.

    Parameters
    ----------
    samples : ndarray of float32, shape (n,)
        At 16 kHz.
    speech : sequence of Span
        Sorted, without overlap.
    """
    rule = rule or Transcribing()
    whole = Span(0.0, len(samples) / RATE_HZ)
    around = (inside for span in speech if (inside := span.widened(rule.pad_s) & whole))
    parts = [p for own in union(around) for p in _cut_long(samples, own, rule.window_s)]
    packed: list[list[Span]] = []
    for part in parts:
        if packed and total(packed[-1]) + part.duration <= rule.window_s:
            packed[-1].append(part)
        else:
            packed.append([part])
    return tuple(Window(union(pieces)) for pieces in packed)


def windows(
    samples: Samples, speech: Sequence[Span], rule: Transcribing | None = None
) -> tuple[Window, ...]:
    """Pack speech into windows of at most `Transcribing.window_s`, cut at pauses.

    A window ends at a pause of `pause_s`, or at the longest pause of its second half: there a
    sentence is least likely to be torn. Speech longer than a window is cut where it is quietest
    in the last third.

    Parameters
    ----------
    samples : ndarray of float32, shape (n,)
        At 16 kHz.
    speech : sequence of Span
        Sorted, without overlap.
    """
    rule = rule or Transcribing()
    end_of_all = len(samples) / RATE_HZ
    most = rule.window_s - 2 * rule.pad_s
    parts = [part for whole in speech for part in _cut_long(samples, whole, most)]
    packed: list[Span] = []
    while parts:
        count = _fitting(parts, most, rule.pause_s)
        packed.append(Span(parts[0].start, parts[count - 1].end))
        parts = parts[count:]
    edges = [0.0, *((a.end + b.start) / 2 for a, b in pairwise(packed)), end_of_all]
    room = (
        Span(max(span.start - rule.pad_s, low), min(span.end + rule.pad_s, high))
        for span, (low, high) in zip(packed, pairwise(edges), strict=bool(packed))
        if span.start < end_of_all
    )
    return tuple(Window((span,)) for span in room if span.duration > 0)


def _fitting(parts: Sequence[Span], most: float, pause: float) -> int:
    """Count the parts that make the next window."""
    count = 1
    while count < len(parts) and parts[count].end - parts[0].start <= most:
        if parts[count].start - parts[count - 1].end >= pause:
            return count
        count += 1
    if count == len(parts) or parts[count].start - parts[count - 1].end >= pause:
        return count
    late = [n for n in range(1, count + 1) if parts[n - 1].end - parts[0].start >= most / 2]
    return max(late, key=lambda n: parts[n].start - parts[n - 1].end, default=count)


def _cut_long(samples: Samples, span: Span, most: float) -> list[Span]:
    """Cut a span into parts of at most `most` seconds, at quiet places."""
    parts = []
    step = RATE_HZ // 20
    while span.duration > most:
        first = round((span.start + most * 2 / 3) * RATE_HZ)
        tail = samples[first : round((span.start + most) * RATE_HZ)]
        blocks = tail[: len(tail) // step * step].reshape(-1, step)
        at = span.start + most
        if len(blocks):
            quietest = int(np.argmin(np.square(blocks).mean(axis=1)))
            at = (first + (quietest + 0.5) * step) / RATE_HZ
        parts.append(Span(span.start, at))
        span = Span(at, span.end)
    return [*parts, span]
