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
(Ahmed, Natarajan & Rao 1974), which makes the fit a weighted one over frequencies. The slowest
hold the drift of the session too: how much of it there is is as unknown as the correlation, so a
session that shows none loses little of what they say. Outlying values are held at Tukey's fences.
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
        Finite; n at least 4.
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
    waves = dct(inside, norm="ortho", axis=0)[1:]
    label = dct(carries.astype(np.float64), norm="ortho")[1:]
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
    """Weight, difference and error under every correlation and drift held possible, (k, g)."""
    inverse, prior = _spectra(len(label) + 1, rules)
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
    """Inverse spectrum under every correlation with every drift, (n - 1, g), and plausibility."""
    inverse, prior = spectra(n, rules)
    times = np.asarray(rules.drift_times)
    drift = np.ones((n - 1, times.size))
    drift[: rules.drifts] = 1 / times
    both = inverse[:, :, None] * drift[:, None, :]
    return both.reshape(n - 1, -1), np.add.outer(prior, np.log(drift).sum(axis=0) / 2).ravel()


def _summed(weight: Floats, at: Floats, spread: Floats, freedom: int) -> tuple[Floats, ...]:
    """Middle, ends, error and chance of a mixture of Student's distributions, (k,) each."""
    from scipy.special import gammaln, stdtr

    top = np.exp(gammaln((freedom + 1) / 2) - gammaln(freedom / 2)) / (freedom * np.pi) ** 0.5

    def below(value: Floats) -> tuple[Floats, Floats]:
        apart = (value[:, None] - at) / spread
        dense = top * (1 + apart**2 / freedom) ** (-(freedom + 1) / 2) / spread
        return (weight * stdtr(freedom, apart)).sum(axis=1), (weight * dense).sum(axis=1)

    middle = (weight * at).sum(axis=1)
    error = np.sqrt((weight * (spread**2 + (at - middle[:, None]) ** 2)).sum(axis=1))
    tails = [(weight * stdtr(freedom, side * at / spread)).sum(axis=1) for side in (-1, 1)]
    chance = np.minimum(2 * np.minimum(*tails), 1.0)  # of 1 less a tail rounding leaves nothing
    low, high = (_solved(below, share, middle, error) for share in (0.025, 0.975))
    return middle, low, high, error, chance


def _solved(
    below: Callable[[Floats], tuple[Floats, Floats]], share: float, middle: Floats, error: Floats
) -> Floats:
    """Give the values below which a share of each distribution lies: Newton, else by halving."""
    low, high = middle - 12 * error, middle + 12 * error
    at = middle + (4 * share - 2) * error
    for _ in range(12):
        under, dense = below(at)
        low, high = np.where(under < share, at, low), np.where(under < share, high, at)
        step = at - (under - share) / dense
        if np.all(np.abs(step - at) <= 1e-9 * error):
            break
        at = np.where((step > low) & (step < high), step, (low + high) / 2)
    return at
