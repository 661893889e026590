"""How far up the recording reaches: what lies above is not its own."""

import numpy as np
from numpy.typing import NDArray

from prosody.features.windows import (
    BATCH,
    HOP,
    SHORT,
    SHORT_FFT,
    bins,
    excerpt,
    hann,
    transformed,
    windowed,
)
from prosody.settings import Spectrum

__all__ = ["reached_hz"]

Array = NDArray[np.float32]


def reached_hz(samples: Array, band_hz: float, *, rules: Spectrum = Spectrum()) -> float:
    """Tell how far up the recording really reaches: telephone sound stays narrow in a wide file.

    Parameters
    ----------
    samples : ndarray of float32, shape (n,)
        The whole recording; `rules.looks` excerpts of 1.3 s, evenly spread, are looked
        at.
    band_hz : float
        Half the rate of the source.
    rules : Spectrum
        Where telephone sound ends, and how steeply.

    Returns
    -------
    float
        `band_hz`, or `rules.telephone_hz` where the mean spectrum falls off a cliff at the edge
        of telephone sound: next to nothing above 4.4 kHz though there is power just below 3.3 kHz.
    """
    if band_hz <= rules.telephone_hz:
        return band_hz
    power = _mean_power(samples, rules.looks)
    peak = power.max()
    inside, outside = power[bins(2900, 3300)].mean(), power[bins(4400, 7900)].max()
    nothing = outside < 10 ** (-rules.cliff_below_peak_db / 10) * peak
    falls = outside < 10 ** (-rules.cliff_below_inside_db / 10) * inside
    return rules.telephone_hz if nothing and falls else band_hz


def _mean_power(samples: Array, looks: int) -> NDArray[np.float64]:
    """Power of every bin of the short transform over all excerpts, up to a factor."""
    from prosody.features import kernels

    last = max(0, len(samples) // HOP - BATCH)
    starts = sorted({round(last * k / (looks - 1)) for k in range(looks)})
    rows = np.zeros((BATCH, SHORT_FFT), dtype=np.float32)
    found = np.empty((BATCH, SHORT_FFT // 2 + 1), dtype=np.float32)
    whole = np.empty(BATCH, dtype=np.float32)
    power = np.zeros(SHORT_FFT // 2 + 1)
    for start in starts:
        raw = excerpt(samples, start * HOP - SHORT, (start + BATCH) * HOP + SHORT)
        kernels.powers(transformed(windowed(raw, SHORT, hann(SHORT), rows)), found, whole)
        power += found.sum(axis=0, dtype=np.float64)
    return power
