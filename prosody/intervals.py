"""Intervals around the figures of one recording, one function for each kind of figure.

Conventions
-----------
Intervals are 95 %. They ask what the same talk would have given had its turns fallen otherwise:
they speak of this recording, not of the person, and hold no error of what heard or read it.
Arrays are float64, one row per turn or event, in order of time. Neighbours may be alike, so each
interval is widened by a `design_effect` that the series itself gives. Nothing is drawn: the same
input gives the same answer. Where a series is too short for an interval that holds what it says
(`benchmarks/coverage.py`), both ends are None.

Sources
-------
Wilson 1927 (share); Kish 1965 (design effect, and the n of units of unequal size); Conover 1999,
sections 3.2 and 4.3 (quantiles by ranks, the median test); Garwood 1936 and Brown, Cai & DasGupta
2003 (rates of events); Zou & Donner 2008 (differences and sums of estimates by their intervals,
MOVER); Fisher 1921 and MacKinnon & White 1985 (correlation); Whittle 1953 (likelihood of a
correlation from a spectrum).
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from prosody.settings import Contrasts, Intervals

__all__ = [
    "Bounds",
    "combined_medians",
    "correlation_interval",
    "delta_interval",
    "design_effect",
    "iqr_interval",
    "mean_interval",
    "median_contrast",
    "median_interval",
    "odds_interval",
    "quantile_interval",
    "rate_interval",
    "ratio_interval",
    "share_interval",
    "spectra",
    "widened",
    "wilson",
]

Floats = NDArray[np.float64]
Bounds = tuple[float, float] | tuple[None, None]
_NONE: tuple[None, None] = (None, None)
_Z = 1.959963984540054  # standard normal's 97.5th percentile


class _Spectra(NamedTuple):
    """What each correlation on the grid says of n units: shapes (n - 1, k), (k,) and (k,)."""

    inverse: Floats
    log_prior: Floats
    of_mean: Floats


@lru_cache(maxsize=256)  # of numbers of units, of no session
def _spectra(n: int, rules: Intervals) -> _Spectra:
    """Spectra of autoregressions of order 1 and noise, and what they do to the variance of a mean.

    The discrete cosine transform all but removes the correlation of such a series, so its squared
    coefficients give the likelihood of each correlation (Whittle 1953).
    """
    rho, part = np.asarray(rules.correlations), np.asarray(rules.correlated_share)
    lag = np.arange(1, n)[:, None]
    of_mean = 1 + 2 * part * ((1 - lag / n) * rho**lag).sum(axis=0)
    return _Spectra(*spectra(n, rules), of_mean)


def spectra(n: int, rules: Intervals | Contrasts) -> tuple[Floats, Floats]:
    """Give what each correlation held possible says of the cosines of n units.

    Returns
    -------
    inverse, log_prior : ndarray, shapes (n - 1, k) and (k,)
        Of an autoregression of order 1 and noise: one over its spectrum, and how plausible it is
        with the part of the likelihood that no series changes.
    """
    rho, part = np.asarray(rules.correlations), np.asarray(rules.correlated_share)
    turn = np.cos(np.pi * np.arange(1, n) / n)[:, None]
    spectrum = 1 - part + part * (1 - rho**2) / (1 - 2 * rho * turn + rho**2)
    return 1 / spectrum, np.log(np.asarray(rules.plausibility)) - np.log(spectrum).sum(axis=0) / 2


def design_effect(scores: Floats, *, rules: Intervals = Intervals()) -> float:
    """How many times the variance of a mean is what it would be were neighbours unlike.

    Parameters
    ----------
    scores : ndarray, shape (n,)
        What each unit adds to the estimate's error, in order.
    rules : Intervals
        The correlations between neighbours that are held possible, and how plausible each is
        before anything is seen.

    Returns
    -------
    float
        The square of the mean root (an interval is as wide as the root) over these correlations,
        each weighted by how well it explains the series; of a series that never varies, by its
        plausibility alone.
    """
    from scipy.fft import dct

    n = scores.size
    if n < 3:
        return 1.0
    known = _spectra(n, rules)
    power = np.square(dct(scores, norm="ortho")[1:])
    total = float(power.sum())
    if total <= 1e-12 * n:
        weights = np.asarray(rules.plausibility)
        return float((weights @ np.sqrt(known.of_mean) / weights.sum()) ** 2)
    explained = power @ known.inverse
    chance = known.log_prior - (n - 1) / 2 * np.log(explained)
    weights = np.exp(chance - chance.max())
    roots = np.sqrt(known.of_mean * explained / total)
    return float((weights @ roots / weights.sum()) ** 2)


def _variance_of_sum(scores: Floats, rules: Intervals) -> float:
    """Variance of the sum of scores that add to 0, neighbours alike counted in."""
    n = scores.size
    return float(design_effect(scores, rules=rules) * n / (n - 1) * (scores @ scores))


def widened(effect: float) -> float:
    """Give the confidence that an interval for independent events must have to hold 95 %."""
    from scipy.special import ndtr

    return float(2 * ndtr(_Z * effect**0.5) - 1)


def _reach(sizes: Floats) -> float:
    """Student's 97.5th percentile for units of unequal size: n is (sum)^2 / sum of squares."""
    from scipy.special import stdtrit

    return float(stdtrit(float(sizes.sum() ** 2 / (sizes @ sizes)) - 1, 0.975))


