"""Two recorders in one room: how much later one began than the other, and how its clock runs.

Conventions
-----------
What both heard lies in both recordings at times that differ by an offset and by a drift. Onsets of
sound give the offset to some hundredths of a second; the phases of windows all along the recordings
(generalised cross-correlation with phase transform, Knapp and Carter 1976) give where each lies to
a fraction of a millisecond, and a line through those that are clear gives offset and drift.
"""

import tempfile
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diarize.recording.gathering import RATE_HZ, Blocks, Gathered, mapped
from diarize.settings import Decoding
from diarize.timeline import Span

__all__ = ["Clock", "alike_at", "clock_of", "on_clock", "placed_by_phase"]

_HOP = 160  # samples between rows of onsets
_BLOCK = 1 << 18
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Clock:
    """A recorder's clock against another's: a second of its own is at ``offset_s + s * rate``."""

    offset_s: float
    drift_ppm: float

    @property
    def rate(self) -> float:
        """How long a second of its own lasts on the other's clock."""
        return 1.0 + self.drift_ppm / 1e6


def clock_of(first: Gathered, other: Gathered, limits: Decoding) -> Clock | None:
    """Estimate a recorder's clock against the first one's.

    Returns
    -------
    Clock or None
        None where the two have no sound in common that is clear enough.
    """
    coarse_s = _coarse(_onsets(first.samples), _onsets(other.samples))
    lags = [
        (at_s, lag_s)
        for at_s, lag_s, clear in _lags(first.samples, other.samples, coarse_s, limits)
        if clear >= limits.align_clear
    ]
    windows = max(1, int(other.samples.shape[1] / RATE_HZ // limits.align_step_s))
    if len(lags) < max(2, limits.align_share * windows):
        return None
    at, lag = np.array(lags).T
    slope, offset = _line(at, lag, limits)
    agree = np.abs(lag - offset - slope * at) <= limits.align_together_s
    if agree.sum() < max(2, limits.align_share * windows):
        return None
    if abs(slope) * 1e6 > limits.align_drift_max_ppm:
        return None
    if len(set(at[agree])) > 2:
        slope, offset = np.polyfit(at[agree], lag[agree], 1)
    return Clock(float(offset), float(slope) * 1e6)


def alike_at(first: Gathered, other: Gathered, clock: Clock, limits: Decoding) -> float:
    """Share of short windows, of those in which both hold sound, that a clock puts on each other.

    Parameters
    ----------
    first, other : Gathered
        The sounds.
    clock : Clock
        The other's against the first.
    limits : Decoding
        How long windows are, how many, and how near they must lie.
    """
    size = round(limits.at_once_window_s * RATE_HZ)
    reach = round(limits.at_once_window_s * RATE_HZ / 2)
    begins = max(0.0, -clock.offset_s / clock.rate) * RATE_HZ
    ends = (first.samples.shape[1] / RATE_HZ - clock.offset_s) / clock.rate * RATE_HZ
    ends = min(ends, other.samples.shape[1]) - size
    near = looked = 0
    for at in np.linspace(begins, max(begins, ends), limits.at_once_windows):
        heard = _mono(other.samples, int(at), size)
        placed = round(int(at) * clock.rate + clock.offset_s * RATE_HZ)
        there = _mono(first.samples, placed - reach, size + 2 * reach)
        if not heard.any() or not there[reach:-reach].any():
            continue
        lag, _ = placed_by_phase(there, heard, reach, round(limits.align_peak_s * RATE_HZ))
        near += abs(lag) <= limits.align_together_s * RATE_HZ
        looked += 1
    return near / max(1, looked)


def on_clock(sound: Gathered, clock: Clock) -> Gathered:
    """Give a recorder's sound as long as it lasts on the other's clock; its start stays at 0."""
    import soxr

    if clock.drift_ppm == 0.0:
        return sound
    channels, length = sound.samples.shape
    resampler = soxr.ResampleStream(RATE_HZ, RATE_HZ * clock.rate, channels, dtype="float32")
    with tempfile.TemporaryFile() as store:
        for first in range(0, length, _BLOCK):
            block = np.ascontiguousarray(sound.samples[:, first : first + _BLOCK].T)
            last = first + _BLOCK >= length
            made = resampler.resample_chunk(block, last=last)
            store.write(np.ascontiguousarray(made, "<f4").tobytes())
        samples = mapped(store, channels)
    covered = tuple(Span(s.start * clock.rate, s.end * clock.rate) for s in sound.covered)
    return Gathered(samples, sound.rate, covered, sound.clipped_share)


def _mono(samples: Blocks, first: int, length: int) -> Floats:
    begins, end = max(0, first), max(0, first + length)
    part = np.asarray(samples[:, begins:end], np.float64).mean(axis=0)
    before = min(length, max(0, -first))
    return np.pad(part, (before, max(0, length - before - len(part))))[:length]


def _onsets(samples: Blocks) -> Floats:
    """How much louder each hundredth of a second is than the one before, normalised."""
    rows = samples.shape[1] // _HOP
    level = np.zeros(rows)
    for first in range(0, rows, _BLOCK // _HOP):
        count = min(_BLOCK // _HOP, rows - first)
        block = _mono(samples, first * _HOP, count * _HOP).reshape(-1, _HOP)
        level[first : first + count] = 10 * np.log10((block**2).mean(axis=1) + 1e-10)
    smooth = np.convolve(level, np.full(5, 0.2), "same")
    rises = np.maximum(0.0, np.diff(smooth, prepend=smooth[:1]))
    rises -= rises.mean() if rows else 0.0
    return np.asarray(rises / (rises.std() + 1e-12))


def _coarse(one: Floats, other: Floats) -> float:
    """How much later the other began, by where onsets lie on each other best, seconds."""
    size = 1 << (len(one) + len(other)).bit_length()
    product = np.fft.rfft(one, size) * np.conj(np.fft.rfft(other, size))
    found = np.fft.irfft(product, size)
    lag = int(found.argmax())
    return (lag if lag < len(one) else lag - size) * _HOP / RATE_HZ


def _lags(
    first: Blocks, other: Blocks, coarse_s: float, limits: Decoding
) -> "list[tuple[float, float, float]]":
    """Compare windows: when on the other's clock, how much later, and how clear that is."""
    size = round(limits.align_window_s * RATE_HZ)
    reach = round(limits.align_reach_s * RATE_HZ)
    step = round(limits.align_step_s * RATE_HZ)
    moved = round(coarse_s * RATE_HZ)
    found = []
    for at in range(0, max(1, other.shape[1] - size // 2), step):
        if at + moved + size <= 0 or at + moved >= first.shape[1]:
            continue
        heard = _mono(other, at, size)
        there = _mono(first, at + moved - reach, size + 2 * reach)
        if not heard.any() or not there.any():
            continue
        lag, clear = placed_by_phase(there, heard, reach, round(limits.align_peak_s * RATE_HZ))
        found.append((at / RATE_HZ, (moved + lag) / RATE_HZ, clear))
    return found


def placed_by_phase(there: Floats, heard: Floats, reach: int, around: int) -> tuple[float, float]:
    """Where a window lies in a longer one, samples from the middle of its reach; how clearly.

    Parameters
    ----------
    there, heard : ndarray of float64
        The longer one, which begins `reach` samples earlier and ends as much later, and the window.
    reach : int
        How far from its own place it is looked for, samples.
    around : int
        So many samples around it the peak is one.
    """
    size = 1 << (len(there) + len(heard)).bit_length()
    product = np.fft.rfft(there, size) * np.conj(np.fft.rfft(heard, size))
    found = np.abs(np.fft.irfft(product / (np.abs(product) + 1e-12), size)[: 2 * reach + 1])
    peak = int(found.argmax())
    rest = np.concatenate([found[: max(0, peak - around)], found[peak + around + 1 :]])
    return float(peak - reach), float(found[peak] / (rest.max(initial=0.0) + 1e-12))


def _line(at: Floats, lag: Floats, limits: Decoding) -> tuple[float, float]:
    """Give the line that most points lie on: of those through each two, the best."""
    best, line = -1, (0.0, float(np.median(lag)))
    for i in range(len(at)):
        for k in range(i + 1, len(at)):
            slope = (lag[k] - lag[i]) / (at[k] - at[i])
            if abs(slope) * 1e6 > limits.align_drift_max_ppm:
                continue
            offset = lag[i] - slope * at[i]
            near = int((np.abs(lag - offset - slope * at) <= limits.align_together_s).sum())
            if near > best:
                best, line = near, (float(slope), float(offset))
    return line
