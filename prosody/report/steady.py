"""How far figures of sessions differ: bands, steadiness and trends of one person, and over pairs.

Conventions
-----------
A figure is a value and the standard error of its 95 % interval (NaN where it has none). Differences
between a person's sessions hold both: what is different from day to day, and the sampling of each
session. A band is where a further session of the same kind lies in 95 of 100 cases if nothing
changed; it is a prediction interval (Student's t on the earlier sessions), widened where the
session itself is less sure than these. Sessions of a person are never held against another's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Alike", "Band", "Slope", "Steady", "alike", "band", "slope", "steady"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Band:
    """Where a further session lies if nothing changed, 95 %; `n` sessions stand behind it."""

    low: float
    middle: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Steady:
    """How far a person's sessions differ.

    `spread` is the standard deviation between sessions in the figure's unit, the sampling of each
    taken out; `share` is how much of what is seen between sessions is more than sampling, from 0 to
    1, with a 95 % interval.
    """

    spread: float
    share: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Slope:
    """Theil and Sen's slope per session with its 95 % interval, and Kendall's chance of none."""

    per_session: float
    low: float
    high: float
    chance: float


@dataclass(frozen=True, slots=True)
class Alike:
    """How alike one pair's sessions are beside all pairs': the intraclass correlation ICC(1).

    Of two sessions drawn from the same pair it is the correlation over pairs; `low` and `high`
    bound 95 %. It says how steady the figure is and nothing of any pair.
    """

    icc: float
    low: float
    high: float
    pairs: int
    sessions: int


def band(earlier: Floats, errors: Floats, error: float) -> Band:
    """Give where a further session lies if nothing changed.

    Parameters
    ----------
    earlier, errors : ndarray
        Shape (n,), n at least 2: the earlier sessions' values and their standard errors.
    error : float
        The standard error of the session that is held against them.
    """
    from scipy.stats import t

    n, middle = earlier.size, float(earlier.mean())
    spread = float(earlier.var(ddof=1)) * (1 + 1 / n)
    known = errors[np.isfinite(errors)]
    if np.isfinite(error) and known.size:
        spread += max(0.0, error**2 - float(np.mean(known**2)))
    reach = float(t.ppf(0.975, n - 1)) * spread**0.5
    return Band(middle - reach, middle, middle + reach, n)


def steady(values: Floats, errors: Floats) -> Steady | None:
    """Say how far sessions differ beyond the sampling of each; None without standard errors.

    Shape (n,), n at least 2. Limits come from those of the whole variance (chi-square).
    """
    from scipy.stats import chi2

    known = errors[np.isfinite(errors)]
    seen = float(values.var(ddof=1))
    if known.size < 2 or seen <= 0:
        return None
    sampling, free = float(np.mean(known**2)), values.size - 1

    def share(whole: float) -> float:
        return max(0.0, 1 - sampling / whole)

    low, high = (free * seen / float(chi2.ppf(p, free)) for p in (0.975, 0.025))
    return Steady(
        max(0.0, seen - sampling) ** 0.5, share(seen), share(low), share(high), values.size
    )


def slope(values: Floats) -> Slope:
    """Give the slope over sessions in their order, shape (n,), n at least 3."""
    from scipy.stats import kendalltau, theilslopes

    order = np.arange(values.size, dtype=np.float64)
    found = theilslopes(values, order, 0.95)
    if np.ptp(values) == 0:
        return Slope(0.0, 0.0, 0.0, 1.0)
    chance = float(kendalltau(order, values).pvalue)
    return Slope(float(found.slope), float(found.low_slope), float(found.high_slope), chance)


def alike(groups: Iterable[Sequence[float]]) -> Alike | None:
    """Give the one-way intraclass correlation of sessions within pairs, with its F interval.

    Pairs with one session say nothing and are left out; None where fewer than two are left or
    nothing differs. Of pairs with different numbers of sessions the usual mean number is taken
    (McGraw & Wong 1996, *Psychological Methods*; Donner 1986 for unequal numbers).
    """
    from scipy.stats import f

    kept = [np.asarray(g, dtype=np.float64) for g in groups if len(g) > 1]
    sizes = np.array([g.size for g in kept], dtype=np.float64)
    if sizes.size < 2:
        return None
    total, pairs = float(sizes.sum()), sizes.size
    middle = float(np.concatenate(kept).mean())
    between = float(sizes @ np.array([(g.mean() - middle) ** 2 for g in kept])) / (pairs - 1)
    within = float(sum(((g - g.mean()) ** 2).sum() for g in kept)) / (total - pairs)
    if within <= 0:
        return None
    usual = (total - float(sizes @ sizes) / total) / (pairs - 1)
    ratio = between / within
    ends = (float(f.ppf(p, pairs - 1, total - pairs)) for p in (0.975, 0.025))
    low, high = (_icc(ratio / end, usual) for end in ends)
    return Alike(_icc(ratio, usual), low, high, pairs, int(total))


def _icc(ratio: float, size: float) -> float:
    return (ratio - 1) / (ratio + size - 1)
