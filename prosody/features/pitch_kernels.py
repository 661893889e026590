"""Compiled loops that look for pitch: peaks of a frame, what they show, the path through them.

Conventions
-----------
As in `prosody.features.kernels`: one row is one frame, importing this module loads numba. Nothing
is rearranged by the compiler, for peaks and paths are decided by comparisons.
"""

import math

import numpy as np
from numpy.typing import NDArray

from prosody.features.kernels import compiled

__all__ = ["likeliest", "pick_peaks", "read_signs", "smooth_pitch"]

Array = NDArray[np.float32]
Doubles = NDArray[np.float64]


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
def _near(row: Array, lag: float) -> float:
    """Highest of the three lags nearest to one between them; 0 beyond the lags there are."""
    i = math.floor(lag + 0.5)
    if i < 1 or i + 1 >= len(row):
        return 0.0
    return float(max(row[i - 1], row[i], row[i + 1]))


@compiled
def read_signs(g: Array, r: Array, c: Array, rate: int, f0: Array, out: Array) -> None:
    """Write what each candidate shows, in the order of `prosody.features.candidates.NAMES`.

    Parameters
    ----------
    g, r, c : ndarray of float32, shape (rows, lags)
        Generalised and plain autocorrelation, and the cepstrum.
    rate : int
        Sample rate, Hz.
    f0 : ndarray of float32, shape (rows, k)
        Candidates, 0 where there is none.
    out : ndarray of float32, shape (rows, k, signs)
        Takes the signs.
    """
    lags = g.shape[1]
    for i in range(f0.shape[0]):
        best = 0.0
        for k in range(f0.shape[1]):
            if f0[i, k] > 0.0:
                best = max(best, _near(g[i], rate / f0[i, k]))
        for k in range(f0.shape[1]):
            if f0[i, k] <= 0.0:
                continue
            lag, row = rate / f0[i, k], out[i, k]
            for j, share in enumerate((1.0, 0.5, 1.0 / 3.0, 1.5, 2.0)):
                row[j] = _near(g[i], share * lag)
            row[5] = 1.0 if math.floor(1.5 * lag + 0.5) + 1 < lags else 0.0
            row[6] = 1.0 if math.floor(2.0 * lag + 0.5) + 1 < lags else 0.0
            row[7], row[8] = _near(r[i], lag), _near(r[i], 0.5 * lag)
            row[9], row[10] = 10.0 * _near(c[i], lag), 10.0 * _near(c[i], 0.5 * lag)
            row[11], row[12], row[13] = math.log2(f0[i, k] / 100.0), best - row[0], best


@compiled
def smooth_pitch(  # noqa: C901 - one compiled loop; helpers would each cost compile time
    f0: Array, strength: Array, reach: int, leap: float, clear: float, unclear: float, out: Array
) -> None:
    """Write pitch less its jitter where its period is unclear, for `prosody.features.pitch.smooth`.

    Parameters
    ----------
    f0, strength : ndarray of float32, shape (n,)
        Hz, NaN without voice, and how high the period stands.
    reach : int
        Frames to either side that a parabola is laid through, as far as pitch does not leap.
    leap : float
        Octaves from frame to frame that are a leap.
    clear, unclear : float
        Strength from which pitch stays as it is, and up to which the parabola takes its place.
    out : ndarray of float32, shape (n,)
        Takes the pitch.
    """
    n = len(f0)
    for i in range(n):
        out[i] = f0[i]
        share = min(max((clear - strength[i]) / (clear - unclear), 0.0), 1.0)
        if math.isnan(f0[i]) or share == 0.0:
            continue
        here = math.log2(f0[i])
        sums, tops, many = np.zeros(5), np.zeros(3), 0
        for way in (-1, 1):
            last = here
            for step in range(1 if way > 0 else 0, reach + 1):
                j = i + way * step
                if j < 0 or j >= n or math.isnan(f0[j]):
                    break
                octave = math.log2(f0[j])
                if abs(octave - last) > leap:
                    break
                last, many = octave, many + 1
                trust = min(max(strength[j], 0.05), 0.98)
                weight, at = trust / (1.0 - trust), float(way * step)
                for power in range(5):
                    sums[power] += weight * at**power
                for power in range(3):
                    tops[power] += weight * (octave - here) * at**power
        if many < reach + 1:
            continue
        out[i] = 2.0 ** (here + share * _at_middle(sums, tops))


@compiled
def _at_middle(sums: Doubles, tops: Doubles) -> float:
    """Height at 0 of the parabola that fits best, from its normal equations; 0 without one."""
    s0, s1, s2, s3, s4 = sums
    far, cross, near = s2 * s4 - s3 * s3, s1 * s4 - s2 * s3, s1 * s3 - s2 * s2
    size = s0 * far - s1 * cross + s2 * near
    if size <= 1e-6 * s0**3:
        return 0.0
    return float((tops[0] * far - tops[1] * cross + tops[2] * near) / size)


@compiled
def _weigh(
    f0: Array,
    trust: Array,
    around: float,
    rules: tuple[float, ...],
    octave: Doubles,
    worth: Doubles,
) -> None:
    """Write how far each candidate stays behind the frame's best, in log odds."""
    share, usual, above, below, sure, unsure = rules
    top = -1e3
    for k in range(len(f0)):
        octave[k], worth[k] = math.log2(max(f0[k], 1.0)), -1e3
        if f0[k] <= 0.0:
            continue
        worth[k] = share * trust[k]
        if not math.isnan(around):
            far = octave[k] - around
            doubt = min(max((sure - trust[k]) / (sure - unsure), 0.0), 1.0)
            worth[k] -= above * doubt * max(far - usual, 0.0)
            worth[k] -= below * max(-far - usual, 0.0)
        top = max(top, worth[k])
    for k in range(len(f0)):
        if f0[k] > 0.0:
            worth[k] -= top


@compiled
def likeliest(  # noqa: C901 - one compiled loop; helpers would each cost compile time
    f0: Array,
    trust: Array,
    voiced: Array,
    around: Array,
    rules: tuple[tuple[float, ...], tuple[float, float]],
    back: NDArray[np.int8],
    path: NDArray[np.int8],
) -> None:
    """Walk the likeliest path along candidates (Viterbi) for `prosody.features.pitch.best_path`.

    Parameters
    ----------
    f0, trust : ndarray of float32, shape (n, k)
        Candidates, and the log probability of each.
    voiced : ndarray of float32, shape (n,)
        Log odds of voice.
    around : ndarray of float32, shape (n,)
        Octave that candidates are compared with; NaN where there is none.
    rules : tuple
        What a candidate is worth, and what a step costs.
    back : ndarray of int8, shape (n, k + 1)
        Room to work in.
    path : ndarray of int8, shape (n,)
        Takes the column of the chosen candidate, -1 where the frame is unvoiced.
    """
    worths, (jump, switch) = rules
    n, many = f0.shape
    octave, worth = np.zeros((2, many)), np.empty(many)
    score = np.zeros((2, many + 1))
    score[0, :many] = -1e30  # before the recording there was no voice
    now, then = 0, 1
    for i in range(n):
        now, then = then, now
        _weigh(f0[i], trust[i], around[i], worths, octave[now], worth)
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
                best += 0.5 * voiced[i] + worth[k]
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
