"""Tones that sound all the time on several channels: the mains' hum, its overtones, a fan.

Both microphones hold them and neither channel sent them to the other, so they say nothing of what
crosses.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from diarize.recording.audio import Samples
from diarize.settings import Crossings

__all__ = ["near", "steady_hz"]

Floats = NDArray[np.float64]
_EMPTY = 1e-18  # power in a bin that holds nothing


def steady_hz(samples: Samples, rate: int, rule: Crossings) -> Floats:
    """Give the frequencies of tones that two channels or more hold all the time, Hz.

    Parameters
    ----------
    samples : ndarray of float32, shape (channels, n)
        The recording.
    rate : int
        Hz.
    rule : Crossings
        In most windows such a tone stands `tone_db` above what is beside it.
    """
    from scipy.ndimage import median_filter

    size = round(rule.tone_window_s * rate)
    starts = np.arange(0, samples.shape[1] - size + 1, size)
    starts = starts[:: max(1, len(starts) // rule.tone_windows)]
    if len(starts) < rule.tone_least_windows:
        return np.zeros(0)
    taper = np.hanning(size)
    beside = 2 * round(rule.tone_beside_hz * rule.tone_window_s) + 1
    held = np.zeros(size // 2 + 1, int)
    for channel in samples:
        power = np.array(
            [np.abs(np.fft.rfft(taper * channel[at : at + size])) ** 2 for at in starts]
        )
        usual = 10.0 * np.log10(np.percentile(power, rule.tone_percent, axis=0) + _EMPTY)
        held += usual - median_filter(usual, beside) > rule.tone_db
    return np.asarray(np.flatnonzero(held > 1) / rule.tone_window_s)


def near(hz: NDArray[np.floating[Any]], tones: Floats, rule: Crossings) -> NDArray[np.bool_]:
    """Whether each frequency lies within `rule.tone_width_hz` of a tone."""
    off = np.abs(hz[:, None] - tones).min(axis=1, initial=np.inf)
    return np.asarray(off <= rule.tone_width_hz)
