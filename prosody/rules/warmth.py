"""What the warmth index is made of: its components, as a rule file weighs them.

Conventions
-----------
A component is named for what up means. ``warmth.toml`` of this folder holds weights, bounds and
evidence; a person's own file of that name wins. Names of earlier versions are understood.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from diarize.errors import Refused
from prosody.rules import SHIPPED, in_force, read

__all__ = [
    "AXES",
    "COMPONENTS",
    "Component",
    "components",
    "current_component",
    "shipped_components",
]

# A component is named for what up means; what rule files and old reports call otherwise.
_OLD_NAMES = {"loudness": "quietness", "pace": "slowness"}
AXES = ("soft", "melodic")
_AXES = (*AXES, "fit")
_WARMTH = "warmth.toml"
# What there is, in the order it is shown: what the shipped file weighs.
COMPONENTS = tuple(tomllib.loads((SHIPPED / _WARMTH).read_text("utf-8")))
_BOUNDS = {  # what a number of the rule file may be; z beyond 2.5 would leave 0 to 100
    "weight": (0.0, 100.0),
    "floor": (0.001, 100.0),
    "ceiling": (0.001, 100.0),
    "most": (0.0, 2.5),
    "settle_s": (0.0, 60.0),
}


@dataclass(frozen=True, slots=True)
class Component:
    """One part of the warmth index.

    `weight` is its share (0 leaves it out), `axis` is ``soft``, ``melodic`` or ``fit``; `floor`
    and `ceiling` (None: no bound) bound the scale of its robust z, in its own unit; `most` caps a
    deviation upward in z (downward all stop at -2.5); `settle_s` is how many seconds of voice a
    turn needs before half of its deviation is believed, 0 to believe all of it; `evidence` says
    why it weighs what it weighs.
    """

    name: str
    axis: str
    weight: float
    floor: float
    evidence: str
    ceiling: float | None = None
    most: float = 2.5
    settle_s: float = 0.0

    def __post_init__(self) -> None:
        """Take an old name for the new one."""
        object.__setattr__(self, "name", current_component(self.name))


def current_component(name: str) -> str:
    """Give the name a component has now, for one that an earlier version gave it."""
    return _OLD_NAMES.get(name, name)


def components(folder: Path | None = None) -> tuple[Component, ...]:
    """Give the components of the warmth index in force, in the order they are shown.

    They are those of a person's own ``warmth.toml``, or of the one that ships.

    Parameters
    ----------
    folder : Path, optional
        A person's own rule files; without it that of `prosody.rules.own_folder`.

    Raises
    ------
    Refused
        If the file cannot be understood.
    """
    return read(in_force(_WARMTH, folder) or SHIPPED / _WARMTH, _parse)


def shipped_components() -> tuple[Component, ...]:
    """Give the components as this version ships them, whatever file is in force."""
    return _SHIPPED_COMPONENTS


def _parse(raw: bytes) -> tuple[Component, ...]:
    data = {current_component(k): v for k, v in tomllib.loads(raw.decode()).items()}
    if unknown := [name for name in data if name not in COMPONENTS]:
        raise Refused("rule.component_unknown", name=unknown[0], known=COMPONENTS)
    found = tuple(_component(name, data.get(name)) for name in COMPONENTS)
    if not any(component.weight > 0 for component in found):
        raise Refused("rule.no_weight")
    return found


def _component(name: str, table: Any) -> Component:
    if not isinstance(table, dict):
        raise Refused("rule.component_missing", name=name)
    known = ("axis", "evidence", *_BOUNDS)
    if unknown := [key for key in table if key not in known]:
        raise Refused("rule.component_key_unknown", name=name, key=unknown[0], known=known)
    if missing := [k for k in known if k not in table and k not in ("ceiling", "settle_s")]:
        raise Refused("rule.component_key_missing", name=name, key=missing[0])
    axis, evidence = table["axis"], table["evidence"]
    if axis not in _AXES:
        raise Refused("rule.axis_unknown", name=name, axis=repr(axis), known=_AXES)
    if not isinstance(evidence, str) or not evidence.strip():
        raise Refused("rule.no_evidence", name=name)
    numbers = {key: _number(name, key, table[key]) for key in _BOUNDS if key in table}
    if numbers.get("ceiling", numbers["floor"]) < numbers["floor"]:
        raise Refused("rule.ceiling_below_floor", name=name)
    return Component(name=name, axis=axis, evidence=" ".join(evidence.split()), **numbers)


def _number(name: str, key: str, value: object) -> float:
    low, high = _BOUNDS[key]
    fine = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
    if not fine:
        raise Refused(
            "rule.number_out_of_range", name=name, key=key, value=str(value), low=low, high=high
        )
    return round(float(cast(float, value)), 4)  # as a report keeps it


_SHIPPED_COMPONENTS = read(SHIPPED / _WARMTH, _parse)
