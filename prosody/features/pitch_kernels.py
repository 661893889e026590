"""Compiled loops that look for pitch: the peaks of a frame, and the one path through them.

Conventions
-----------
As in `prosody.features.kernels`: one row is one frame, importing this module loads numba. Nothing
is rearranged by the compiler, for peaks and paths are decided by comparisons.
"""

import math

import numpy as np
from numpy.typing import NDArray

from prosody.features.kernels import compiled

__all__ = ["likeliest", "pick_peaks"]

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
