"""Where syllables are: peaks of what the bands of a vowel share, with voice, between dips.

Conventions
-----------
Columns run in frames of 10 ms; a nucleus is one frame. The rules follow de Jong and Wempe 2009
(Behavior Research Methods 41(2): peaks not far below the loud ones, dips on both sides, voice)
with three changes found better on aligned speech (docs/benchmarks/syllables.md). Power counts as
far as bands between 240 and 3600 Hz have it at once, as in vowels, and not in the nasals and
voiced consonants between them, where one band alone is loud (the correlation of sub-bands of
Morgan and Fosler-Lussier 1998 and Wang and Narayanan 2007). Voice need only be likely: a vowel too
short or creaky for a pitch is a syllable. And "loud" means nearby, so that a quiet person is not
measured against a loud one.
"""

import numpy as np
from numpy.typing import NDArray

from prosody.features.blocks import with_surroundings
from prosody.settings import Nuclei

__all__ = ["find_nuclei"]

Column = NDArray[np.float32]

NOTHING_DB = -200.0  # stands for no power at all
_ROWS = 1 << 15


def find_nuclei(shared_db: Column, voicing: Column, *, rules: Nuclei = Nuclei()) -> Column:
    """Mark syllable nuclei.

    Parameters
    ----------
    shared_db : ndarray of float32, shape (n,)
        Power that pairs of bands share, dB; NaN in digital silence.
    voicing : ndarray of float32, shape (n,)
        Probability of voice; NaN in digital silence.
    rules : Nuclei
        Which peaks count.

    Returns
    -------
    ndarray of float32, shape (n,)
        1 at a nucleus, 0 elsewhere, NaN in digital silence.
    """
    heard = np.isfinite(shared_db)
    voiced = voicing >= rules.least_voicing
    marks = np.where(heard, np.float32(0), np.float32(np.nan)).astype(np.float32)
    # what the smoothing reaches comes on top of what is nearby: 4 standard deviations, rounded up
    around = rules.nearby_frames + int(4 * rules.smooth_frames) + 4
    for seen, own, place in with_surroundings(len(marks), _ROWS, around):
        found = _peaks(shared_db[seen], heard[seen], voiced[seen], rules)
        marks[place][found[own]] = 1.0
    return marks


def _peaks(
    shared_db: Column, heard: NDArray[np.bool_], voiced: NDArray[np.bool_], rules: Nuclei
) -> NDArray[np.bool_]:
    from scipy.ndimage import gaussian_filter1d, maximum_filter1d
    from scipy.signal import find_peaks

    power = np.where(heard, 10.0 ** (np.nan_to_num(shared_db).astype(np.float64) / 10), 0.0)
    smooth = gaussian_filter1d(power, rules.smooth_frames, mode="constant")
    contour = 10.0 * np.log10(np.maximum(smooth, 10.0 ** (NOTHING_DB / 10)))
    loudest = maximum_filter1d(
        np.where(voiced, contour, NOTHING_DB),
        2 * rules.nearby_frames + 1,
        mode="constant",
        cval=NOTHING_DB,
    )
    voice_near = maximum_filter1d(voiced, 3, mode="constant")
    loud = contour > loudest - rules.below_loudest_db
    clear, _ = find_peaks(contour, prominence=rules.dip_db, wlen=2 * rules.nearby_frames + 1)
    found = np.zeros(len(contour), dtype=np.bool_)
    found[clear] = (loud & voice_near & heard)[clear]
    return found