def wilson(share: float, events: float, *, reach: float = _Z) -> tuple[float, float]:
    """Wilson's interval of a share of so many independent events.

    SciPy's takes whole numbers; events that resemble each other count as fewer, in fractions.

    Examples
    --------
    >>> [round(end, 4) for end in wilson(81 / 263, 263)]
    [0.2553, 0.3662]
    """
    extra = reach**2 / events
    middle = share + extra / 2
    half = reach * (share * (1 - share) / events + extra / (4 * events)) ** 0.5
    low, high = (middle - half) / (1 + extra), (middle + half) / (1 + extra)
    return max(0.0, low), min(1.0, high)


def share_interval(parts: Floats, wholes: Floats, *, rules: Intervals = Intervals()) -> Bounds:
    """Interval of ``sum(parts) / sum(wholes)``, a share of events counted unit by unit.

    Parameters
    ----------
    parts, wholes : ndarray, shape (n,)
        Counts; no part is above its whole. Units whose whole is 0 are left out.

    Returns
    -------
    tuple of float or tuple of None
        Wilson's interval for as many independent events as would give the share's variance; None
        with fewer units than ``rules.least_events``, or ``rules.least_choices`` of one event each.
    """
    kept = wholes > 0
    parts, wholes = parts[kept], wholes[kept]
    single = bool(np.all(wholes <= 1))
    if parts.size < (rules.least_choices if single else rules.least_events):
        return _NONE
    total = float(wholes.sum())
    share = float(parts.sum()) / total
    scores = parts - share * wholes
    if single:  # the variance of one event is known, only its neighbours are not
        effect = design_effect(scores, rules=rules)
        return wilson(share, total / effect, reach=_reach(wholes))
    variance = _variance_of_sum(scores, rules)
    alone = share * (1 - share) * total
    effect = variance / alone if variance > 0 else design_effect(scores, rules=rules)
    return wilson(share, total / max(effect, rules.least_effect), reach=_reach(wholes))


def odds_interval(parts: Floats, others: Floats, *, rules: Intervals = Intervals()) -> Bounds:
    """Interval of ``sum(parts) / sum(others)``, two counts: that of their share, as odds."""
    low, high = share_interval(parts, parts + others, rules=rules)
    return (
        _NONE if low is None or high is None or high >= 1 else (low / (1 - low), high / (1 - high))
    )


def quantile_interval(values: Floats, share: float, *, rules: Intervals = Intervals()) -> Bounds:
    """Interval of a quantile: the values for which the share below them stays plausible.

    Whatever the distribution; None where it would reach beyond the values there are.
    """
    ordered = np.sort(values)
    n = ordered.size
    if round(n * min(share, 1 - share), 6) < rules.least_beyond:
        return _NONE
    cut = ordered[min(int(share * n), n - 1)]
    effect = design_effect((values < cut).astype(np.float64), rules=rules)
    reach = _Z * (effect * share * (1 - share) / n) ** 0.5
    return _between(ordered, share - reach, share + reach)


