"""Speech cut into windows that a transcriber can hear.

Conventions
-----------
Samples are float32 (n,) at 16 kHz; spans are seconds from their start.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from diarize.recording.audio import RATE_HZ
from diarize.settings import Transcribing
from diarize.timeline import Span
from diarize.transcription.transcriber import Samples

__all__ = ["clip", "windows"]


def windows(
    samples: Samples, speech: Sequence[Span], rule: Transcribing | None = None
) -> tuple[Span, ...]:
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
    return tuple(span for span in room if span.duration > 0)


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


def clip(samples: Samples, span: Span) -> Samples:
    """Give the samples of a span."""
    return samples[round(span.start * RATE_HZ) : round(span.end * RATE_HZ)]
