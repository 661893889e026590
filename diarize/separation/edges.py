"""Where speech ends, and which pauses are long enough to divide it, heard a second time.

Conventions
-----------
The detector of speech hears ends late, by different amounts; one constant puts them right on the
median. The second pass (`diarize.separation.overlap`) says of every 20 ms how likely nobody speaks,
from the spectrum around it: where it falls silent near the detector's end is the end, and a pause
that the detector filled because it heard it too short is a pause after all. Beginnings stay: the
detector hears them within 10 ms.
"""

import numpy as np
from numpy.typing import NDArray

from diarize.recording.rows import runs
from diarize.separation.overlap import HOP_S
from diarize.settings import Activity, Overlap
from diarize.timeline import Span, subtract, union

__all__ = ["heard_again"]

_FINE_S = 0.005  # of the line between the middles of frames


def heard_again(
    speech: tuple[Span, ...], nobody: NDArray[np.float32], rule: Overlap, detector: Activity
) -> tuple[Span, ...]:
    """Give speech with its ends moved, and without pauses that were filled.

    Parameters
    ----------
    speech : tuple of Span
        Where anybody speaks.
    nobody : ndarray of float32, shape (n,)
        Chance that nobody speaks, every 20 ms.
    rule : Overlap
        How far an end may move, and how long a pause that was filled may be.
    detector : Activity
        The shortest pause, and the shortest speech.
    """
    silences = _silences(nobody, rule.silent_probability)
    begins = np.array([silence.start for silence in silences])
    ended = union(Span(span.start, _end(span, begins, rule.end_reach_s)) for span in speech)
    least_s = detector.bridge_s + _FINE_S / 2  # not one that only rounds to it
    filled = [s for s in silences if least_s < s.duration <= rule.filled_most_s]
    parts = subtract(ended, filled)
    long = (part for part in parts if part.duration >= detector.shortest_s)
    return union(long, join_s=detector.bridge_s)


def _silences(nobody: NDArray[np.float32], least: float) -> list[Span]:
    """Where nobody speaks, finer than a frame."""
    middles = HOP_S / 2 + HOP_S * np.arange(len(nobody))
    finer = np.arange(_FINE_S / 2, len(nobody) * HOP_S, _FINE_S)
    fine = np.interp(finer, middles, nobody)
    return [Span(a * _FINE_S, b * _FINE_S) for a, b in runs(fine >= least)]


def _end(span: Span, begins: NDArray[np.float64], reach_s: float) -> float:
    """Give the beginning of a silence that is nearest to an end, if one is near."""
    low, high = np.searchsorted(begins, (span.end - reach_s, span.end + reach_s))
    near = [float(at) for at in begins[low:high] if at > span.start]
    return min(near, key=lambda at: abs(at - span.end), default=span.end)
