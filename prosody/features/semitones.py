"""Pitch on a scale of semitones.

Conventions
-----------
Semitones above `REFERENCE_HZ`, the lowest A of a piano; NaN stays NaN, and float32 float32.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["REFERENCE_HZ", "hertz", "semitones"]

REFERENCE_HZ = 27.5


def semitones(hz: NDArray[Any]) -> NDArray[Any]:
    """Give pitch in semitones.

    Parameters
    ----------
    hz : ndarray of float, shape (n,)
        Above 0, or NaN.

    Examples
    --------
    >>> semitones(np.array([27.5, 55.0])).tolist()
    [0.0, 12.0]
    """
    return np.asarray(12 * np.log2(hz / REFERENCE_HZ))


def hertz(st: NDArray[Any] | float) -> NDArray[Any]:
    """Give semitones as a pitch, Hz.

    Examples
    --------
    >>> hertz(np.array([0.0, 12.0])).tolist()
    [27.5, 55.0]
    """
    return np.asarray(REFERENCE_HZ * 2 ** (st / 12))
