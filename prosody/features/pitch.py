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

import numpy as np
from numpy.typing import NDArray

from prosody.features.blocks import with_surroundings

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
_WORTH = (LIFT, LIFT_FROM, USUAL_OCTAVES, ABOVE, BELOW, CLEAR, UNCLEAR)
_COSTS = (SHARPNESS, OCTAVE_JUMP, SWITCH)
_ROWS = 1 << 15  # frames looked around at once


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
    from prosody.features import kernels

    shape = (len(correlation), CANDIDATES)
    f0, strength = np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.float32)
    periodicity = np.zeros(len(correlation), dtype=np.float32)
    shortest, longest = int(rate_hz / HIGHEST_HZ), int(np.ceil(rate_hz / LOWEST_HZ)) - 1
    kernels.pick_peaks(
        correlation, second, rate_hz, shortest, longest, OCTAVE_BIAS, f0, strength, periodicity
    )
    return f0, strength, periodicity


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
    around = np.full(len(voiced), np.nan, dtype=np.float32)
    path, top = _likeliest(f0_hz, strength, voiced, around)
    if not (path >= 0).any():
        return path
    _look_around(f0_hz, top, voiced, path, around)
    return _likeliest(f0_hz, strength, voiced, around)[0]


def _likeliest(
    f0_hz: Array, strength: Array, voiced: Array, around: Array
) -> tuple[NDArray[np.int8], Array]:
    """Walk once along what the candidates are worth; also gives the best strength of each frame."""
    rows, many = f0_hz.shape
    path, top = np.full(rows, -1, dtype=np.int8), np.empty(rows, dtype=np.float32)
    if rows:
        from prosody.features import kernels

        back = np.empty((rows, many + 1), dtype=np.int8)
        kernels.likeliest(f0_hz, strength, voiced, around, (_WORTH, _COSTS), top, back, path)
    return path, top


def _look_around(
    f0_hz: Array, top: Array, voiced: Array, path: NDArray[np.int8], around: Array
) -> None:
    """Write the mean pitch of the voice within a second, in octaves; NaN where there is none.

    A voice seldom leaves its range; a formant that stands alone beside a fricative lies far
    above it.
    """
    from scipy.ndimage import uniform_filter1d

    size = 2 * AROUND_FRAMES + 1
    for seen, own, place in with_surroundings(len(path), _ROWS, AROUND_FRAMES):
        some = path[seen]
        taken = f0_hz[seen][np.arange(len(some)), np.maximum(some, 0)]
        octave = np.log2(np.maximum(taken, np.float32(1))).astype(np.float64)
        trust = np.clip(top[seen], 0, 1) ** 2 * np.clip(voiced[seen], 0, 5) * (some >= 0)
        weight = uniform_filter1d(trust.astype(np.float64), size, mode="constant")
        total = uniform_filter1d(trust * octave, size, mode="constant")
        mean = np.where(weight > 1e-3, total / np.maximum(weight, 1e-3), np.nan)
        around[place] = mean[own]
