"""What needs F0: single harmonics of voiced frames, and how periodic the frames are."""

from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

from prosody.features.windows import (
    BATCH,
    HARMONIC,
    HARMONIC_FFT,
    HOP,
    RATE_HZ,
    excerpt,
    hann,
    transformed,
)

__all__ = ["harmonics"]

Array = NDArray[np.float32]


def harmonics(samples: Array, frames: NDArray[np.intp], f0_hz: Array) -> dict[str, Array]:
    """Read what needs F0 off voiced frames: harmonic alpha ratio, H1-H2 and HNR, dB.

    Parameters
    ----------
    samples : ndarray of float32, shape (n,)
        The whole recording.
    frames : ndarray of int, shape (m,)
        Indices of voiced frames, rising.
    f0_hz : ndarray of float32, shape (m,)
        Their F0.

    Returns
    -------
    dict
        Columns (m,). Harmonic alpha ratio: power at each harmonic (64 ms window, one bin to
        either side) less the power midway between harmonics, 1-5 kHz over below 1 kHz. H1-H2:
        first over second harmonic. Both NaN where a part does not stand above the power between
        the harmonics. HNR: ``10 log10 (r / (1 - r))`` of the autocorrelation r at the period
        (Boersma 1993), within ±40 dB.
    """
    from prosody.features import harmonic_kernels, kernels

    out = np.full((3, len(frames)), np.nan, dtype=np.float32)
    window, half = hann(HARMONIC), HARMONIC // 2
    rows = np.zeros((BATCH, HARMONIC_FFT), dtype=np.float32)
    for some in _near(frames):
        first = int(frames[some][0]) * HOP - half
        near = excerpt(samples, first, int(frames[some][-1]) * HOP + half)
        starts = frames[some] * HOP - half - first
        # whole vectors of the machine, so that a row rounds alike wherever it stands
        used = rows[: min(BATCH, -(-len(starts) // 32) * 32)]
        kernels.window_frames(near, starts, window, used)
        got = np.full((3, len(starts)), np.nan, dtype=np.float32)
        harmonic_kernels.read_harmonics(
            transformed(used), f0_hz[some], RATE_HZ, HARMONIC / RATE_HZ, _aside(), got
        )
        out[:, some] = got
    return dict(zip(("harmonic_alpha_ratio_db", "h1_h2_db", "hnr_db"), out, strict=True))


def _near(frames: NDArray[np.intp]) -> Iterator[slice]:
    """Cut rising frames into batches that lie near each other: the excerpt stays short."""
    start = 0
    while start < len(frames):
        reach = int(np.searchsorted(frames, frames[start] + 4 * BATCH))
        stop = min(start + BATCH, reach)
        yield slice(start, stop)
        start = stop


@cache
def _aside() -> NDArray[np.float64]:
    """Cosine and sine of every bin of the harmonics' transform three tenths of a sample on."""
    turn = 2 * np.pi * 0.3 * np.arange(HARMONIC_FFT // 2 + 1) / HARMONIC_FFT
    return np.stack([np.cos(turn), np.sin(turn)])
