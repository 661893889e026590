"""Percentiles, robust scales, waits cut short and corrections for many tests.

Conventions
-----------
Arrays are float64. What is textbook comes from `scipy.stats`, which is imported where it is used:
showing a report needs none of it. Too few values for an answer give NaN. Intervals around figures
are `prosody.intervals`.
"""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "adjusted",
    "adjusted_for_any",
    "kaplan_meier",
    "line_removed",
    "middle",
    "percentile",
    "robust_z",
]

Floats = NDArray[np.float64]
_CONSISTENT = 1.4826  # makes a median absolute deviation the standard deviation of a normal


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


def adjusted(p_values: Floats) -> Floats:
    """Adjust p-values for their number after Benjamini & Hochberg 1995, shape (n,)."""
    from scipy.stats import false_discovery_control

    p = np.asarray(p_values, dtype=np.float64)
    return np.asarray(false_discovery_control(p)) if p.size else p


def adjusted_for_any(p_values: Floats) -> Floats:
    """Adjust p-values so that any false one among them is as rare as each says (Holm 1979)."""
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))
    out = np.empty_like(p)
    out[order] = np.minimum(stepped, 1.0)
    return out


def kaplan_meier(
    seconds: Sequence[float], taken: Sequence[bool], *, confidence: float = 0.95
) -> tuple[Floats, Floats, Floats, Floats]:
    """Estimate the chance of still waiting, waits cut short counted as far as they went.

    Parameters
    ----------
    seconds : sequence of float, length n
        Waiting times.
    taken : sequence of bool, length n
        Whether the wait ended as asked (an event) or was cut short (censored). At equal times
        events come before censoring.
    confidence : float
        Of the bounds, 0 to 1, for waits that have nothing to do with each other.

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
        around = curve.confidence_interval(confidence, method="log-log")
    columns = (curve.quantiles, curve.probabilities, around.low.probabilities)
    times, survival, low = (np.asarray(column[at], dtype=np.float64) for column in columns)
    return times, survival, low, np.asarray(around.high.probabilities[at], dtype=np.float64)
