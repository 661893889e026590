"""How loud each part of a spectrum is heard."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from prosody.features.spectrum import Bank
from prosody.features.windows import RATE_HZ, SHORT_FFT

__all__ = ["auditory_bands"]


@cache
def auditory_bands() -> Bank:
    """Give 26 mel bands from 20 Hz to 8 kHz, weighed by how loud they are heard.

    Triangles on the mel scale of the HTK toolkit (O'Shaughnessy 1987), as
    ``librosa.filters.mel(htk=True, norm=None)`` gives them, times the equal-loudness curve of
    Hermansky 1990 (Journal of the Acoustical Society of America 87); 1 kHz weighs 1. librosa
    itself takes longer to load than ten minutes of sound to measure.
    """
    low, high = 2595.0 * np.log10(1 + np.array([20.0, 8000.0]) / 700.0)
    edges = 700.0 * (10 ** (np.linspace(low, high, 28) / 2595.0) - 1)
    bins = np.arange(SHORT_FFT // 2 + 1) * RATE_HZ / SHORT_FFT
    rising = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    bank = np.maximum(np.minimum(rising, falling), 0)
    weighed = bank * (_heard(edges[1:-1]) / _heard(np.array(1000.0)))[:, None]
    first = (weighed > 0).argmax(axis=1)
    widest = int((weighed > 0).sum(axis=1).max())
    first = np.minimum(first, weighed.shape[1] - widest)
    rows = [row[f : f + widest] for row, f in zip(weighed, first, strict=True)]
    return first, np.stack(rows).astype(np.float32)


def _heard(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Hermansky's equal-loudness curve above 5 kHz as well, up to a factor."""
    squared = (2 * np.pi * hz) ** 2
    low = (squared + 56.8e6) * squared**2 / ((squared + 6.3e6) ** 2 * (squared + 0.38e9))
    return np.asarray(low / (squared**3 + 9.58e26))
