"""Intervals, robust scales and corrections for many tests.

Conventions
-----------
Arrays are float64. Intervals are 95 %. Everything drawn is drawn with a fixed seed, so the same
input gives the same answer. What is textbook comes from `scipy.stats`, which is imported where
it is used: showing a report needs none of it. Too few values for an answer give None or NaN.
"""

import warnings
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prosody.settings import Resampling

__all__ = [
    "adjusted",
    "bounds",
    "drawn_sums",
    "interval",
    "kaplan_meier",
    "line_removed",
    "median_contrast",
    "median_draws",
    "median_interval",
    "median_rows",
    "middle",
    "percentile",
    "ratio_interval",
    "resamples",
    "robust_z",
    "wilson",
]

Floats = NDArray[np.float64]
Bounds = tuple[float, float] | tuple[None, None]
_IN_CACHE = 20_000  # row numbers; draws are independent, so pieces of them give the same numbers
_ONE_THREAD = 100_000  # products up to which a matrix product stays on one thread
_CONSISTENT = 1.4826  # makes a median absolute deviation the standard deviation of a normal


def interval(
    statistic: Callable[[NDArray[np.int64]], Floats],
    n: int,
    *,
    rules: Resampling = Resampling(),
) -> Bounds:
    """Bootstrap an interval over `n` ordered units in blocks of neighbours.

    Parameters
    ----------
    statistic : callable
        Takes an array of row numbers, shape (draws, n), gives one value per draw, shape (draws,).
    n : int
        Number of units; fewer than 3 have no interval.
    rules : Resampling
        How often, and how many neighbours together; fewer for few units so that draws differ.

    Returns
    -------
    tuple of float or tuple of None
        The 2.5th and 97.5th percentile; None where half of the draws have no value.
    """
    if n < 3:
        return None, None
    rows = resamples(n, rules=rules)
    step = max(1, _IN_CACHE // n)  # pieces that stay in the processor's own memory
    pieces = (rows[first : first + step] for first in range(0, len(rows), step))
    return bounds(np.concatenate([statistic(piece) for piece in pieces]))


def median_interval(
    values: Floats, *, rules: Resampling = Resampling()
) -> tuple[float, float | None, float | None]:
    """Give the median of ordered values, shape (n,), n at least 1, no NaN, and its interval."""
    drawn = median_draws(values, rules=rules) if values.size >= 3 else np.empty(0)
    return middle(np.sort(values)), *bounds(drawn)


def ratio_interval(parts: Floats, wholes: Floats, *, rules: Resampling = Resampling()) -> Bounds:
    """Bootstrap an interval of ``sum(parts) / sum(wholes)`` over ordered units, shape (n,) each.

    Draws whose whole is not above 0 have no value.
    """
    if parts.size < 3:
        return None, None
    part, whole = drawn_sums(np.stack([parts, wholes]), rules=rules)
    return bounds(np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0))


