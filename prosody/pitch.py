"""How high: pitch candidates of every frame, and the one path through them.

Conventions
-----------
A candidate is a peak of the autocorrelation of the compressed spectrum. Frequencies are Hz,
costs and evidence are natural log odds, time runs in frames of 10 ms. Where no candidate is
taken the frame is unvoiced and F0 is NaN. An empty sequence gives empty answers.

The autocorrelation of a windowed frame divided by that of the window is Boersma's (1993,
Proceedings of the Institute of Phonetic Sciences Amsterdam 17); raising the spectrum to a power
below 2 before transforming it back is the generalised autocorrelation of Tolonen and
Karjalainen (2000, IEEE Transactions on Speech and Audio Processing 8).
"""

import math
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["CANDIDATES", "HIGHEST_HZ", "LOWEST_HZ", "best_path", "find_candidates", "lag_taper"]

Array = NDArray[np.float32]

LOWEST_HZ = 58.0
HIGHEST_HZ = 520.0
CANDIDATES = 5

COMPRESSION = 1.6  # exponent of the magnitude spectrum
OCTAVE_BIAS = 0.04  # strength a candidate gains per octave: of equal peaks the higher is F0
SHARPNESS = 14.0  # log odds per unit of candidate strength
OCTAVE_JUMP = 8.0  # log odds per octave moved in 10 ms
SWITCH = 2.0  # log odds of starting or ending voice
LIFT = 0.03  # the same bias again on the path, where what lies too high can be told
LIFT_FROM = float(np.log2(100.0))
AROUND_FRAMES = 100  # reach of the pitch that candidates are compared with
USUAL_OCTAVES = 0.6  # as far from it as a melody goes
ABOVE, BELOW = 0.5, 0.2  # strength lost per octave beyond that
CLEAR, UNCLEAR = 0.8, 0.5  # strength from which what lies high is believed, up to which it is not
_ROWS = 1 << 15  # frames weighed at once


def lag_taper(window: Array, size: int, lags: int) -> Array:
    """Give how much a window alone lowers the generalised autocorrelation at each lag.

    Parameters
    ----------
    window : ndarray of float32, shape (w,)
        The analysis window.
    size : int
        Length of the transform.
    lags : int
        How many lags, from 0.

    Returns
    -------
    ndarray of float32, shape (lags,)
        1 at lag 0. Only the main lobe counts: side lobes drown between neighbouring harmonics.
    """
    magnitude = np.abs(np.fft.rfft(window.astype(np.float64), size))
    lobe = int(np.argmax(np.diff(magnitude) > 0)) + 1
    magnitude[lobe:] = 0.0
    taper = np.fft.irfft(magnitude**COMPRESSION, size)[:lags]
    return np.asarray(taper / taper[0], dtype=np.float32)


@cache
def _compiled() -> tuple[Any, Any]:
    """Compile the two loops that arrays cannot say; numba is loaded only when pitch is measured."""
    from prosody.kernels import compiled

    return compiled(_pick_peaks), compiled(_walk)


def find_candidates(correlation: Array, second: Array, rate_hz: int) -> tuple[Array, Array, Array]:
    """Find the strongest peaks of each frame's autocorrelation.

    Parameters
    ----------
    correlation, second : ndarray of float32, shape (frames, lags)
        Generalised and ordinary autocorrelation, both 1 at lag 0 and freed of the window.
    rate_hz : int
        Sample rate.

    Returns
    -------
    f0_hz, strength : ndarray of float32, shape (frames, CANDIDATES)
        Strongest first; f0 is 0 and strength -1 where a frame has fewer peaks.
    periodicity : ndarray of float32, shape (frames,)
        The ordinary autocorrelation at the strongest candidate's lag.
    """
    shape = (len(correlation), CANDIDATES)
    f0, strength = np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.float32)
    periodicity = np.zeros(len(correlation), dtype=np.float32)
    shortest, longest = int(rate_hz / HIGHEST_HZ), int(np.ceil(rate_hz / LOWEST_HZ)) - 1
    pick, _ = _compiled()
    pick(correlation, second, rate_hz, shortest, longest, OCTAVE_BIAS, f0, strength, periodicity)
    return f0, strength, periodicity


