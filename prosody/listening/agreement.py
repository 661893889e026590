"""How far two people, or a person and the tool, code the same turns the same way.

Conventions
-----------
A unit is a turn; a code given to it is a kind of behaviour, and a turn may have several or none.
For each kind, units either have it or not; over all kinds together the whole set of a unit counts
as its category. Percent agreement is the share of units on which both say the same. Intervals ask
what other turns of this talk would have given: they are widened where neighbouring turns are
alike (`prosody.intervals`).

Sources
-------
Cohen 1960 (κ); Fleiss, Cohen & Everitt 1969 (its large-sample variance, whose terms unit by unit
are what each adds to the error); Wilson 1927 (the share).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from diarize.messages import Message, message
from prosody.intervals import delta_interval, share_interval
from prosody.settings import Intervals

__all__ = ["Agreement", "Codes", "compared", "kappa"]

Codes = frozenset[str]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement on one kind, or on all together (`kind` is empty).

    Parameters
    ----------
    kind : str
    n, agreed : int
        Units, and those on which both say the same.
    first, second : int
        Units that each gave the kind to; any kind where it is on all together.
    share, low, high : float or None
        Percent agreement as a share, 0 to 1, and the ends of its 95 % interval.
    kappa, kappa_low, kappa_high : float or None
        Cohen's κ, and the ends of its 95 % interval.
    reason : Message or None
        Why κ is None, or an interval is.
    """

    kind: str
    n: int
    agreed: int
    first: int
    second: int
    share: float | None
    low: float | None
    high: float | None
    kappa: float | None
    kappa_low: float | None
    kappa_high: float | None
    reason: Message | None = None


def compared(
    first: Sequence[Codes], second: Sequence[Codes], *, rules: Intervals = Intervals()
) -> tuple[Agreement, ...]:
    """Compare two codings of the same units.

    Parameters
    ----------
    first, second : sequence of frozenset of str
        The kinds of each unit, in order of time; of one length.
    rules : Intervals

    Returns
    -------
    tuple of Agreement
        All kinds together first, then each kind that either used, by name.
    """
    kinds = sorted({kind for codes in (*first, *second) for kind in codes})
    whole = _agreement("", [*map(_name, first)], [*map(_name, second)], first, second, rules)
    return (
        whole,
        *(
            _agreement(
                kind,
                [str(kind in codes) for codes in first],
                [str(kind in codes) for codes in second],
                [codes & {kind} for codes in first],
                [codes & {kind} for codes in second],
                rules,
            )
            for kind in kinds
        ),
    )


def _name(codes: Codes) -> str:
    return " ".join(sorted(codes))


def _agreement(
    kind: str,
    one: Sequence[str],
    other: Sequence[str],
    first: Sequence[Codes],
    second: Sequence[Codes],
    rules: Intervals,
) -> Agreement:
    same = np.array([a == b for a, b in zip(one, other, strict=True)], float)
    n = len(same)
    share = float(same.mean()) if n else None
    low, high = share_interval(same, np.ones(n), rules=rules) if n else (None, None)
    value, ends, reason = kappa(one, other, rules=rules)
    if value is not None and low is None:
        ends, reason = (None, None), message("agreement.few", n=n, least=rules.least_choices)
    counts = sum(map(bool, first)), sum(map(bool, second))
    return Agreement(kind, n, int(same.sum()), *counts, share, low, high, value, *ends, reason)


def kappa(
    one: Sequence[str], other: Sequence[str], *, rules: Intervals = Intervals()
) -> tuple[float | None, tuple[float | None, float | None], Message | None]:
    """Cohen's κ of two series of categories, its 95 % interval, and why either is None.

    Where both always gave one and the same category there is nothing to agree on beyond chance:
    κ is not defined. The ends are None where all units agree, or are too few.

    Examples
    --------
    >>> kappa(["a", "a", "b", "b"], ["a", "b", "b", "b"])[0]
    0.5
    """
    n = len(one)
    if not n:
        return None, (None, None), message("agreement.no_units")
    rows, columns = Counter(one), Counter(other)
    same = np.array([a == b for a, b in zip(one, other, strict=True)], float)
    observed = float(same.mean())
    chance = sum(rows[name] * columns[name] for name in rows) / n**2
    if chance >= 1:
        return None, (None, None), message("agreement.one_answer")
    value = (observed - chance) / (1 - chance)
    by_chance = np.array([columns[a] + rows[b] for a, b in zip(one, other, strict=True)]) / n
    moved = (same - observed) * (1 - chance) - (1 - observed) * (by_chance - 2 * chance)
    influence = moved / (1 - chance) ** 2
    # κ lies between −1 and 1: its place between the two is a share.
    low, high = delta_interval((value + 1) / 2, influence / (2 * n), rules=rules)
    if low is None or high is None:
        return value, (None, None), message("agreement.no_interval", n=n)
    return value, (2 * low - 1, 2 * high - 1), None