def drawn_sums(values: Floats, *, rules: Resampling = Resampling()) -> Floats:
    """Sums of block resamples of ordered values, shape (..., n) to (..., draws)."""
    n = values.shape[-1]
    counts, rows = _drawn(n, rules), values.reshape(-1, n)
    out = np.empty((len(rows), counts.shape[1]))
    # In pieces too small for a second thread: waking it costs more than it saves.
    step = max(1, _ONE_THREAD // max(rows.size, 1))
    for start in range(0, counts.shape[1], step):
        piece = slice(start, start + step)
        np.matmul(rows, counts[:, piece].astype(np.float64), out=out[:, piece])
    return out.reshape(*values.shape[:-1], -1)


def bounds(drawn: Floats) -> Bounds:
    """Give the 2.5th and 97.5th percentile of draws; None where half of them have no value."""
    if not drawn.size:
        return None, None
    known = np.sort(drawn[np.isfinite(drawn)])
    if known.size < drawn.size / 2 or not known.size:
        return None, None
    return percentile(known, 0.025), percentile(known, 0.975)


def percentile(ordered: NDArray[Any], share: float) -> float:
    """Give the value below which a share of sorted values lies, between neighbours if need be.

    The same numbers as `numpy.percentile`, without its overhead, which is most of its time where
    the values are few. Shape (n,), n at least 1, no NaN.
    """
    place = share * (ordered.size - 1)
    below = int(place)
    low, high = ordered[below], ordered[min(below + 1, ordered.size - 1)]
    step, along = float(high - low), place - below
    return float(high) - step * (1 - along) if along >= 0.5 else float(low) + step * along


def middle(ordered: NDArray[Any]) -> float:
    """Give the median of sorted values, shape (n,), n at least 1, as `numpy.median` does."""
    return float((ordered[(ordered.size - 1) // 2] + ordered[ordered.size // 2]) / 2)


@lru_cache(maxsize=32)  # row numbers, of no session
def resamples(n: int, *, rules: Resampling = Resampling()) -> NDArray[np.int64]:
    """Draw `n` of `n` ordered units in circular blocks; row numbers, shape (draws, n).

    The block is shortened for few units, so that draws differ; the seed is fixed.
    """
    length = min(rules.block_units, max(1, n // 3))
    starts = np.random.default_rng(n).integers(0, n, size=(rules.draws, -(-n // length), 1))
    rows = ((starts + np.arange(length)) % n).reshape(rules.draws, -1)[:, :n]
    rows.flags.writeable = False
    return np.asarray(rows)


@lru_cache(maxsize=64)
def _drawn(n: int, rules: Resampling) -> NDArray[np.uint16]:
    """How often each unit is in each draw of `resamples`, shape (n, draws)."""
    rows = resamples(n, rules=rules)
    flat = rows + n * np.arange(rows.shape[0])[:, None]
    counts = np.bincount(flat.ravel(), minlength=rows.size).reshape(rows.shape)
    return np.ascontiguousarray(counts.T.astype(np.uint16))


def median_contrast(
    values: Floats, here: NDArray[np.bool_], *, rules: Resampling = Resampling()
) -> tuple[float, float | None, float | None]:
    """Give the median where `here` less that elsewhere, shapes (n,), and its interval.

    Draws in which one side is empty have no value.
    """
    sides = np.where(here, values, np.nan), np.where(here, np.nan, values)
    first, second = (middle(np.sort(side[np.isfinite(side)])) for side in sides)
    first_drawn, second_drawn = (median_draws(side, rules=rules) for side in sides)
    return first - second, *bounds(first_drawn - second_drawn)


def median_draws(values: Floats, *, rules: Resampling = Resampling()) -> Floats:
    """Medians of block resamples of ordered values, shape (n,) to (draws,).

    The same numbers as ``median_rows(values[resamples(n)])``, by counting how often each value is
    drawn instead of sorting every draw. A draw without a finite value is NaN.
    """
    known = np.flatnonzero(np.isfinite(values))
    counts = _drawn(values.size, rules)
    if not known.size:
        return np.full(counts.shape[1], np.nan)
    order = known[np.argsort(values[known], kind="stable")]
    upto = counts[order]
    for row in range(1, len(upto)):  # numpy's cumsum along this axis takes twice as long
        np.add(upto[row], upto[row - 1], out=upto[row])
    drawn = upto[-1]
    ordered = np.append(values[order], np.nan)  # a draw without a finite value ends there
    low = _true(upto <= (np.maximum(drawn, 1) - 1) >> 1)
    high = low if (drawn & 1).all() else _true(upto <= drawn >> 1)
    return np.asarray((ordered[low] + ordered[high]) / 2)


def _true(table: NDArray[np.bool_]) -> NDArray[np.uint16]:
    """Count what is true in every column; five times as fast as `numpy.count_nonzero`."""
    return np.asarray(np.add.reduce(table.view(np.uint8), axis=0, dtype=np.uint16))


def median_rows(values: Floats) -> Floats:
    """Median of every row of a (draws, n) array over its finite values; NaN where there is none."""
    ordered = np.sort(values, axis=1)  # NaN sorts last
    known = np.isfinite(values).sum(axis=1)
    row = np.arange(values.shape[0])
    low = ordered[row, np.maximum(known - 1, 0) // 2]
    high = ordered[row, np.minimum(known // 2, values.shape[1] - 1)]
    return np.where(known > 0, (low + high) / 2, np.nan)


def robust_z(values: Floats, floor: float, ceiling: float | None = None) -> Floats:
    """Distance from the median in robust standard deviations, shape (n,).

    Parameters
    ----------
    values : ndarray
        NaN stay NaN; fewer than 3 finite ones have no scale and give NaN.
    floor, ceiling : float
        Least and largest scale, in the unit of `values`.
    """
    from scipy.stats import median_abs_deviation

    finite = values[np.isfinite(values)]
    if finite.size < 3:
        return np.full(values.shape, np.nan)
    scale = max(floor, _CONSISTENT * float(median_abs_deviation(finite)))
    scale = scale if ceiling is None else min(ceiling, scale)
    return np.asarray((values - np.median(finite)) / scale)


def line_removed(values: Floats, along: Floats, *, least: int) -> Floats:
    """Take from values what a straight line in `along` predicts (Theil-Sen), shapes (n,).

    The middle of `along` keeps its value; where `along` is not known nothing is taken. Fewer
    than `least` pairs are left as they are.
    """
    from scipy.stats import theilslopes

    known = np.isfinite(values) & np.isfinite(along)
    if known.sum() < least or not np.ptp(along[known]):
        return values
    slope = float(theilslopes(values[known], along[known]).slope)
    return np.asarray(values - slope * np.nan_to_num(along - np.median(along[known])))


@lru_cache(maxsize=4096)  # of two counts, as they come again in window after window
def wilson(part: int, whole: int) -> tuple[float, float]:
    """Wilson's interval of a share of events taken as independent."""
    from scipy.stats import binomtest

    found = binomtest(part, whole).proportion_ci(method="wilson")
    return float(found.low), float(found.high)


def adjusted(p_values: Floats) -> Floats:
    """Adjust p-values for their number after Benjamini & Hochberg 1995, shape (n,)."""
    from scipy.stats import false_discovery_control

    p = np.asarray(p_values, dtype=np.float64)
    return np.asarray(false_discovery_control(p)) if p.size else p


def kaplan_meier(
    seconds: Sequence[float], taken: Sequence[bool]
) -> tuple[Floats, Floats, Floats, Floats]:
    """Estimate the chance of still waiting, waits cut short counted as far as they went.

    Parameters
    ----------
    seconds : sequence of float, length n
        Waiting times.
    taken : sequence of bool, length n
        Whether the wait ended as asked (an event) or was cut short (censored). At equal times
        events come before censoring.

    Returns
    -------
    times, survival, low, high : ndarray of float64, shape (k,)
        At each distinct event time, in order; the bounds use Greenwood's variance on the
        log(-log) scale, and are NaN where survival has reached 0.
    """
    from scipy.stats import CensoredData, ecdf

    waited, event = np.asarray(seconds, dtype=np.float64), np.asarray(taken, dtype=bool)
    if not event.any():
        return (np.empty(0),) * 4
    curve = ecdf(CensoredData.right_censored(waited, ~event)).sf
    at = np.isin(curve.quantiles, waited[event])
    with warnings.catch_warnings():  # undefined where nobody waits any more: NaN, as promised
        warnings.simplefilter("ignore", RuntimeWarning)
        around = curve.confidence_interval(method="log-log")
    columns = (curve.quantiles, curve.probabilities, around.low.probabilities)
    times, survival, low = (np.asarray(column[at], dtype=np.float64) for column in columns)
    return times, survival, low, np.asarray(around.high.probabilities[at], dtype=np.float64)