def median_interval(values: Floats, *, rules: Intervals = Intervals()) -> Bounds:
    """Interval of the median of ordered values, shape (n,); NaN are left out."""
    return quantile_interval(values[np.isfinite(values)], 0.5, rules=rules)


def iqr_interval(values: Floats, *, rules: Intervals = Intervals()) -> Bounds:
    """Interval of the upper less the lower quartile, from theirs and how alike they err."""
    if values.size * 0.25 < rules.least_beyond_quarter:
        return _NONE
    quarter, three = (float(np.quantile(values, share)) for share in (0.25, 0.75))
    around = [quantile_interval(values, share, rules=rules) for share in (0.25, 0.75)]
    below = [
        (values < cut).astype(np.float64) - share for cut, share in ((quarter, 0.25), (three, 0.75))
    ]
    alone = [_variance_of_sum(side, rules) for side in below]
    both = _variance_of_sum(below[0] + below[1], rules)
    alike = (both - sum(alone)) / (2 * (alone[0] * alone[1]) ** 0.5 or 1.0)
    together = np.array([[1.0, alike], [alike, 1.0]])
    return _mover(np.array([quarter, three]), around, np.array([-1.0, 1.0]), together)


def _mover(estimates: Floats, around: list[Bounds], weights: Floats, together: Floats) -> Bounds:
    """Interval of a weighted sum of estimates from theirs and their correlation (k, k)."""
    below, above = [], []
    for estimate, (low, high), weight in zip(estimates, around, weights, strict=True):
        if low is None or high is None:
            return _NONE
        down, up = weight * (estimate - low), weight * (high - estimate)
        below.append(down if weight > 0 else up)
        above.append(up if weight > 0 else down)
    value = float(weights @ estimates)
    low_reach, high_reach = (
        float(np.sqrt(max(np.array(side) @ together @ np.array(side), 0.0)))
        for side in (below, above)
    )
    return value - low_reach, value + high_reach


def median_contrast(
    values: Floats, here: NDArray[np.bool_], *, rules: Intervals = Intervals()
) -> tuple[float, float | None, float | None]:
    """Give the median where `here` less that elsewhere, shapes (n,), and its interval.

    The differences for which Mood's median test finds nothing: how far the shares below one common
    value may lie apart by chance, and how far each side's values move it (Conover 1999, 4.3).
    """
    known = np.isfinite(values)
    values, here = values[known], here[known]
    sides = [np.sort(values[here]), np.sort(values[~here])]
    middles = [float(np.median(side)) for side in sides]
    value = middles[0] - middles[1]
    sizes = [side.size for side in sides]
    if min(sizes) < rules.least_beyond:
        return value, None, None
    below = np.where(values < np.where(here, *middles), 0.5, -0.5)
    scores = np.where(here, below / sizes[0], -below / sizes[1])
    apart = _Z * _variance_of_sum(scores, rules) ** 0.5
    reaches = [apart * (1 - size / values.size) for size in sizes]
    ends = [_between(s, 0.5 - r, 0.5 + r) for s, r in zip(sides, reaches, strict=True)]
    (low, high), (other_low, other_high) = ends
    if low is None or high is None or other_low is None or other_high is None:
        return value, None, None
    return value, low - other_high, high - other_low


def _between(ordered: Floats, less: float, more: float) -> Bounds:
    """Values below which these shares of sorted values lie; None beyond the values there are."""
    n = ordered.size
    first, last = n * less - 0.5, n * more - 0.5
    if first < 0 or last > n - 1:
        return _NONE
    low, high = np.interp((first, last), np.arange(n), ordered)
    return float(low), float(high)


