"""Tones that sound all the time on several channels: the mains' hum, its overtones, a fan.

Both microphones hold them and neither channel sent them to the other, so they say nothing of what
crosses, and are taken out before that is asked.
"""

import numpy as np
from numpy.typing import NDArray

from diarize.recording.audio import Samples
from diarize.settings import Crossings

__all__ = ["steady_hz", "without_tones"]

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
        windows = (taper * channel[at : at + size] for at in starts)
        power = np.array([np.abs(np.fft.rfft(window)) ** 2 for window in windows])
        usual = 10.0 * np.log10(np.percentile(power, rule.tone_percent, axis=0) + _EMPTY)
        held += usual - median_filter(usual, beside) > rule.tone_db
    bins = np.flatnonzero(held > 1)
    tones = np.split(bins, np.flatnonzero(np.diff(bins) > 1) + 1) if len(bins) else []
    return np.array([tone.mean() / rule.tone_window_s for tone in tones])


def without_tones(samples: Samples, rate: int, rule: Crossings) -> Samples:
    """Give a recording without what hums on several of its channels all the time.

    Returns
    -------
    ndarray of float32, shape (channels, n)
        The very samples where nothing does.
    """
    from scipy.signal import iirnotch, sosfilt, tf2sos

    tones = steady_hz(samples, rate, rule)
    if not len(tones):
        return samples
    notches = (iirnotch(hz, hz / rule.tone_width_hz, rate) for hz in tones if 0 < hz < rate / 2)
    cuts = np.concatenate([tf2sos(*notch) for notch in notches])
    return np.stack([sosfilt(cuts, channel).astype(np.float32) for channel in samples])
