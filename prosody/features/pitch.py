"""How high: pitch candidates of every frame, and the one path through them.

Conventions
-----------
A candidate is a peak of the autocorrelation of the compressed spectrum. Frequencies are Hz,
costs and evidence are natural log odds, time runs in frames of 10 ms. How likely each is the pitch
is told by `prosody.features.candidates`. Where no candidate is taken the frame is unvoiced and F0
is NaN. An empty sequence gives empty answers.

The autocorrelation of a windowed frame divided by that of the window is Boersma's (1993,
Proceedings of the Institute of Phonetic Sciences Amsterdam 17); raising the spectrum to a power
below 2 before transforming it back is the generalised autocorrelation of Tolonen and
Karjalainen (2000, IEEE Transactions on Speech and Audio Processing 8).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from prosody.features.blocks import with_surroundings
from prosody.features.candidates import NAMES
from prosody.settings import Pitch

__all__ = ["Candidates", "best_path", "find_candidates", "lag_taper", "smooth"]

Array = NDArray[np.float32]

_ROWS = 1 << 15  # frames looked around at once


class Candidates(NamedTuple):
    """Peaks of each frame's autocorrelation, strongest first.

    `f0_hz` and `strength` have shape (frames, candidates), 0 and -1 where a frame has fewer peaks;
    `signs`, shape (frames, candidates, signs), is what each shows; `periodicity`, shape (frames,),
    is the plain autocorrelation at the strongest one's lag.
    """

    f0_hz: Array
    strength: Array
    signs: Array
    periodicity: Array


def lag_taper(window: Array, size: int, lags: int, *, rules: Pitch = Pitch()) -> Array:
    """Give how much a window alone lowers the generalised autocorrelation at each lag.

    Parameters
    ----------
    window : ndarray of float32, shape (w,)
        The analysis window.
    size : int
        Length of the transform.
    lags : int
        How many lags, from 0.
    rules : Pitch
        How the spectrum is compressed.

    Returns
    -------
    ndarray of float32, shape (lags,)
        1 at lag 0. Only the main lobe counts: side lobes drown between neighbouring harmonics.
    """
    magnitude = np.abs(np.fft.rfft(window.astype(np.float64), size))
    lobe = int(np.argmax(np.diff(magnitude) > 0)) + 1
    magnitude[lobe:] = 0.0
    taper = np.fft.irfft(magnitude**rules.compression_exponent, size)[:lags]
    return np.asarray(taper / taper[0], dtype=np.float32)


def find_candidates(
    general: Array, plain: Array, cepstrum: Array, rate_hz: int, *, rules: Pitch = Pitch()
) -> Candidates:
    """Find the strongest peaks of each frame's autocorrelation.

    Parameters
    ----------
    general, plain : ndarray of float32, shape (frames, lags)
        Generalised and ordinary autocorrelation, both 1 at lag 0 and freed of the window.
    cepstrum : ndarray of float32, shape (frames, lags)
        Of the same frames.
    rate_hz : int
        Sample rate.
    rules : Pitch
        Where pitch is looked for, and how many peaks are kept.
    """
    from prosody.features import pitch_kernels

    shape = (len(general), rules.candidates)
    f0, strength = np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.float32)
    periodicity = np.zeros(len(general), dtype=np.float32)
    signs = np.zeros((*shape, len(NAMES)), dtype=np.float32)
    shortest = int(rate_hz / rules.highest_hz)
    longest = int(np.ceil(rate_hz / rules.lowest_hz)) - 1
    bias = rules.bias_per_octave
    pitch_kernels.pick_peaks(
        general, plain, rate_hz, shortest, longest, bias, f0, strength, periodicity
    )
    pitch_kernels.read_signs(general, plain, cepstrum, rate_hz, f0, signs)
    return Candidates(f0, strength, signs, periodicity)


def best_path(
    f0_hz: Array, trust: Array, voiced: Array, *, rules: Pitch = Pitch()
) -> NDArray[np.int8]:
    """Choose one candidate, or none, per frame: the likeliest path (Viterbi).

    Parameters
    ----------
    f0_hz : ndarray of float32, shape (frames, candidates)
        0 where there is none.
    trust : ndarray of float32, shape (frames, candidates)
        Log probability that each is the pitch, as `prosody.features.candidates` gives it.
    voiced : ndarray of float32, shape (frames,)
        Log odds that the frame is voiced.
    rules : Pitch
        What the path costs.

    Returns
    -------
    ndarray of int8, shape (frames,)
        The column of the chosen candidate, -1 where the frame is unvoiced.
    """
    around = np.full(len(voiced), np.nan, dtype=np.float32)
    path = _likeliest(f0_hz, trust, voiced, around, rules)
    if not (path >= 0).any():
        return path
    _look_around(f0_hz, trust, voiced, path, around, rules.around_frames)
    del path
    return _likeliest(f0_hz, trust, voiced, around, rules)


def _likeliest(
    f0_hz: Array, trust: Array, voiced: Array, around: Array, rules: Pitch
) -> NDArray[np.int8]:
    """Walk once along what the candidates are worth."""
    rows, many = f0_hz.shape
    path = np.full(rows, -1, dtype=np.int8)
    if rows:
        from prosody.features import pitch_kernels

        back = np.empty((rows, many + 1), dtype=np.int8)
        pitch_kernels.likeliest(f0_hz, trust, voiced, around, _numbers(rules), back, path)
    return path


def _numbers(rules: Pitch) -> tuple[tuple[float, ...], tuple[float, float]]:
    """What a candidate is worth and what a step costs, in the order the compiled loop takes."""
    worth = (
        rules.frame_weight,
        rules.usual_octaves,
        rules.above_log_odds,
        rules.below_log_odds,
        float(np.log(rules.sure_probability)),
        float(np.log(rules.unsure_probability)),
    )
    return worth, (rules.jump_log_odds, rules.switch_log_odds)


def _look_around(
    f0_hz: Array, trust: Array, voiced: Array, path: NDArray[np.int8], around: Array, reach: int
) -> None:
    """Write the mean pitch of the voice within `reach` frames, in octaves; NaN without any.

    A voice seldom leaves its range; a formant that stands alone beside a fricative lies far
    above it.
    """
    from scipy.ndimage import uniform_filter1d

    size = 2 * reach + 1
    for seen, own, place in with_surroundings(len(path), _ROWS, reach):
        some = path[seen]
        chosen = np.arange(len(some)), np.maximum(some, 0)
        octave = np.log2(np.maximum(f0_hz[seen][chosen], np.float32(1))).astype(np.float64)
        sure = np.exp(trust[seen][chosen]) * np.clip(voiced[seen], 0, 5) * (some >= 0)
        weight = uniform_filter1d(sure.astype(np.float64), size, mode="constant")
        total = uniform_filter1d(sure * octave, size, mode="constant")
        mean = np.where(weight > 1e-3, total / np.maximum(weight, 1e-3), np.nan)
        around[place] = mean[own]


def smooth(f0_hz: Array, strength: Array, *, rules: Pitch = Pitch()) -> Array:
    """Take the jitter that noise puts on pitch off it.

    Parameters
    ----------
    f0_hz, strength : ndarray of float32, shape (frames,)
        Pitch, NaN without voice, and how high its period stands.
    rules : Pitch
        How far a parabola reaches, and where a period is clear enough to be left as it is.

    Returns
    -------
    ndarray of float32, shape (frames,)
        NaN where `f0_hz` is.
    """
    from prosody.features import pitch_kernels

    out = np.empty_like(f0_hz)
    pitch_kernels.smooth_pitch(
        f0_hz,
        strength,
        rules.smooth_frames,
        rules.leap_octaves,
        rules.clear_strength,
        rules.unclear_strength,
        out,
    )
    return out
