"""Where gross errors of pitch on laryngograph speech lie: in time, and by how much.

Conventions
-----------
A frame of the reference lies at an edge where voice begins or ends within `EDGE` frames of it, and
is irregular where the reference itself is `APART` or more from the median of its stretch of voice
(creak, or a larynx that starts or stops swinging). F0 in Hz, 0 where unvoiced, shape (n,).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label, median, minimum_filter1d

__all__ = ["HEAD", "gross_errors", "row"]

Floats = NDArray[np.floating[Any]]

EDGE = 2  # frames of the reference, 15 ms each
APART_OCTAVES = 1 / 3
GROSS = 0.2
HEAD = (
    *("tracker", "frames both call voiced", "gross errors", "at edges", "irregular reference"),
    *("an octave up", "an octave down", "neither edge nor irregular", "gross, % but for edges"),
)


def gross_errors(truth: Floats, found: Floats) -> NDArray[np.int64]:
    """Count frames that both call voiced, those with a gross error, and those by kind.

    Returns
    -------
    ndarray of int, shape (8,)
        Both voiced; of these gross, gross at edges, gross where the reference is irregular, an
        octave too high, an octave too low, gross at no edge and not irregular; and both voiced at
        no edge.
    """
    voiced = truth > 0
    both = voiced & (found > 0)
    ratio = np.log2(np.where(both, found, 1) / np.where(both, truth, 1))
    gross = both & (np.abs(2**ratio - 1) > GROSS)
    edge = minimum_filter1d(voiced, 2 * EDGE + 1, mode="constant", cval=0) == 0
    runs, count = label(voiced)
    usual = np.ones(len(truth))
    if count:
        middles = np.concatenate([[1.0], median(truth, runs, np.arange(1, count + 1))])
        usual = middles[runs]
    irregular = np.abs(np.log2(np.where(voiced, truth, usual) / usual)) >= APART_OCTAVES
    up, down = (gross & (np.abs(ratio - way) < 0.25) for way in (1, -1))
    kinds = (both, gross, gross & edge, gross & irregular, up, down, gross & ~edge & ~irregular)
    return np.array([one.sum() for one in (*kinds, both & ~edge)])


def row(name: str, counts: NDArray[np.int64]) -> list[str]:
    """Give the cells of a tracker from counts summed over recordings."""
    both, gross, edge, *others, inside = counts.tolist()
    cells = [f"{gross} ({100 * gross / both:.2f} %)", str(edge), *map(str, others)]
    return [name, str(both), *cells, f"{100 * (gross - edge) / inside:.2f}"]
