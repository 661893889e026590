"""Compiled loops over the rows of a batch: what would otherwise be many passes over memory.

Conventions
-----------
One row is one frame; every row is read alike, whatever stands beside it, so its numbers do not
depend on the batch it is in. Arrays are float32 and contiguous unless said otherwise; answers are
written into arrays that the caller hands in. Importing this module loads numba, so it is imported
inside the functions that measure. Loops are compiled at the first recording and kept on disk.
"""

import math
from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np
from numpy.typing import NDArray

from diarize.runtime.compiling import keep_apart

__all__ = [
    "FREE",
    "cepstral_peaks",
    "compiled",
    "flatten",
    "high_pass",
    "powers",
    "read_balance",
    "window_frames",
    "window_rows",
]

Array = NDArray[np.float32]
Doubles = NDArray[np.float64]
Loop = TypeVar("Loop", bound=Callable[..., Any])

keep_apart()

# What lets sums run in vectors; NaN and infinity keep their meaning.
FREE = {"reassoc", "contract", "arcp", "nsz"}
_TINY = np.float32(1e-30)


def compiled(loop: Loop, freedom: set[str] | None = None) -> Loop:
    """Compile a loop that runs without the interpreter's lock.

    Parameters
    ----------
    loop : callable
        Plain Python over arrays.
    freedom : set of str, optional
        What the compiler may rearrange; nothing without it.

    Returns
    -------
    callable
        The same loop; kept on disk for the next process beside this file or, where that folder
        cannot be written, in the user's cache folder. Where neither can, it is compiled anew.
    """
    flags: dict[str, Any] = {"nogil": True, "fastmath": freedom or False}
    try:
        return numba.njit(cache=True, **flags)(loop)  # type: ignore[no-any-return]
    except RuntimeError:
        return numba.njit(**flags)(loop)  # type: ignore[no-any-return]


def _compiled(loop: Loop) -> Loop:
    return compiled(loop, FREE)


@_compiled
def high_pass(raw: Array, sections: Doubles, step: int, smooth: Array, peaks: Array) -> bool:
    """Filter through three second-order sections, and take the peak of every `step` samples.

    Parameters
    ----------
    raw : ndarray of float32, shape (n,)
        Samples; `n` is a multiple of `step`.
    sections : ndarray of float64, shape (3, 6)
        As scipy's ``sos``.
    smooth : ndarray of float32, shape (n,)
        Takes the filtered samples.
    peaks : ndarray of float32, shape (n / step,)
        Takes the largest absolute sample before filtering.

    Returns
    -------
    bool
        Whether every sample is finite.
    """
    b00, b01, b02, a01, a02 = _section(sections[0])
    b10, b11, b12, a11, a12 = _section(sections[1])
    b20, b21, b22, a21, a22 = _section(sections[2])
    z00 = z01 = z10 = z11 = z20 = z21 = 0.0
    finite = True
    for block in range(len(peaks)):
        top = np.float32(0.0)
        for i in range(block * step, (block + 1) * step):
            top = max(top, abs(raw[i]))
            finite &= math.isfinite(raw[i])
            x = float(raw[i])
            y = b00 * x + z00
            z00 = b01 * x - a01 * y + z01
            z01 = b02 * x - a02 * y
            x = b10 * y + z10
            z10 = b11 * y - a11 * x + z11
            z11 = b12 * y - a12 * x
            y = b20 * x + z20
            z20 = b21 * x - a21 * y + z21
            z21 = b22 * x - a22 * y
            smooth[i] = y
        peaks[block] = top
    return finite


@_compiled
def _section(row: Doubles) -> tuple[float, float, float, float, float]:
    return row[0], row[1], row[2], row[4], row[5]


@_compiled
def window_rows(samples: Array, start: int, hop: int, window: Array, rows: Array) -> None:
    """Write frames less their mean, windowed, into the left of `rows`; the rest stays as it is.

    Row i begins at sample ``start + i * hop``, which must lie inside, and so must its end.
    """
    size = len(window)
    for i in range(rows.shape[0]):
        _window_one(samples[start + i * hop : start + i * hop + size], window, rows[i])


@_compiled
def window_frames(samples: Array, starts: NDArray[np.int64], window: Array, rows: Array) -> None:
    """Write the frames that begin at `starts`, as `window_rows` does; rows left over become 0."""
    size = len(window)
    for i in range(rows.shape[0]):
        if i < len(starts):
            _window_one(samples[starts[i] : starts[i] + size], window, rows[i])
        else:
            rows[i] = 0.0


@_compiled
def _window_one(frame: Array, window: Array, row: Array) -> None:
    total = np.float32(0.0)
    for k in range(len(window)):
        total += frame[k]
    mean = total / np.float32(len(window))
    for k in range(len(window)):
        row[k] = (frame[k] - mean) * window[k]


