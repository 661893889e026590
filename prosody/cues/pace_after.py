"""Whether somebody slows down after the other's long or raised turns.

Conventions
-----------
A turn belongs to the other's turn that started last before it. Medians of articulation rates are
compared within one person; a difference is not a cause.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from diarize.messages import message
from diarize.timeline import Span
from prosody.analysis import Analysis, shared
from prosody.cues.described import OTHER
from prosody.cues.measure import GAIN, Cue, Measure, withheld
from prosody.cues.turn_table import PerTurn, turn_table
from prosody.intervals import median_contrast
from prosody.statistics import robust_z

__all__ = ["CUES"]

Rows = NDArray[np.int64]


def rate_after_long(analysis: Analysis, role: str, within: Span) -> Measure:
    """Articulation rate after the other's long turns less the rate after their other turns."""
    return _after("pace.rate_after_long", analysis, role, within, _long_turns)


def rate_after_raised(analysis: Analysis, role: str, within: Span) -> Measure:
    """Articulation rate after the other's raised turns less the rate after their other turns."""
    return _after("pace.rate_after_raised", analysis, role, within, _raised)


def _after(
    cue: str,
    analysis: Analysis,
    role: str,
    within: Span,
    marked: Callable[[Analysis, str], NDArray[np.bool_]],
) -> Measure:
    """Rate right after the other's marked turns less the rate after their other turns."""
    table = turn_table(analysis)
    rows = table.rows(role, within)
    rows = rows[np.isfinite(table["rate"][rows])]
    before = _preceding(table, rows, OTHER[role])
    after = (before >= 0) & marked(analysis, OTHER[role])[before]
    n, others = int(after.sum()), int((before >= 0).sum() - after.sum())
    least = analysis.settings.pacing.after_turns
    if min(n, others) < least:
        reason = message("pace.few_either", n=n, others=others, least=least)
        return withheld(cue, role, "syl/s", reason, n=n)
    rate, known = table["rate"][rows][before >= 0], after[before >= 0]
    value, low, high = median_contrast(rate, known, rules=analysis.settings.intervals)
    return Measure(cue, role, value, "syl/s", n=n, low=low, high=high)


def _preceding(table: PerTurn, rows: Rows, role: str) -> Rows:
    """Give the last row of a role that starts before each row, -1 where there is none."""
    theirs = np.concatenate([[-1], np.flatnonzero(table.role == role)])
    return np.asarray(theirs[np.searchsorted(theirs, rows) - 1], dtype=np.int64)


def _long_turns(analysis: Analysis, role: str) -> NDArray[np.bool_]:
    table = turn_table(analysis)
    lengths = table["end_s"] - table["start_s"]
    return np.asarray((table.role == role) & (lengths >= analysis.settings.pacing.long_turn_s))


@shared
def _raised(analysis: Analysis, role: str) -> NDArray[np.bool_]:
    """Which rows are the role's turns that are louder or higher than usual for them."""
    table, pacing = turn_table(analysis), analysis.settings.pacing
    raised = np.zeros(table.role.size, dtype=bool)
    floors = {"level_db": pacing.raised_floor_db, "pitch_st": pacing.raised_floor_st}
    for name, floor in floors.items():
        value = np.where(table.role == role, table[name], np.nan)
        if np.isfinite(value).sum() >= pacing.session_turns:
            with np.errstate(invalid="ignore"):
                raised |= robust_z(value, floor) >= pacing.raised_z
    return raised


CUES: tuple[Cue, ...] = (
    Cue(
        name="pace.rate_after_long",
        unit="syl/s",
        label="Articulation rate after long turns",
        higher="faster after the other's long turns",
        lower="slower after the other's long turns",
        meaning="Articulation rate right after the other person's long turns, less the rate after "
        "their other turns: below zero means slowing down after them. A difference, not a cause.",
        measure=rate_after_long,
    ),
    Cue(
        name="pace.rate_after_raised",
        unit="syl/s",
        label="Articulation rate after raised turns",
        higher="faster after the other's raised turns",
        lower="slower after the other's raised turns",
        meaning="Articulation rate right after turns in which the other person was louder or "
        "higher in pitch than usual for them, less the rate after their other turns. A difference, "
        "not a cause.",
        measure=rate_after_raised,
        spoilt_by=GAIN,
    ),
)
