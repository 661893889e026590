"""How long a room rings: the fastest falls of level that it lets pass.

Conventions
-----------
When a sound ends, its level falls no faster than the room lets it: by 60 dB in its reverberation
time. Speech ends abruptly often enough for the fastest falls to be the room's. Close to a mouth it
falls faster, and matters less: what is told is how the microphone hears it. Above half a second
nothing is told apart. Levels are dB of 10 ms frames, in three bands, smoothed over three frames.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from diarize.recording.rows import HOP_S
from prosody.settings import Ringing

__all__ = ["rings_s"]


def rings_s(
    samples: NDArray[np.float32], rate: int, *, rule: Ringing | None = None
) -> float | None:
    """Say in how many seconds a sound that ends falls by 60 dB; None where too little ends.

    Parameters
    ----------
    samples : ndarray of float32, shape (n,)
        A recording; no more than `rule.listen_s` of it is heard.
    rate : int
        Of the samples, Hz.
    rule : Ringing
        Bands, and what counts as a fall.
    """
    rule = rule or Ringing()
    heard = samples[: round(rule.listen_s * rate)]
    found = [_falls(levels, rule) for levels in _banded(heard, rate, rule)]
    falls = np.concatenate([*found, np.empty(0)])
    if len(falls) < rule.least_falls:
        return None
    return float(rule.fall_db / np.quantile(falls, 1 - rule.fastest_share))


def _banded(
    samples: NDArray[np.float32], rate: int, rule: Ringing
) -> Iterator[NDArray[np.float64]]:
    """Give the level of each band that the recording holds."""
    from scipy.signal import butter, sosfilt

    step = round(rate * HOP_S)
    whole = samples[: len(samples) // step * step]
    for low, high in rule.bands_hz:
        if high < rate / 2 and len(whole) > rule.rows * step:
            sections = butter(rule.order, (low, high), "band", fs=rate, output="sos")
            power = (sosfilt(sections, whole).reshape(-1, step) ** 2).mean(axis=1)
            yield 10 * np.log10(np.convolve(power, rule.smoothed, "same") + rule.least_power)


def _falls(levels: NDArray[np.float64], rule: Ringing) -> NDArray[np.float64]:
    """How fast each steady fall from speech is, dB a second."""
    soft, loud = np.percentile(levels, (rule.soft_percent, rule.loud_percent))
    rows = np.lib.stride_tricks.sliding_window_view(levels, rule.rows)
    at = np.arange(rule.rows) - (rule.rows - 1) / 2
    slopes = rows @ at / (at @ at) / HOP_S
    from_speech = rows[:, 0] > loud - rule.from_top_db
    to_room = rows[:, -1] > soft + rule.above_noise_db
    steady = np.diff(rows, axis=1).max(axis=1) < rule.rises_db
    enough = rows[:, 0] - rows[:, -1] > rule.least_db
    return np.asarray(-slopes[from_speech & to_room & steady & enough], np.float64)
