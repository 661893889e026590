"""Rows of 10 ms: the level of sound in each, and the runs of rows of which something is true.

Conventions
-----------
Levels are dB relative to full scale: the RMS of a row, so that a full-scale square wave is at 0.
Digital silence has no level: its rows are at -inf.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from diarize.runtime.memory import let_go

__all__ = ["HOP_S", "levels_db", "runs"]

HOP_S = 0.01
_BLOCK = 1 << 20  # samples at once


def levels_db(samples: NDArray[np.float32], rate: int, *, mean: float = 0.0) -> NDArray[np.float64]:
    """Give the level of each whole row, dB, of samples of one channel less a mean."""
    step = round(rate * HOP_S)
    parts = []
    for start in range(0, len(samples) // step * step, _BLOCK // step * step):
        block = np.asarray(samples[start : start + _BLOCK // step * step], np.float64) - mean
        rows = block[: len(block) // step * step].reshape(-1, step)
        with np.errstate(divide="ignore"):
            parts.append(10 * np.log10((rows**2).mean(axis=1)))
        let_go(samples)  # five hours that were read through would count as a gigabyte
    return np.concatenate(parts) if parts else np.zeros(0)


def runs(rows: NDArray[np.bool_], hole: int = 0) -> Iterator[tuple[int, int]]:
    """Give runs of rows, first and one past the last, holes of up to `hole` rows bridged.

    Examples
    --------
    >>> list(runs(np.array([True, True, False, True])))
    [(0, 2), (3, 4)]
    >>> list(runs(np.array([True, True, False, True]), hole=1))
    [(0, 4)]
    """
    at = np.flatnonzero(rows)
    if not len(at):
        return
    cuts = np.flatnonzero(np.diff(at) > hole + 1)
    firsts, lasts = at[np.append(0, cuts + 1)], at[np.append(cuts, len(at) - 1)] + 1
    yield from zip(firsts.tolist(), lasts.tolist(), strict=True)
