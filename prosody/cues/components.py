"""The components of the warmth proxy: one row each, from its turns' values to its words.

Conventions
-----------
A component is named for what up means and is signed so: a row gives the values of a role's usable
turns in their own unit, (turns,), and says what of a recording spoils them. What a component
weighs, and why, stands in the rule file (`prosody.rules.warmth`), in the order in which components
are shown. A new one is a row here and a section there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prosody.analysis import Analysis
from prosody.cues.described import OTHER
from prosody.cues.measure import CUT, GAIN, HARD
from prosody.cues.turn_table import PerTurn, turn_table
from prosody.statistics import line_removed, robust_z

__all__ = ["PARTS", "Part", "Turns"]

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Turns:
    """A role's usable turns: their `rows` in the table; `leveled` is whether levels can be read."""

    analysis: Analysis
    role: str
    rows: Rows
    leveled: bool

    def __getitem__(self, column: str) -> Floats:
        """Give a column of the table of turns, (turns,)."""
        return self.table[column][self.rows]

    @property
    def table(self) -> PerTurn:
        """The table of all turns."""
        return turn_table(self.analysis)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One component.

    Parameters
    ----------
    name : str
        Its name in the rule file.
    values : callable
        ``values(turns) -> (turns,)`` in its own unit, up as it is named.
    higher, lower : str
        What a higher and a lower number mean.
    aside : str
        What else a reader must know of it.
    clip, noise : bool
        Whether clipped turns spoil it, and noisy ones besides.
    gain, treble, bass : bool
        Whether it needs a gain that stands still, sound above the telephone's band, and below it.
    paced : bool
        Whether it needs the turn's rate.
    lacking : str
        Code of why a turn has no value where its rate and its sound do not say so.
    spoilt_by : tuple of str
        Codes of notes of the recording that withhold it.
    """

    name: str
    values: Callable[[Turns], Floats]
    higher: str
    lower: str
    aside: str = ""
    clip: bool = False
    noise: bool = False
    gain: bool = False
    treble: bool = False
    bass: bool = True
    paced: bool = False
    lacking: str = ""
    spoilt_by: tuple[str, ...] = ()


def _steadiness(turns: Turns) -> Floats:
    least = turns.analysis.settings.warmth.rate_line_turns
    return -line_removed(turns["level_spread_db"], turns["rate"], least=least)


def _nearness(turns: Turns) -> Floats:
    """Give minus the mean distance in z from the other's turn before, in level and rate."""
    table, warmth = turns.table, turns.analysis.settings.warmth
    floors = {"level_db": warmth.fit_floor_db, "rate": warmth.fit_floor_syl_per_s}
    theirs = np.flatnonzero(table.role == OTHER.get(turns.role, ""))
    own = np.flatnonzero(table.role == turns.role)
    before = np.searchsorted(theirs, turns.rows) - 1
    apart = []
    for name in ("level_db", "rate") if turns.leveled else ("rate",):
        column = np.full(table[name].size, np.nan)
        column[own] = robust_z(table[name][own], floors[name])
        column[theirs] = robust_z(table[name][theirs], floors[name])
        partner = column[theirs[np.maximum(before, 0)]] if theirs.size else np.nan
        apart.append(np.where(before >= 0, np.abs(column[turns.rows] - partner), np.nan))
    return -np.asarray(np.mean(apart, axis=0))


_ROWS = (
    Part(
        name="quietness",
        values=lambda turns: -turns["level_db"],
        higher="quieter than usual for them",
        lower="louder than usual for them",
        clip=True,
        gain=True,
        spoilt_by=GAIN,
    ),
    Part(
        name="softness",
        values=lambda turns: -turns["harmonic_alpha_db"],
        higher="a softer voice than usual for them",
        lower="a harder voice than usual for them",
        aside="It is measured from the energy above 1 kHz in the voice's harmonics.",
        clip=True,
        noise=True,
        treble=True,
        spoilt_by=(*CUT, *HARD),
    ),
    Part(
        name="slowness",
        values=lambda turns: -turns["rate"],
        higher="slower than usual for them",
        lower="faster than usual for them",
        aside="It is capped, so that very slow speech does not count for more.",
        paced=True,
        bass=False,
    ),
    Part(
        name="steadiness",
        values=_steadiness,
        higher="a more even level inside turns than usual for them",
        lower="a less even level inside turns than usual for them",
        aside="The part that pace explains is removed.",
        clip=True,
        noise=True,
        gain=True,
        treble=True,
        spoilt_by=(*GAIN, *HARD),
    ),
    Part(
        name="pitch_range",
        values=lambda turns: turns["pitch_range_st"],
        higher="a wider melody than usual for them",
        lower="a narrower melody than usual for them",
    ),
    Part(
        name="pitch_lift",
        values=lambda turns: turns["pitch_high_st"] - turns["pitch_st"],
        higher="pitch rising further above the turn's middle than usual for them",
        lower="pitch staying nearer to the turn's middle than usual for them",
    ),
    Part(
        name="upper_pitch",
        values=lambda turns: turns["pitch_high_st"],
        higher="higher pitch peaks than usual for them",
        lower="lower pitch peaks than usual for them",
    ),
    Part(
        name="liveliness",
        values=lambda turns: turns["liveliness_st_per_s"],
        higher="more pitch movement than usual for them",
        lower="less pitch movement than usual for them",
        aside="As shipped it has no weight.",
    ),
    Part(
        name="fit",
        values=_nearness,
        higher="nearer than usual to the client's level and rate",
        lower="further than usual from the client's level and rate",
        aside="The client's turn before is what it is compared with.",
        paced=True,
        lacking="missing.no_partner_turn",
        spoilt_by=GAIN,
    ),
)
PARTS: Mapping[str, Part] = {row.name: row for row in _ROWS}
