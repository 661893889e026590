"""What a number is: a measure with its part and whole, and a cue that makes measures.

Conventions
-----------
``value`` is in the cue's unit. A rate or share is ``scale * part / whole``; windows and
sessions add parts and wholes, never values. ``n`` counts the units the value rests on.
``low`` and ``high`` bound a 95 % interval where the value is an estimate. Where a value
cannot be said it is None and ``reason`` says why; ``reliable`` is then False.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from diarize.timeline import Span

if TYPE_CHECKING:
    from prosody.analysis import Analysis

__all__ = ["Cue", "Measure", "Series", "withheld"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One number about one role (``therapist``, ``client`` or ``both``), or why there is none."""

    cue: str
    role: str
    value: float | None
    unit: str
    part: float | None = None
    whole: float | None = None
    n: int = 0
    low: float | None = None
    high: float | None = None
    reliable: bool = True
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Cue:
    """One row of a cue family.

    Parameters
    ----------
    name : str
        ``family.name`` in snake case.
    unit : str
        As printed; "" for a pure number.
    meaning : str
        One or two plain sentences for a supervisor: what was measured and what it is not.
    roles : tuple of str
        For whom it is measured: ("therapist", "client") or ("both",).
    measure : callable
        ``measure(analysis, role, within) -> Measure``. The same function
        over windows gives the time course.
    course : bool
        Whether its time course over the session is worth showing.
    """

    name: str
    unit: str
    meaning: str
    roles: tuple[str, ...]
    measure: Callable[["Analysis", str, Span], Measure]
    course: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """The time course of one cue for one role.

    `start_s` are the starts of the windows; `value` is None where a window cannot be said;
    `low` and `high` bound each window's 95 % interval, empty where no window has one.
    """

    cue: str
    role: str
    start_s: tuple[float, ...]
    value: tuple[float | None, ...]
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()


def withheld(cue: str, role: str, unit: str, reason: str, *, n: int = 0) -> Measure:
    """Give a measure that cannot be said, and why."""
    return Measure(cue, role, None, unit, n=n, reliable=False, reason=reason)
