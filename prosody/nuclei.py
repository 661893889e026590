"""Where syllables are: nuclei of loudness with voice, after de Jong and Wempe.

Conventions
-----------
Columns run in frames of 10 ms; a nucleus is one frame. Rules of de Jong and Wempe 2009
(Behavior Research Methods 41(2)): peaks of the level above a threshold, with a dip on both
sides, in voiced sound. No sound, no nucleus.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["find_nuclei"]

Column = NDArray[np.float32]

DIP_DB = 2.0  # a peak must stand this far above the dips beside it
BELOW_PEAK_DB = 25.0  # quieter than the loud parts by more than this is no nucleus
SMOOTH_FRAMES = 5


def find_nuclei(level_db: Column, voiced: NDArray[np.bool_]) -> Column:
    """Mark syllable nuclei.

    Parameters
    ----------
    level_db : ndarray of float32, shape (n,)
        Level; NaN in digital silence.
    voiced : ndarray of bool, shape (n,)
        Where there is voice.

    Returns
    -------
    ndarray of float32, shape (n,)
        1 at a nucleus, 0 elsewhere, NaN in digital silence.
    """
    heard = np.isfinite(level_db)
    marks = np.where(heard, np.float32(0), np.float32(np.nan)).astype(np.float32)
    if not heard.any():
        return marks
    floor = float(np.nanmin(level_db))
    contour = _smoothed(np.where(heard, level_db, floor))
    threshold = float(np.quantile(contour[heard], 0.99)) - BELOW_PEAK_DB
    for peak in _peaks(contour):
        if contour[peak] > threshold and voiced[peak] and heard[peak]:
            marks[peak] = 1.0
    return marks


def _smoothed(level: Column) -> NDArray[np.float64]:
    from scipy.ndimage import convolve1d

    kernel = np.hanning(SMOOTH_FRAMES + 2)[1:-1]
    return np.asarray(convolve1d(level.astype(np.float64), kernel / kernel.sum(), mode="nearest"))


def _peaks(contour: NDArray[np.float64]) -> NDArray[np.intp]:
    """Local maxima that stand `DIP_DB` above the dips on both sides."""
    from scipy.signal import find_peaks

    return np.asarray(find_peaks(contour, prominence=DIP_DB)[0])
