"""Compiled loops over long spectra: what stands at multiples of F0, and how periodic a frame is.

Conventions
-----------
As in `prosody.features.kernels`: one row is one frame, importing this module loads numba.
"""

import math
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from prosody.features.kernels import FREE, compiled

__all__ = ["read_harmonics"]

Array = NDArray[np.float32]
Doubles = NDArray[np.float64]
Loop = TypeVar("Loop", bound=Callable[..., Any])


def _compiled(loop: Loop) -> Loop:
    return compiled(loop, FREE)


@_compiled
def read_harmonics(
    spectrum: Array, f0: Array, rate: float, window_s: float, aside: Doubles, out: Array
) -> None:
    """Read harmonic alpha ratio, H1-H2 and HNR, dB, off long spectra of voiced frames.

    Parameters
    ----------
    spectrum : ndarray of float32, shape (rows, bins, 2)
        Real and imaginary parts of Hann-windowed frames.
    f0 : ndarray of float32, shape (rows,)
        Hz.
    rate : float
        Sample rate, Hz.
    window_s : float
        Length of the window.
    aside : ndarray of float64, shape (2, bins)
        Cosine and sine of every bin at a small lag, to read the autocorrelation beside the period.
    out : ndarray of float32, shape (3, rows)
        Takes the three; stays as it is where one cannot be read.
    """
    bins = spectrum.shape[1]
    row, turning = np.empty(bins), np.empty((2, bins))
    step = rate / (2 * (bins - 1))
    for i in range(f0.shape[0]):
        one = spectrum[i]
        for k in range(bins):
            row[k] = one[k, 0] * one[k, 0] + one[k, 1] * one[k, 1]
        out[0, i], out[1, i] = _ratios(row, f0[i], f0[i] / step)
        out[2, i] = _harmonicity(row, 1.0 / f0[i], step, window_s, aside, turning)


@_compiled
def _three(row: Doubles, place: float) -> np.float64:
    """Give the power of the nearest bin and one to either side."""
    at = int(place + 0.5)
    return row[at - 1] + row[at] + row[at + 1]  # type: ignore[no-any-return]


@_compiled
def _ratios(row: Doubles, f0: float, spacing: float) -> tuple[float, float]:
    below = above = first = second = 0.0
    left = _three(row, 0.5 * spacing)
    for k in range(1, int(5000.0 / f0) + 1):
        right = _three(row, (k + 0.5) * spacing)
        net = max(0.0, _three(row, k * spacing) - 0.5 * (left + right))
        left = right
        first = net if k == 1 else first
        second = net if k == 2 else second
        if k * f0 < 1000.0:
            below += net
        else:
            above += net
    ratio = 10.0 * math.log10(above / below) if below > 0.0 and above > 0.0 else np.nan
    tilt = 10.0 * math.log10(first / second) if first > 0.0 and second > 0.0 else np.nan
    return ratio, tilt


@_compiled
def _turn(angle: float, real: Doubles, imaginary: Doubles) -> None:
    """Write cosine and sine of every multiple of an angle: what is known is turned on and on."""
    real[0], imaginary[0] = 1.0, 0.0
    known = 1
    while known < len(real):
        x, y = math.cos(known * angle), math.sin(known * angle)
        count = min(known, len(real) - known)
        next_real, next_imaginary = real[known : known + count], imaginary[known : known + count]
        for k in range(count):
            next_real[k] = real[k] * x - imaginary[k] * y
            next_imaginary[k] = imaginary[k] * x + real[k] * y
        known *= 2


@_compiled
def _harmonicity(
    row: Doubles, period: float, step: float, window_s: float, aside: Doubles, turning: Doubles
) -> float:
    """HNR from the autocorrelation at the period; a parabola through it and a little aside."""
    real, imaginary = turning
    _turn(2.0 * math.pi * step * period, real, imaginary)
    for k in range(6):  # what lies below 47 Hz is no voice
        row[k] = 0.0
    whole = top = both = tilt = 0.0
    for k in range(len(row)):
        part = row[k] * real[k]
        whole += row[k]
        top += part
        both += part * aside[0, k]
        tilt += row[k] * imaginary[k] * aside[1, k]
    before, after, curve = both + tilt, both - tilt, 2.0 * (both - top)
    if curve < 0.0:
        top -= 0.125 * (before - after) ** 2 / curve
    top = max(top, before, after)
    share = period / window_s
    taper = (1.0 - share) * (2.0 / 3.0 + math.cos(2.0 * math.pi * share) / 3.0)
    taper += math.sin(2.0 * math.pi * share) / (2.0 * math.pi)
    if whole <= 0.0:
        return np.nan
    r = min(max(top / whole / taper, 1e-4), 1.0 - 1e-4)
    return 10.0 * math.log10(r / (1.0 - r))