def combined_medians(columns: Floats, weights: Floats, *, rules: Intervals = Intervals()) -> Bounds:
    """Interval of a weighted sum of the medians of columns of the same turns.

    Parameters
    ----------
    columns : ndarray, shape (k, n)
        NaN where a turn has no value; a turn counts for the columns in which it has one, and the
        column with the fewest must have enough.
    weights : ndarray, shape (k,)
        Of the medians. How alike the columns move is read from whether they lie above or below
        their medians together.
    """
    fewest = int(np.isfinite(columns).sum(axis=1).min(initial=columns.shape[1]))
    if fewest < (rules.least_summed if len(columns) > 1 else rules.least_units):
        return _NONE
    middles = np.nanmedian(columns, axis=1)
    around = [median_interval(column, rules=rules) for column in columns]
    sides = np.nan_to_num(np.sign(columns - middles[:, None]))
    pairs = np.abs(sides) @ np.abs(sides).T
    together = sides @ sides.T / np.maximum(pairs, 1)
    np.fill_diagonal(together, 1.0)
    return _mover(middles, around, weights, together)


def ratio_interval(parts: Floats, wholes: Floats, *, rules: Intervals = Intervals()) -> Bounds:
    """Interval of ``sum(parts) / sum(wholes)`` of amounts, on a logarithmic scale, shape (n,)."""
    total, part = float(wholes.sum()), float(parts.sum())
    if parts.size < rules.least_units or total <= 0 or part <= 0:
        return _NONE
    scores = (parts - part / total * wholes) / (1 - wholes / total)
    error = _variance_of_sum(scores, rules) ** 0.5 / part
    factor = float(np.exp(_reach(wholes) * error))
    return part / total / factor, part / total * factor


def rate_interval(counts: Floats, exposure: Floats, *, rules: Intervals = Intervals()) -> Bounds:
    """Interval of ``sum(counts) / sum(exposure)``: events over time, shape (n,) each.

    Of as many independent events as would spread alike: Garwood's end above; below, where his and
    Jeffreys's (0 and 1/2 an event more) are too far down when events are few, that of
    ``rules.rate_events`` more. Jeffreys's above is too near where events come in clusters.
    """
    from scipy.special import gammaincinv

    total, found = float(exposure.sum()), float(counts.sum())
    if counts.size < rules.least_events or total <= 0:
        return _NONE
    variance = _variance_of_sum(counts - found / total * exposure, rules)
    spread = max(1.0, variance / found) if found else 1.0
    low = gammaincinv(found / spread + rules.rate_events, 0.025) if found else 0.0
    high = gammaincinv(found / spread + 1, 0.975)
    return float(low * spread / total), float(high * spread / total)


def mean_interval(values: Floats, *, rules: Intervals = Intervals()) -> Bounds:
    """Student's interval of a mean, shape (n,)."""
    n, middle = values.size, float(values.mean()) if values.size else 0.0
    if n < rules.least_units:
        return _NONE
    half = _reach(np.ones(n)) * _variance_of_sum(values - middle, rules) ** 0.5 / n
    return middle - half, middle + half


def correlation_interval(x: Floats, y: Floats, *, rules: Intervals = Intervals()) -> Bounds:
    """Fisher's interval of Pearson's r, with the spread that its own influences show.

    Pairs that pull the line towards themselves count for more (MacKinnon & White 1985).
    """
    n = x.size
    if n < rules.least_units or not (np.ptp(x) and np.ptp(y)):
        return _NONE
    a, b = ((v - v.mean()) / v.std() for v in (x, y))
    r = float(np.clip(a @ b / n, -0.999999, 0.999999))
    influence = a * b - r * (a**2 + b**2) / 2
    influence /= 1 - (1 + (a**2 + b**2) / 2) / n
    error = _variance_of_sum(influence, rules) ** 0.5 / n / (1 - r**2)
    half = _reach(np.ones(n)) * error
    low, high = np.tanh(np.arctanh(r) + np.array([-half, half]))
    return float(low), float(high)


def delta_interval(value: float, influence: Floats, *, rules: Intervals = Intervals()) -> Bounds:
    """Interval of a figure between 0 and 1 from what each unit adds to its error, (n,)."""
    if influence.size < rules.least_units or not 0 < value < 1:
        return _NONE
    error = _variance_of_sum(influence - influence.mean(), rules) ** 0.5
    half = _reach(np.ones(influence.size)) * error / (value * (1 - value))
    low, high = 1 / (1 + np.exp(-(np.log(value / (1 - value)) + np.array([-half, half]))))
    return float(low), float(high)
