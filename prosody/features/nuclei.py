"""Where syllables are: peaks of a vowel's power, with voice, between dips.

Conventions
-----------
Columns run in frames of 10 ms; a nucleus is one frame. The rules follow de Jong and Wempe 2009
(Behavior Research Methods 41(2): peaks not far below the loud ones, dips on both sides, voice)
with two changes found better on aligned speech (docs/benchmarks/frames.md): power is taken
between 300 and 3000 Hz, where vowels differ from the consonants around them, and "loud" means
nearby, so that a quiet person is not measured against a loud one.
"""

import numpy as np
from numpy.typing import NDArray

from prosody.features.blocks import with_surroundings

__all__ = ["find_nuclei"]

Column = NDArray[np.float32]

DIP_DB = 1.5  # a peak stands this far above the dips beside it
BELOW_LOUDEST_DB = 30.0  # a peak lies no further below the loudest voiced frame nearby
NEARBY_FRAMES = 200
SMOOTH_FRAMES = 1.5  # standard deviation of the smoothing
NOTHING_DB = -200.0
_ROWS = 1 << 15
_AROUND = NEARBY_FRAMES + 10  # and what the smoothing reaches


def find_nuclei(vowel_db: Column, voiced: NDArray[np.bool_]) -> Column:
    """Mark syllable nuclei.

    Parameters
    ----------
    vowel_db : ndarray of float32, shape (n,)
        Power between 300 and 3000 Hz, dB; NaN in digital silence.
    voiced : ndarray of bool, shape (n,)
        Where there is voice.

    Returns
    -------
    ndarray of float32, shape (n,)
        1 at a nucleus, 0 elsewhere, NaN in digital silence.
    """
    heard = np.isfinite(vowel_db)
    marks = np.where(heard, np.float32(0), np.float32(np.nan)).astype(np.float32)
    for seen, own, place in with_surroundings(len(marks), _ROWS, _AROUND):
        found = _peaks(vowel_db[seen], heard[seen], voiced[seen])
        marks[place][found[own]] = 1.0
    return marks


def _peaks(
    vowel_db: Column, heard: NDArray[np.bool_], voiced: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    from scipy.ndimage import gaussian_filter1d, maximum_filter1d

    from prosody.features import kernels

    power = np.where(heard, 10.0 ** (np.nan_to_num(vowel_db).astype(np.float64) / 10), 0.0)
    smooth = gaussian_filter1d(power, SMOOTH_FRAMES, mode="constant")
    contour = 10.0 * np.log10(np.maximum(smooth, 10.0 ** (NOTHING_DB / 10)))
    loudest = maximum_filter1d(
        np.where(voiced, contour, NOTHING_DB),
        2 * NEARBY_FRAMES + 1,
        mode="constant",
        cval=NOTHING_DB,
    )
    voice_near = maximum_filter1d(voiced, 3, mode="constant")
    loud = contour > loudest - BELOW_LOUDEST_DB
    clear = kernels.stand_out(contour, DIP_DB, NEARBY_FRAMES)
    return np.asarray(clear & loud & voice_near & heard)
