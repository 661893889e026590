"""An echo whose delay wanders, as a call's does: told by levels, where no filter can be found.

Conventions
-----------
Rows are 10 ms apart. While a channel's person speaks and the other says nothing louder, the level
of an echo follows theirs, some time later and some dB softer, whatever its phase does meanwhile.
Such an echo cannot be taken away; the rows in which no more than it is heard are known.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diarize.recording.rows import HOP_S
from diarize.settings import Crossings

__all__ = ["Following", "following"]

Floats = NDArray[np.float64]
_QUIET_DB = -120.0  # of a row without any power


@dataclass(frozen=True, slots=True, eq=False)
class Following:
    """How one channel's level follows another's.

    Parameters
    ----------
    delay_s, level_db : float
        How much later and, usually, how much louder.
    rows : ndarray of bool, shape (n,)
        Where no more than what follows is heard.
    loud : ndarray of bool, shape (n,)
        Those of them in which what it follows was loud: silence follows silence as well.
    """

    delay_s: float
    level_db: float
    rows: NDArray[np.bool_]
    loud: NDArray[np.bool_]


def following(source: Floats, target: Floats, rule: Crossings) -> Following | None:
    """Say how a channel's level follows another's; None where it does not, or at once.

    Parameters
    ----------
    source, target : ndarray of float64, shape (n,)
        Levels of rows, dB relative to full scale; digital silence is minus infinity.
    rule : Crossings
        Thresholds.
    """
    sent, heard = _smooth(source, rule), _smooth(target, rule)
    loud = sent > np.percentile(sent, rule.follow_percent) - rule.follow_loud_db
    first, last = (round(s / HOP_S) for s in (rule.follow_from_s, rule.follow_to_s))
    alike = [_alike(sent, heard, loud, delay, rule) for delay in range(last)]
    at = int(np.argmax(alike))
    if at < first or alike[at] < rule.follow_alike:
        return None  # what comes at once leaks, and is followed by the phase
    far = np.arange(*(round(s / HOP_S) for s in (*rule.follow_far_s, rule.follow_far_step_s)))
    chance = max(_alike(sent, heard, loud, int(delay), rule) for delay in far)
    if alike[at] < chance + rule.follow_stands_out:
        return None
    asked = _asked(sent, heard, loud, at, rule)
    level_db = float(np.median((heard[at:] - sent[: len(sent) - at])[asked]))
    if level_db < rule.least_db:
        return None
    reach = round(rule.follow_within_s / HOP_S)
    late = np.concatenate([np.full(at, _QUIET_DB), sent[: len(sent) - at]])
    most = np.max([np.roll(late, by) for by in range(-reach, reach + 1)], axis=0)
    rows = heard < most + level_db + rule.follow_margin_db
    sent_loud = np.concatenate([np.zeros(at, bool), loud[: len(sent) - at]])
    return Following(at * HOP_S, level_db, rows, rows & sent_loud)


def _smooth(levels: Floats, rule: Crossings) -> Floats:
    rows = round(rule.follow_smooth_s / HOP_S)
    power = 10.0 ** (np.maximum(levels, _QUIET_DB) / 10.0)
    return np.asarray(10.0 * np.log10(np.convolve(power, np.full(rows, 1 / rows), "same")))


def _asked(
    sent: Floats, heard: Floats, loud: NDArray[np.bool_], delay: int, rule: Crossings
) -> NDArray[np.bool_]:
    """Give the rows of what was sent in which it is loud and nothing louder is heard later."""
    until = len(sent) - delay
    return np.asarray(loud[:until] & (heard[delay:] < sent[:until] - rule.follow_below_db))


def _alike(
    sent: Floats, heard: Floats, loud: NDArray[np.bool_], delay: int, rule: Crossings
) -> float:
    """How alike the levels are at a delay: a correlation, of the half that has less of it."""
    rows = np.flatnonzero(_asked(sent, heard, loud, delay, rule))
    if len(rows) < 2 * rule.follow_least_s / HOP_S:
        return 0.0
    halves = (rows[: len(rows) // 2], rows[len(rows) // 2 :])
    return min(_correlation(sent[half], heard[half + delay]) for half in halves)


def _correlation(one: Floats, other: Floats) -> float:
    spread = float(one.std() * other.std())
    return float(np.mean((one - one.mean()) * (other - other.mean()))) / spread if spread else 0.0
