"""Statistics of two series of turns against the same series shifted in a circle.

Conventions
-----------
`a` and `b` are z of two people at the same n changes of turn, `at` their times in seconds. A
curve holds a statistic at every circular shift, shape (k, n); the shift of 0 is the one observed.
Shifts near 0 are no surrogates.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prosody.intervals import Bounds, correlation_interval, mean_interval
from prosody.settings import Intervals, Matching

__all__ = ["STATISTICS", "Against", "against_shifts", "correlation"]

Floats = NDArray[np.float64]
STATISTICS = ("proximity", "convergence", "synchrony")


@dataclass(frozen=True, slots=True)
class Against:
    """One statistic against its surrogates.

    `value` is in z for proximity and a correlation otherwise; `low` and `high` are its 95 %
    interval; `effect` is the distance from the surrogates' mean in their
    standard deviations; `p` is two-sided; `surrogates` counts them.
    """

    value: float
    low: float | None
    high: float | None
    effect: float
    p: float
    surrogates: int


def against_shifts(
    at: Floats, a: Floats, b: Floats, limits: Matching, *, rules: Intervals = Intervals()
) -> dict[str, Against]:
    """Give the three statistics, each against its surrogates."""
    flat_a, flat_b = _detrended(a, at), _detrended(b, at)
    shifts = _shifts(at.size, limits)
    curves = {
        "proximity": _proximity(flat_a, flat_b),
        "convergence": _convergence(a, b, at),
        "synchrony": _synchrony(flat_a, flat_b),
    }
    around = _bounds(at, a, b, rules)
    return {name: _against(curves[name], shifts, *around[name]) for name in STATISTICS}


def _detrended(values: Floats, at: Floats) -> Floats:
    centred = at - at.mean()
    slope = (centred @ values) / max(float(centred @ centred), 1e-12)
    return np.asarray(values - values.mean() - slope * centred)


def _shifts(n: int, limits: Matching) -> NDArray[np.int64]:
    """All circular shifts far enough from 0, or a seeded draw where there are very many."""
    every = np.arange(limits.least_shift, n - limits.least_shift + 1)
    if every.size <= limits.surrogates:
        return every
    return np.random.default_rng(n).choice(every, size=limits.surrogates, replace=False)


def _against(
    curves: Floats, shifts: NDArray[np.int64], low: float | None, high: float | None
) -> Against:
    """Place the observed value, ``curves[:, 0]``, among those at the shifts; curves (k, n)."""
    observed, surrogate = float(curves[0, 0]), curves[:, shifts].ravel()
    mean, sd = float(surrogate.mean()), float(surrogate.std())
    beyond = np.sum(np.abs(surrogate - mean) >= abs(observed - mean) - 1e-12)
    p = (1 + int(beyond)) / (1 + surrogate.size)
    effect = (observed - mean) / sd if sd > 0 else 0.0
    return Against(observed, low, high, effect, p, surrogate.size)


def _distances(a: Floats, b: Floats) -> Floats:
    """``-|a_i - b_(i+k)|`` for every i (rows) and circular shift k (columns)."""
    shifted = np.lib.stride_tricks.sliding_window_view(np.concatenate([b, b[:-1]]), b.size)
    apart = a[:, None] - shifted
    return np.asarray(np.negative(np.abs(apart, out=apart), out=apart))


def _proximity(a: Floats, b: Floats) -> Floats:
    """Mean nearness at every shift less that at all shifts but it and its neighbours."""
    near = _distances(a, b).mean(axis=0)
    around = near + np.roll(near, 1) + np.roll(near, -1)
    return np.asarray(near - (near.sum() - around) / (near.size - 3))[None, :]


def _synchrony(a: Floats, b: Floats) -> Floats:
    """Pearson correlation at every shift."""
    spectrum = np.conj(np.fft.rfft(a - a.mean())) * np.fft.rfft(b - b.mean())
    scale = a.size * a.std() * b.std()
    return np.asarray(np.fft.irfft(spectrum, a.size) / max(float(scale), 1e-12))[None, :]


def _convergence(a: Floats, b: Floats, at: Floats) -> Floats:
    """Correlation of nearness with time at every shift, either series taken as the one kept."""
    return np.stack([_trend(_distances(x, y), at) for x, y in ((a, b), (b, a))])


def _trend(columns: Floats, at: Floats) -> Floats:
    time = (at - at.mean()) / max(float(at.std()), 1e-12)
    centred = columns - columns.mean(axis=0)
    spread = np.sqrt(np.einsum("ij,ij->j", centred, centred) / at.size)
    # einsum, not @: a product wakes a second set of threads, which costs more than it saves
    return np.asarray(np.einsum("i,ij->j", time, centred) / at.size / np.maximum(spread, 1e-12))


def _bounds(at: Floats, a: Floats, b: Floats, rules: Intervals) -> dict[str, Bounds]:
    """Intervals over pairs."""
    x, y, nearness = _detrended(a, at), _detrended(b, at), -np.abs(a - b)
    apart = -np.abs(x[:, None] - y[None, :])
    gain = -np.abs(x - y) - (apart.mean(axis=1) + apart.mean(axis=0)) / 2
    return {
        "proximity": mean_interval(gain, rules=rules),
        "convergence": correlation_interval(nearness, at, rules=rules),
        "synchrony": correlation_interval(x, y, rules=rules),
    }


def _correlations(x: Floats, y: Floats) -> Floats:
    x = x - x.mean(axis=1, keepdims=True)
    y = y - y.mean(axis=1, keepdims=True)
    scale = np.sqrt((x * x).sum(axis=1) * (y * y).sum(axis=1))
    return np.asarray((x * y).sum(axis=1) / np.where(scale > 0, scale, np.nan))


def correlation(x: Floats, y: Floats) -> float:
    """Pearson's r of two series, 0 where one never varies."""
    return float(np.nan_to_num(_correlations(x[None, :], y[None, :])[0]))