def _pick_peaks(
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


def best_path(f0_hz: Array, strength: Array, voiced: Array) -> NDArray[np.int8]:
    """Choose one candidate, or none, per frame: the likeliest path (Viterbi).

    Parameters
    ----------
    f0_hz, strength : ndarray of float32, shape (frames, candidates)
        As `find_candidates` gives them.
    voiced : ndarray of float32, shape (frames,)
        Log odds that the frame is voiced.

    Returns
    -------
    ndarray of int8, shape (frames,)
        The column of the chosen candidate, -1 where the frame is unvoiced.
    """
    octave = np.log2(np.maximum(f0_hz, np.float32(1)))
    worth, top = _worth(octave, strength, None)
    first = _likeliest(octave, worth, voiced)
    if not (first >= 0).any():
        return first
    worth, _ = _worth(octave, strength, _around(octave, top, voiced, first))
    return _likeliest(octave, worth, voiced)


def _worth(octave: Array, strength: Array, around: Array | None) -> tuple[Array, Array]:
    """Give how far each candidate stays behind its frame's best, and that best's strength.

    Block by block: copies of whole recordings would be the largest thing in memory.
    """
    worth, top = np.empty_like(strength), np.empty(len(strength), dtype=np.float32)
    for start in range(0, len(strength), _ROWS):
        some = slice(start, start + _ROWS)
        own = strength[some]
        dead = own <= -1.0
        raised = own + np.float32(LIFT) * (octave[some] - np.float32(LIFT_FROM))
        if around is not None:
            far = np.nan_to_num(octave[some] - around[some, None])
            doubt = np.clip((CLEAR - own) / (CLEAR - UNCLEAR), 0, 1)
            raised -= ABOVE * doubt * np.maximum(far - USUAL_OCTAVES, 0)
            raised -= BELOW * np.maximum(-far - USUAL_OCTAVES, 0)
        raised[dead] = -1e3
        top[some] = raised.max(axis=1)
        raised -= top[some, None]
        raised[dead] = -1e3
        worth[some] = raised
    return worth, top


def _likeliest(octave: Array, worth: Array, voiced: Array) -> NDArray[np.int8]:
    """One walk along what the candidates are worth."""
    path = np.full(len(octave), -1, dtype=np.int8)
    if len(path):
        _, walk = _compiled()
        back = np.zeros((len(octave), octave.shape[1] + 1), dtype=np.int8)
        score = np.zeros((2, octave.shape[1] + 1))
        score[:, :-1] = -1e30  # before the recording there was no voice
        walk(octave, worth, voiced, (SHARPNESS, OCTAVE_JUMP, SWITCH), score, back, path)
    return path


def _around(octave: Array, top: Array, voiced: Array, path: NDArray[np.int8]) -> Array:
    """Mean pitch of the voice within a second, in octaves; NaN where there is none.

    A voice seldom leaves its range; a formant that stands alone beside a fricative lies far
    above it.
    """
    from scipy.ndimage import uniform_filter1d

    taken = octave[np.arange(len(path)), np.maximum(path, 0)]
    trust = np.clip(top, 0, 1) ** 2 * np.clip(voiced, 0, 5) * (path >= 0)
    size = 2 * AROUND_FRAMES + 1
    weight = uniform_filter1d(trust.astype(np.float64), size, mode="constant")
    total = uniform_filter1d((trust * taken).astype(np.float64), size, mode="constant")
    mean = np.where(weight > 1e-3, total / np.maximum(weight, 1e-3), np.nan)
    return mean.astype(np.float32)


def _walk(  # noqa: C901 - one compiled loop; helpers would each cost compile time
    pitch: Array,
    strength: Array,
    voiced: Array,
    costs: tuple[float, float, float],
    score: Array,
    back: NDArray[np.int8],
    path: NDArray[np.int8],
) -> None:
    sharpness, jump, switch = costs
    n, many = pitch.shape
    now, then = 0, 1
    for i in range(n):
        now, then = then, now
        top = -1e30
        for k in range(many + 1):
            best, origin = -1e30, many
            for j in range(many + 1):
                cost = 0.0
                if (j == many) != (k == many):
                    cost = switch
                elif j != many:
                    cost = jump * abs(pitch[i, k] - pitch[max(i - 1, 0), j])
                if score[then, j] - cost > best:
                    best, origin = score[then, j] - cost, j
            back[i, k] = origin
            if k == many:
                best -= 0.5 * voiced[i]
            elif strength[i, k] > -100.0:
                best += 0.5 * voiced[i] + sharpness * strength[i, k]
            else:
                best = -1e30
            score[now, k] = best
            top = max(top, best)
        for k in range(many + 1):
            score[now, k] = max(score[now, k] - top, -1e30)
    state = 0
    for k in range(many + 1):
        if score[now, k] > score[now, state]:
            state = k
    for i in range(n - 1, -1, -1):
        path[i] = state if state < many else -1
        state = back[i, state]
