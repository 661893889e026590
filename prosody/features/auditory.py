"""How loud each part of a spectrum is heard."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from diarize.runtime.compiling import keep_apart
from prosody.features.spectrum import Bank
from prosody.features.windows import RATE_HZ, SHORT_FFT

__all__ = ["auditory_bands"]


@cache
def auditory_bands() -> Bank:
    """Give 26 mel bands from 20 Hz to 8 kHz, weighed by how loud they are heard.

    Triangles on the mel scale of the HTK toolkit (O'Shaughnessy 1987) times the equal-loudness
    curve of Hermansky 1990 (Journal of the Acoustical Society of America 87); 1 kHz weighs 1.
    """
    keep_apart()
    from librosa import mel_frequencies
    from librosa.filters import mel

    bank = mel(
        sr=RATE_HZ, n_fft=SHORT_FFT, n_mels=26, fmin=20.0, htk=True, norm=None, dtype=np.float64
    )
    centres = mel_frequencies(28, fmin=20.0, fmax=RATE_HZ / 2, htk=True)[1:-1]
    weighed = bank * (_heard(centres) / _heard(np.array(1000.0)))[:, None]
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
