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

__all__ = [
    "cepstral_peaks",
    "compiled",
    "flatten",
    "high_pass",
    "likeliest",
    "pick_peaks",
    "powers",
    "read_balance",
    "read_harmonics",
    "stand_out",
    "window_frames",
    "window_rows",
]

Array = NDArray[np.float32]
Doubles = NDArray[np.float64]
Loop = TypeVar("Loop", bound=Callable[..., Any])

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


@_compiled
def stand_out(contour: Doubles, least: float, reach: int) -> NDArray[np.bool_]:
    """Find the peaks that stand at least `least` above the dips on both sides.

    Parameters
    ----------
    contour : ndarray of float64, shape (n,)
        Finite.
    least : float
        In units of the contour.
    reach : int
        How far to either side a dip may lie.

    Returns
    -------
    ndarray of bool, shape (n,)
        As ``scipy.signal.find_peaks`` with ``prominence`` and ``wlen`` of ``2 * reach + 1``: a
        flat top counts at its middle, the ends do not count.
    """
    n = len(contour)
    found = np.zeros(n, dtype=np.bool_)
    i = 1
    while i < n - 1:
        end = i
        while end < n - 1 and contour[end + 1] == contour[i]:
            end += 1
        if contour[i - 1] < contour[i] and end < n - 1 and contour[end + 1] < contour[i]:
            middle = (i + end) // 2
            found[middle] = (
                min(_drop(contour, middle, -1, reach), _drop(contour, middle, 1, reach)) >= least
            )
        i = end + 1
    return found


@_compiled
def _drop(contour: Doubles, top: int, step: int, reach: int) -> float:
    """How deep it goes down from a peak before it goes higher than that, or out of reach."""
    lowest, at = contour[top], top
    for _ in range(reach + 1):
        if at < 0 or at >= len(contour) or contour[at] > contour[top]:
            break
        lowest = min(lowest, contour[at])
        at += step
    return contour[top] - lowest  # type: ignore[no-any-return]


@compiled
def pick_peaks(
    g: Array,
    r: Array,
    rate: int,
    shortest: int,
    longest: int,
    bias: float,
    f0: Array,
    strength: Array,
    periodicity: Array,
) -> None:
    """Write the highest peaks of each row, as `prosody.features.pitch.find_candidates` describes.

    Parameters
    ----------
    g, r : ndarray of float32, shape (rows, lags)
        Peaks are those of `g`; `r` is only read at the strongest.
    rate : int
        Sample rate, Hz.
    shortest, longest : int
        First lag, and the one after the last.
    bias : float
        What a peak gains per octave.
    f0, strength : ndarray of float32, shape (rows, k)
        Take the peaks, strongest first; `f0` stays as it is where a row has fewer.
    periodicity : ndarray of float32, shape (rows,)
        Takes `r` at the strongest.
    """
    many = f0.shape[1]
    for i in range(g.shape[0]):
        for k in range(many):
            strength[i, k] = -1.0
        for lag in range(shortest, longest):
            here, before, after = g[i, lag], g[i, lag - 1], g[i, lag + 1]
            if here <= 0.0 or here <= before or here < after:
                continue
            shift = 0.5 * (before - after) / (before - 2.0 * here + after)
            height = here - 0.25 * (before - after) * shift
            hz = rate / (lag + shift)
            worth = height + bias * math.log2(hz / 100.0)
            if worth <= strength[i, many - 1]:
                continue
            place = many - 1
            while place > 0 and worth > strength[i, place - 1]:
                strength[i, place] = strength[i, place - 1]
                f0[i, place] = f0[i, place - 1]
                place -= 1
            strength[i, place], f0[i, place] = worth, hz
            if place == 0:
                periodicity[i] = max(r[i, lag - 1], r[i, lag], r[i, lag + 1])


@compiled
def _weigh(
    f0: Array,
    strength: Array,
    around: float,
    rules: tuple[float, ...],
    octave: Doubles,
    worth: Doubles,
) -> float:
    """Write how far each candidate stays behind the frame's best, and give that best's strength."""
    lift, lift_from, usual, above, below, clear, unclear = rules
    top = -1e3
    for k in range(len(f0)):
        octave[k], worth[k] = math.log2(max(f0[k], 1.0)), -1e3
        if strength[k] <= -1.0:
            continue
        worth[k] = strength[k] + lift * (octave[k] - lift_from)
        if not math.isnan(around):
            far = octave[k] - around
            doubt = min(max((clear - strength[k]) / (clear - unclear), 0.0), 1.0)
            worth[k] -= above * doubt * max(far - usual, 0.0)
            worth[k] -= below * max(-far - usual, 0.0)
        top = max(top, worth[k])
    for k in range(len(f0)):
        if strength[k] > -1.0:
            worth[k] -= top
    return top


@compiled
def likeliest(  # noqa: C901 - one compiled loop; helpers would each cost compile time
    f0: Array,
    strength: Array,
    voiced: Array,
    around: Array,
    rules: tuple[tuple[float, ...], tuple[float, float, float]],
    top: Array,
    back: NDArray[np.int8],
    path: NDArray[np.int8],
) -> None:
    """Walk the likeliest path along candidates (Viterbi) for `prosody.features.pitch.best_path`.

    Parameters
    ----------
    f0, strength : ndarray of float32, shape (n, k)
        Candidates.
    voiced : ndarray of float32, shape (n,)
        Log odds of voice.
    around : ndarray of float32, shape (n,)
        Octave that candidates are compared with; NaN where there is none.
    rules : tuple
        What a candidate is worth, and what a step costs.
    top : ndarray of float32, shape (n,)
        Takes the best strength of each frame.
    back : ndarray of int8, shape (n, k + 1)
        Room to work in.
    path : ndarray of int8, shape (n,)
        Takes the column of the chosen candidate, -1 where the frame is unvoiced.
    """
    worths, (sharpness, jump, switch) = rules
    n, many = f0.shape
    octave, worth = np.zeros((2, many)), np.empty(many)
    score = np.zeros((2, many + 1))
    score[0, :many] = -1e30  # before the recording there was no voice
    now, then = 0, 1
    for i in range(n):
        now, then = then, now
        top[i] = _weigh(f0[i], strength[i], around[i], worths, octave[now], worth)
        highest = -1e30
        for k in range(many + 1):
            best, origin = -1e30, many
            for j in range(many + 1):
                cost = 0.0
                if (j == many) != (k == many):
                    cost = switch
                elif j != many:
                    cost = jump * abs(octave[now, k] - octave[then, j])
                if score[then, j] - cost > best:
                    best, origin = score[then, j] - cost, j
            back[i, k] = origin
            if k == many:
                best -= 0.5 * voiced[i]
            elif worth[k] > -100.0:
                best += 0.5 * voiced[i] + sharpness * worth[k]
            else:
                best = -1e30
            score[now, k] = best
            highest = max(highest, best)
        for k in range(many + 1):
            score[now, k] = max(score[now, k] - highest, -1e30)
    state = 0
    for k in range(many + 1):
        if score[now, k] > score[now, state]:
            state = k
    for i in range(n - 1, -1, -1):
        path[i] = state if state < many else -1
        state = back[i, state]
