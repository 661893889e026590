"""What the spectra are taken of: windowed frames of samples, and their transforms.

Conventions
-----------
Samples are float32 at 16 kHz; a frame is centred at its sample. Transforms run over `BATCH` rows.

Three windows, all centred on the frame: 47 ms Hann for level, pitch and cepstrum; 20 ms Hamming
for the spectral balance of the eGeMAPS set (Eyben et al. 2016, IEEE Transactions on Affective
Computing 7(2)); 64 ms Hann, zero-padded to 2048, for single harmonics.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "BATCH",
    "HARMONIC",
    "HARMONIC_FFT",
    "HOP",
    "LONG",
    "LONG_FFT",
    "RATE_HZ",
    "SHORT",
    "SHORT_FFT",
    "bins",
    "excerpt",
    "hamming",
    "hann",
    "transformed",
    "windowed",
]

Array = NDArray[np.float32]

RATE_HZ = 16_000
HOP = 160
BATCH = 128  # rows of one transform: all that it works on fits the cache of one core

LONG, LONG_FFT = 752, 1024
SHORT, SHORT_FFT = 320, 512
HARMONIC, HARMONIC_FFT = 1024, 2048


@cache
def hann(length: int) -> Array:
    """A Hann window whose largest value stands at ``length // 2``."""
    phase = 2 * np.pi * np.arange(length) / length
    return np.asarray(0.5 - 0.5 * np.cos(phase), dtype=np.float32)


@cache
def hamming(length: int) -> Array:
    """A Hamming window, centred likewise."""
    phase = 2 * np.pi * np.arange(length) / length
    return np.asarray(0.54 - 0.46 * np.cos(phase), dtype=np.float32)


def excerpt(samples: Array, start: int, stop: int) -> Array:
    """Samples ``start`` to ``stop`` with zeros beyond the recording's ends; float32, own memory."""
    out = np.zeros(stop - start, dtype=np.float32)
    low, high = max(0, start), min(len(samples), stop)
    if low < high:
        out[low - start : high - start] = samples[low:high]
    return out


def windowed(samples: Array, centre: int, window: Array, out: Array) -> Array:
    """Write windowed frames, the first centred at sample `centre`, into the left of `out`."""
    from prosody.features import kernels

    kernels.window_rows(samples, centre - len(window) // 2, HOP, window, out)
    return out


def transformed(rows: Array) -> Array:
    """Real transforms of whole rows, (rows, bins, 2)."""
    import scipy.fft

    spectrum: NDArray[np.complex64] = scipy.fft.rfft(rows, axis=1)
    return spectrum.view(np.float32).reshape(len(rows), -1, 2)


def bins(low_hz: float, high_hz: float) -> slice:
    """Bins of the short transform from `low_hz` up to `high_hz`."""
    step = RATE_HZ / SHORT_FFT
    return slice(int(np.ceil(low_hz / step)), int(np.floor(high_hz / step)) + 1)