@_compiled
def powers(spectrum: Array, power: Array, whole: Array) -> None:
    """Write power spectra and each row's power over all bins, both signs of frequency.

    Parameters
    ----------
    spectrum : ndarray of float32, shape (rows, bins, 2)
        Real and imaginary parts.
    power : ndarray of float32, shape (rows, bins)
        Takes the powers.
    whole : ndarray of float32, shape (rows,)
        Takes the sums.
    """
    bins = power.shape[1]
    for i in range(power.shape[0]):
        total = np.float32(0.0)
        one, row = spectrum[i], power[i]
        for k in range(bins):
            row[k] = one[k, 0] * one[k, 0] + one[k, 1] * one[k, 1]
            total += row[k]
        whole[i] = np.float32(2.0) * total - power[i, 0] - power[i, bins - 1]


@_compiled
def flatten(log: Array, lowest: int, highest: int) -> None:
    """Take the mean over the bins `lowest` to `highest` off; hold the first below, 0 above."""
    for i in range(log.shape[0]):
        heard = log[i, lowest : highest + 1]
        total = np.float32(0.0)
        for k in range(len(heard)):
            total += heard[k]
        mean = total / np.float32(len(heard))
        for k in range(len(heard)):
            heard[k] -= mean
        log[i, :lowest] = heard[0]
        log[i, highest + 1 :] = 0.0


@_compiled
def cepstral_peaks(height: Array, weights: Array, first: int, peak: Array) -> None:
    """Write how far each row's highest value from `first` on stands over the row's straight line.

    Parameters
    ----------
    height : ndarray of float32, shape (rows, n)
        Cepstrum, dB.
    weights : ndarray of float32, shape (2, n)
        What gives the slope by least squares, and the distance from the middle.
    first : int
        Where the search begins; the line is of all.
    peak : ndarray of float32, shape (rows,)
        Takes the answer.
    """
    n = height.shape[1]
    for i in range(height.shape[0]):
        mean = slope = np.float32(0.0)
        for k in range(n):
            mean += height[i, k]
            slope += height[i, k] * weights[0, k]
        top = np.float32(-1e30)
        searched, distance = height[i, first:], weights[1, first:]
        for k in range(len(searched)):
            top = max(top, searched[k] - slope * distance[k])
        peak[i] = top - mean / np.float32(n)


@_compiled
def read_balance(
    spectrum: Array,
    bands: NDArray[np.int64],
    mel: tuple[NDArray[np.int64], Array],
    power: Array,
    sums: Array,
    low: Array,
    auditory: Array,
    shapes: Array,
    flux: Array,
) -> None:
    """Read the balance of short spectra; the first row only lends its shape to the flux.

    Parameters
    ----------
    spectrum : ndarray of float32, shape (rows + 1 or more, bins, 2)
        Real and imaginary parts.
    bands : ndarray of int, shape (k, 2)
        First bin and the one after the last, of every band.
    mel : tuple of ndarray
        First bin of every auditory band, (m,), and its weights, (m, widest).
    power : ndarray of float32, shape (bins,)
        Room to work in.
    sums : ndarray of float32, shape (2, k, rows)
        Takes the sums and the largest of every band.
    low : ndarray of float32, shape (rows, l)
        Takes the powers of the first bins.
    auditory : ndarray of float32, shape (rows, m)
        Takes the auditory bands.
    shapes : ndarray of float32, shape (2, f)
        Room to work in; magnitudes of the first f bins, scaled to length 1.
    flux : ndarray of float32, shape (rows,)
        Takes the squared distance from the shape before.
    """
    for i in range(flux.shape[0] + 1):
        one = spectrum[i]
        for k in range(len(power)):
            power[k] = one[k, 0] * one[k, 0] + one[k, 1] * one[k, 1]
        now, before = shapes[i % 2], shapes[(i + 1) % 2]
        _scale_shape(power, now)
        if i == 0:
            continue
        flux[i - 1] = _distance(now, before)
        for band in range(len(bands)):
            part = power[bands[band, 0] : bands[band, 1]]
            sums[0, band, i - 1], sums[1, band, i - 1] = _sum_and_top(part)
        kept = low[i - 1]
        for k in range(len(kept)):
            kept[k] = power[k]
        for band in range(len(mel[0])):
            auditory[i - 1, band] = _product(power[mel[0][band] :], mel[1][band])


@_compiled
def _distance(one: Array, other: Array) -> np.float32:
    total = np.float32(0.0)
    for k in range(len(one)):
        total += (one[k] - other[k]) * (one[k] - other[k])
    return total


@_compiled
def _sum_and_top(power: Array) -> tuple[np.float32, np.float32]:
    total = top = np.float32(0.0)
    for k in range(len(power)):
        total += power[k]
        top = power[k] if power[k] > top else top
    return total, top


@_compiled
def _product(power: Array, weights: Array) -> np.float32:
    total = np.float32(0.0)
    for k in range(len(weights)):
        total += power[k] * weights[k]
    return total


@_compiled
def _scale_shape(power: Array, shape: Array) -> None:
    total = np.float32(0.0)
    for k in range(len(shape)):
        total += power[k]
        shape[k] = math.sqrt(power[k])
    scale = np.float32(1.0) / (np.float32(math.sqrt(total)) + _TINY)
    for k in range(len(shape)):
        shape[k] *= scale
