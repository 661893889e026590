"""Sounds put together: beside each other, a channel each, or behind each other.

Conventions
-----------
Everything is written block by block into a nameless file, so memory stays flat. Places before a
sound begins and after it ends are silent.
"""

import tempfile
from collections.abc import Sequence
from typing import IO

import numpy as np

from diarize.recording.gathering import RATE_HZ, Blocks, Gathered, mapped
from diarize.timeline import Span, union

__all__ = ["behind", "stacked"]

_BLOCK = 1 << 18


def stacked(sounds: Sequence[Gathered], starts_s: Sequence[float]) -> Gathered:
    """Put sounds beside each other, a channel each: the mean of what channels one has."""
    starts = [round(at * RATE_HZ) for at in starts_s]
    length = max(at + sound.samples.shape[1] for at, sound in zip(starts, sounds, strict=True))
    with tempfile.TemporaryFile() as store:
        for first in range(0, length, _BLOCK):
            rows = np.zeros((min(_BLOCK, length - first), len(sounds)), "<f4")
            for column, (at, sound) in enumerate(zip(starts, sounds, strict=True)):
                _lay(rows[:, column], first - at, sound.samples)
            store.write(rows.tobytes())
        samples = mapped(store, len(sounds))
    spans = [
        span.shifted(at)
        for at, sound in zip(starts_s, sounds, strict=True)
        for span in sound.covered
    ]
    covered = tuple(Span(max(0.0, s.start), s.end) for s in union(spans) if s.end > 0)
    shares = [sound.clipped_share for sound in sounds]
    rate = min(sound.rate for sound in sounds)
    return Gathered(samples, rate, covered, max(shares), (), any(s.broken for s in sounds))


def _lay(row: Blocks, first: int, samples: Blocks) -> None:
    """Fill a row with the mean of samples from `first` on."""
    begins = max(0, -first)
    part = samples[:, max(0, first) : max(0, first + len(row))]
    if part.shape[1] and begins < len(row):
        end = begins + part.shape[1]
        row[begins:end] = part.mean(axis=0, dtype=np.float32)[: len(row) - begins]


def behind(sounds: Sequence[Gathered]) -> Gathered:
    """Put sounds behind each other, in order; of different channels only their mean is kept."""
    counts = {sound.samples.shape[0] for sound in sounds}
    channels = counts.pop() if len(counts) == 1 else 1
    covered: list[Span] = []
    clipped = at = 0.0
    with tempfile.TemporaryFile() as store:
        for sound in sounds:
            _append(store, sound.samples, channels)
            covered += [span.shifted(at) for span in sound.covered]
            at += sound.samples.shape[1] / RATE_HZ
            clipped += sound.clipped_share * sound.samples.shape[1] / RATE_HZ
        samples = mapped(store, channels)
    rate = min(sound.rate for sound in sounds)
    return Gathered(samples, rate, tuple(covered), clipped / max(at, 1 / RATE_HZ))


def _append(store: IO[bytes], samples: Blocks, channels: int) -> None:
    for first in range(0, samples.shape[1], _BLOCK):
        part = samples[:, first : first + _BLOCK]
        if part.shape[0] != channels:
            part = part.mean(axis=0, dtype=np.float32)[None, :]
        store.write(np.ascontiguousarray(part.T, "<f4").tobytes())
