"""What a recording can carry: usable turns, noise, clipping, missing bands, gain that moves.

Conventions
-----------
Masks run over the rows of the turn table. What is barred has a reason; nothing measured on it is
believed, whatever value it would give.
"""

import numpy as np
from numpy.typing import NDArray

from diarize.messages import Message, message
from prosody.analysis import Analysis, shared
from prosody.cues.turn_table import PerTurn, turn_table
from prosody.settings import Warmth

__all__ = [
    "barred",
    "clipped",
    "comparable",
    "lacks_bass",
    "lacks_treble",
    "levels_set",
    "lost_turns",
    "noisy",
    "usable",
]

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


@shared
def usable(analysis: Analysis, role: str) -> Rows:
    """Give the rows of a role that are long and voiced enough to speak of a voice."""
    warmth = analysis.settings.warmth
    return _lasting(analysis, role, warmth.min_turn_s, warmth.min_voiced_s)


@shared
def comparable(analysis: Analysis, role: str) -> Rows:
    """Give the rows of a role that can be compared with their others: short ones tell, too."""
    warmth = analysis.settings.warmth
    return _lasting(analysis, role, warmth.short_turn_s, warmth.short_voiced_s)


def _lasting(analysis: Analysis, role: str, turn_s: float, voiced_s: float) -> Rows:
    table = turn_table(analysis)
    rows = np.flatnonzero(table.role == role)
    long_enough = table["end_s"][rows] - table["start_s"][rows] >= turn_s
    return rows[long_enough & (np.nan_to_num(table["voiced_s"][rows]) >= voiced_s)]


@shared
def noisy(analysis: Analysis) -> NDArray[np.bool_]:
    """Turns whose background is loud against the voice, or louder than the session's.

    A raised background only spoils a turn when it comes near the voice: in a quiet room a shift
    from 50 to 45 dB below the voice changes nothing. The background is read twice: around the
    turn (the frames' noise floor) and inside it (its quietest moment above 1 kHz), because noise
    may come and go with a turn. A harder voice raises that band as a whole, so what its
    harmonics have risen by is taken off before a turn is called hissing.
    """
    warmth, table = analysis.settings.warmth, turn_table(analysis)
    level, around = table["level_db"], table["floor_db"]
    if not np.isfinite(around).any():
        return np.ones(around.size, dtype=bool)
    over_hiss, tilt = level - table["hiss_db"], table["harmonic_alpha_db"]
    harder = np.maximum(0.0, np.nan_to_num(tilt - _typical(tilt, table)))
    with np.errstate(invalid="ignore"):
        near = level - around < warmth.min_speech_to_noise_db
        raised = around - np.nanmedian(around) > warmth.floor_shift_db
        masked = raised & (level - around < warmth.masked_floor_db)
        sunk = (
            _typical(over_hiss, table, warmth.usual_hiss_percent) - over_hiss - harder
            > warmth.hiss_shift_db
        )
        hissing = sunk & (over_hiss < warmth.masked_hiss_db) | (over_hiss < warmth.least_hiss_db)
    return np.asarray(near | masked | hissing | np.isnan(around), dtype=bool)


def _typical(values: Floats, table: PerTurn, percent: float = 50) -> Floats:
    """Give each row its own role's median, or the percentile asked for.

    For what noise can only lower, a percentile above the middle is what is usual without it.
    """
    out = np.full(values.size, np.nan)
    for role in set(table.role.tolist()):
        own = table.role == role
        known = values[own][np.isfinite(values[own])]
        out[own] = np.percentile(known, percent) if known.size else np.nan
    return out


@shared
def clipped(analysis: Analysis) -> NDArray[np.bool_]:
    """Turns whose level comes near the recorder's limit for a noticeable share of frames."""
    share = np.nan_to_num(turn_table(analysis)["loudest_share"])
    return np.asarray(share > analysis.settings.warmth.max_clipped_share, dtype=bool)


@shared
def levels_set(analysis: Analysis, role: str) -> bool:
    """Whether something between mouth and file has set the levels of a role's turns."""
    table, warmth = turn_table(analysis), analysis.settings.warmth
    return _gain_moves(table, warmth) or _against_tilt(table, usable(analysis, role), warmth)


def _gain_moves(table: PerTurn, warmth: Warmth) -> bool:
    """Whether an audible background wanders over too many turns to trust levels at all."""
    floor = table["floor_db"]
    known = np.isfinite(floor)
    if known.sum() < warmth.session_turns:
        return False
    wandering = np.abs(floor - np.median(floor[known])) > warmth.floor_shift_db
    with np.errstate(invalid="ignore"):
        audible = table["level_db"] - floor < warmth.audible_floor_db
    return bool((wandering & audible)[known].mean() > warmth.max_unsteady_floor)


def _against_tilt(table: PerTurn, rows: Rows, warmth: Warmth) -> bool:
    """Whether louder turns are the softer sounding ones.

    Effort raises level and brightness together; where levels run against brightness over a
    speaker's turns, something between mouth and file has set the levels.
    """
    level, tilt = table["level_db"][rows], table["harmonic_alpha_db"][rows]
    both = np.isfinite(level) & np.isfinite(tilt)
    if both.sum() < warmth.session_turns:
        return False
    order = np.array([values[both].argsort().argsort() for values in (level, tilt)])
    return float(np.corrcoef(order).min()) < warmth.least_level_to_tilt


@shared
def lacks_bass(analysis: Analysis) -> bool:
    """Whether the recording has lost what lies below about 300 Hz.

    Voiced sound then rises steeply from 0 to 500 Hz. With the fundamental and its neighbours gone
    a turn's level, its spread and its melody no longer keep the order they had, so nothing made
    of them is believed. Full recordings gave -1 to 35 dB/kHz, the same through a telephone's high
    pass 72 to 82.
    """
    sound = analysis.sound
    slope = sound.slope_0_500_db_per_khz[np.isfinite(sound.f0_hz)]
    known = slope[np.isfinite(slope)]
    limit = analysis.settings.warmth.most_slope_0_500_db_per_khz
    return bool(known.size and np.median(known) > limit)


def lacks_treble(analysis: Analysis) -> bool:
    """Whether the recording's band ends too low for the balance of the voice's harmonics."""
    return not np.isfinite(turn_table(analysis)["harmonic_alpha_db"]).any()


def barred(analysis: Analysis, *, level: bool) -> Message | None:
    """Say why this recording carries no figure of the voice; `level` if it rests on levels."""
    if level and analysis.settings.setting == "remote":
        return message("vocal.remote")
    return message("vocal.bass") if lacks_bass(analysis) else None


def lost_turns(code: str, kept: int, turns: int, least: int) -> Message:
    """Say that too few turns are left, and why others went."""
    if turns <= kept:
        return message(code, n=kept, least=least)
    return message(
        f"{code}_clean",
        n=kept,
        lost=turns - kept,
        least=least,
        noise=message("vocal.noise"),
        clipped=message("vocal.clipped"),
    )
