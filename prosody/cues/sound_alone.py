"""What a measure has lost where both the words and the turns are a machine's.

Conventions
-----------
``rules/sound_alone.toml`` says for every measure how far it moved between the true words and turns
of recordings and what machines heard in them, and in how many comparisons; `benchmarks.sound_alone`
writes it. A measure that moved beyond its own interval carries the largest movement in it, added as
independent errors are; one that moved too far is withheld. An estimate without an interval, from
too few values, gets none: the machines' error alone would look like all of it. A movement that is a
share of the value says nothing of a count of none: what was missed cannot be told from what was not
there, so it is withheld. A measure that was never compared is a low-confidence estimate: what
machines cost it is not known. Nothing here names a measure.
"""

import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache

from diarize.messages import Note, message
from diarize.models.engine import Engine
from prosody.cues.measure import Measure, withheld
from prosody.rules import SHIPPED, read

__all__ = ["NOTE", "Moved", "carried", "moved", "read_alone", "told", "too_far"]

NOTE = "notes.sound_alone"
_FILE = "sound_alone.toml"
_WITHHELD = "measure.moves_too_far"
_NONE_HEARD = "measure.none_heard_by_machine"
_NEVER_COMPARED = "measure.never_compared"
_COUNTED = ("turns", "places")  # units of what there are whole numbers of


@dataclass(frozen=True, slots=True)
class Moved:
    """How far a measure moved.

    Parameters
    ----------
    largest : float
        The largest movement, in the measure's unit, or as a share of its value if `relative`.
    n : int
        Comparisons.
    as_it_is, withheld : bool
        Whether no movement left the measure's own interval; whether it is not to be said.
    sampled : bool
        Whether it is an estimate, with an interval of its own from enough values on.
    least, most : float or None
        What an interval cannot pass.
    """

    largest: float
    n: int
    relative: bool = False
    as_it_is: bool = False
    withheld: bool = False
    sampled: bool = False
    least: float | None = None
    most: float | None = None

    def size(self, value: float) -> float:
        """Give the movement to expect of a value, in its unit."""
        return abs(value) * self.largest if self.relative else self.largest

    def within(self, value: float) -> float:
        """Keep the end of an interval where a value can be."""
        low = -math.inf if self.least is None else self.least
        return min(max(value, low), math.inf if self.most is None else self.most)


@cache
def moved() -> Mapping[str, Moved]:
    """Give how far every measure moved, by its name."""
    return read(SHIPPED / _FILE, _parsed)


def _parsed(raw: bytes) -> Mapping[str, Moved]:
    rows = tomllib.loads(raw.decode("utf-8"))["moved"]
    return {name: Moved(**row) for name, row in rows.items()}


def read_alone(engines: Mapping[str, Engine]) -> bool:
    """Say whether both the words and the turns are a machine's."""
    return all(name in engines and engines[name].machine for name in ("transcriber", "separator"))


def carried(
    measures: Iterable[Measure], table: Mapping[str, Moved] | None = None
) -> tuple[Measure, ...]:
    """Let every measure carry how far it moves; `table` instead of the one that ships."""
    rows = moved() if table is None else table
    return tuple(_carried(measure, rows.get(measure.cue)) for measure in measures)


def too_far(measure: Measure) -> bool:
    """Whether a measure is withheld for how far machines move it, or for what they may miss."""
    return measure.reason is not None and measure.reason.code in (_WITHHELD, _NONE_HEARD)


def _carried(measure: Measure, row: Moved | None) -> Measure:
    value = measure.value
    if value is None or (row is not None and row.as_it_is):
        return measure
    if row is None:
        why = measure.reason or message(_NEVER_COMPARED)
        return replace(measure, low=None, high=None, reliable=False, reason=why)
    if row.withheld:
        share = 100 * row.largest if row.relative else row.largest
        unit = "%" if row.relative else measure.unit
        why = message(_WITHHELD, largest=share, unit=unit, n=row.n)
        return withheld(measure.cue, measure.role, measure.unit, why, n=measure.n)
    bare = measure.low in (None, value) and measure.high in (None, value)
    if row.relative and value == 0.0 and bare:
        why = message(_NONE_HEARD, n=row.n)
        return withheld(measure.cue, measure.role, measure.unit, why, n=measure.n)
    if row.sampled and measure.low is None and measure.high is None:
        return measure
    ends = (value if end is None else end for end in (measure.low, measure.high))
    below, above = (math.hypot(end - value, row.size(value)) for end in ends)
    low, high = row.within(value - below), row.within(value + above)
    if measure.unit in _COUNTED:
        low, high = math.floor(low), math.ceil(high)
    return replace(measure, low=float(low), high=float(high))


def told(before: Iterable[Measure], after: Iterable[Measure]) -> Note | None:
    """Say how many figures carry an error or are withheld for it; None where none is."""
    pairs = list(zip(before, after, strict=True))
    gone = sum(new.value is None and old.value is not None for old, new in pairs)
    wider = sum(new.low is not None and (old.low, old.high) != (new.low, new.high)
                for old, new in pairs)  # fmt: skip
    if not gone and not wider:
        return None
    return Note(NOTE, {"wider": wider, "withheld": gone}, "info")
