"""How turns that carry something differ from the other turns around them, and how surely.

Conventions
-----------
Values are (n, k): k cues over the same n turns, in order. A difference is what a turn that carries
the behaviour lies above what its neighbours and the course of the session lead one to expect: a
regression on the label whose errors follow an autoregression of order 1 and noise. What the
correlation is, is not known; every one held possible counts by how well it explains the values
(Box & Tiao 1973, chapter 8). Interval and chance come from one and the same distribution: 95 % lie
inside the interval, and `chance` is twice what lies on the other side of 0. So the interval leaves
0 out exactly where chance is below .05. Cosines all but remove the correlation of such a series
(Ahmed, Natarajan & Rao 1974), which makes the fit a weighted one over frequencies; the slowest,
which are the drift of the session, are left out. Outlying values are held at Tukey's fences.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from prosody.intervals import spectra
from prosody.settings import Contrasts

__all__ = ["Contrast", "contrasts"]

Floats = NDArray[np.float64]


class Contrast(NamedTuple):
    """For each of k cues, shapes (k,): the difference, its interval and error, and chance."""

    difference: Floats
    low: Floats
    high: Floats
    error: Floats
    chance: Floats


def contrasts(values: Floats, carries: NDArray[np.bool_], rules: Contrasts) -> Contrast:
    """Compare the turns that carry a behaviour with the others.

    Parameters
    ----------
    values : ndarray, shape (n, k)
        Finite; n at least ``rules.drifts + 4``.
    carries : ndarray of bool, shape (n,)
        Some True, some False.
    rules : Contrasts
        Correlations held possible, drift, fences.

    Returns
    -------
    Contrast
        A cue that never varies differs by 0, by chance alone.
    """
    from scipy.fft import dct

    inside = fenced(values, rules.fence_iqr)
    flat = np.ptp(inside, axis=0) == 0
    inside = np.where(flat, np.arange(len(inside))[:, None] % 2, inside)
    first = rules.drifts + 1
    waves = dct(inside, norm="ortho", axis=0)[first:]
    label = dct(carries.astype(np.float64), norm="ortho")[first:]
    weight, at, spread = _fitted(waves, label, rules)
    found = _summed(weight, at, spread, len(label) - 1)
    nothing = np.array([0.0, 0.0, 0.0, 0.0, 1.0])
    return Contrast(*(np.where(flat, no, x) for no, x in zip(nothing, found, strict=True)))


def fenced(values: Floats, reach: float) -> Floats:
    """Hold outlying values, shape (n, k), at Tukey's fences; a cue mostly the same stays."""
    low, high = np.quantile(values, (0.25, 0.75), axis=0)
    out = np.where(high > low, reach * (high - low), np.inf)
    return np.clip(values, low - out, high + out)


def _fitted(waves: Floats, label: Floats, rules: Contrasts) -> tuple[Floats, Floats, Floats]:
    """Weight, difference and error under every correlation held possible, (k, g) each."""
    inverse, prior = _spectra(len(label) + rules.drifts + 1, rules)
    informed = np.square(label) @ inverse
    at = (waves * label[:, None]).T @ inverse / informed
    left = np.square(waves).T @ inverse - np.square(at) * informed
    freedom = len(label) - 1
    left = np.maximum(left, 1e-12 * np.square(waves).sum(axis=0)[:, None])
    chance = prior - np.log(informed) / 2 - freedom / 2 * np.log(left)
    weight = np.exp(chance - chance.max(axis=1, keepdims=True))
    return weight / weight.sum(axis=1, keepdims=True), at, np.sqrt(left / freedom / informed)


@lru_cache(maxsize=256)  # of numbers of turns, of no session
def _spectra(n: int, rules: Contrasts) -> tuple[Floats, Floats]:
    """Inverse spectrum at each frequency left in, (n - drifts - 1, g), and log plausibility."""
    return spectra(n, rules, first=rules.drifts + 1)


def _summed(weight: Floats, at: Floats, spread: Floats, freedom: int) -> tuple[Floats, ...]:
    """Middle, ends, error and chance of a mixture of Student's distributions, (k,) each."""
    from scipy.special import stdtr

    def below(value: Floats) -> Floats:
        return np.asarray((weight * stdtr(freedom, (value[:, None] - at) / spread)).sum(axis=1))

    middle = (weight * at).sum(axis=1)
    error = np.sqrt((weight * (spread**2 + (at - middle[:, None]) ** 2)).sum(axis=1))
    under = below(np.zeros(len(middle)))
    chance = 2 * np.minimum(under, 1 - under)
    low, high = (_solved(below, share, middle, error) for share in (0.025, 0.975))
    return middle, low, high, error, chance


def _solved(
    below: Callable[[Floats], Floats], share: float, middle: Floats, error: Floats
) -> Floats:
    """Give the values below which a share of each distribution lies, by halving."""
    low, high = middle - 12 * error, middle + 12 * error
    for _ in range(24):
        half = (low + high) / 2
        under = below(half) < share
        low, high = np.where(under, half, low), np.where(under, high, half)
    return np.asarray((low + high) / 2)
