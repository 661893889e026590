"""Voice or not: one verdict per frame from several kinds of evidence.

Conventions
-----------
Rows are frames of 10 ms. No one sign tells voice from noise or from the echo of voice in a room:
periodicity, cepstral peak, level above the noise floor, the fall of the level since its last
peak, and whether pitch carries on from frame to frame are weighed together. Nothing depends on
the gain of the recording. Beyond its ends there is silence.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from prosody.features.fitted import fitted_weights
from prosody.settings import Voicing

__all__ = [
    "NAMES",
    "REACH",
    "WEIGHTS",
    "activity_odds",
    "evidence",
    "log_odds",
    "tone_odds",
]

Array = NDArray[np.float32]

QUIET_DB = -150.0  # stands for digital silence among levels
WEIGHTS = Path(__file__).parents[1] / "rules" / "voicing.toml"
REACH = 250  # frames to either side that a frame's evidence may depend on
_ROWS = 4096

NAMES = (
    "strength",
    "strength_50ms",
    "strength_110ms",
    "periodicity",
    "periodicity_50ms",
    "cpp",
    "cpp_50ms",
    "above_floor",
    "below_past_100ms",
    "below_past_300ms",
    "below_next_100ms",
    "below_peak_2s",
    "vowel_below_past_50ms",
    "vowel_below_next_50ms",
    "vowel_below_next_20ms",
    "slope",
    "fall_50ms",
    "fell_50ms",
    "fastest_fall_4s",
    "speech_above_floor_4s",
    "low_band",
    "flux",
    "steady",
    "steady_50ms",
    "steady_110ms",
)


def evidence(
    columns: dict[str, Array], floor_db: Array, f0_hz: Array, strength: Array, periodicity: Array
) -> Array:
    """Line up the evidence for voice.

    Parameters
    ----------
    columns : dict of ndarray, each of shape (n,)
        ``level_db``, ``vowel_db``, ``cpp_db``, ``hf500_db`` and ``flux``; NaN in digital silence.
    floor_db : ndarray of float32, shape (n,)
        Noise floor.
    f0_hz, strength : ndarray of float32, shape (n, candidates)
        From `prosody.features.pitch.find_candidates`, strongest first.
    periodicity : ndarray of float32, shape (n,)
        From the same.

    Returns
    -------
    ndarray of float32, shape (n, len(NAMES))
        Clipped to sensible ranges, near unit scale.
    """
    heard = np.isfinite(columns["level_db"])
    level = np.where(heard, columns["level_db"], QUIET_DB).astype(np.float32)
    floor = np.where(heard, floor_db, level)
    vowel = np.where(heard, columns["vowel_db"], QUIET_DB).astype(np.float32)
    s = np.clip(strength[:, 0], 0, 1)
    p = np.clip(periodicity, 0, 1)
    cpp = np.where(heard, columns["cpp_db"] / 10 - 1, np.float32(0))
    steady = _steady(f0_hz)
    above = np.clip(level - floor, 0, 40)
    # How fast the level falls while still clear of the floor: a room lets nothing fall faster
    # than its own decay, so the fastest fall nearby tells an echo from a voice that fades.
    fall = np.where(_shifted(above, -5) > 6, level - _shifted(level, -5), 0)
    fall = np.clip(fall, 0, 30).astype(np.float32)
    rows = [
        s,
        _mean(s, 2),
        _mean(s, 5),
        p,
        _mean(p, 2),
        cpp,
        _mean(cpp, 2),
        above / 10,
        np.clip(level - _highest(level, 10, 0), -30, 0) / 10,
        np.clip(level - _highest(level, 30, 0), -30, 0) / 10,
        np.clip(level - _highest(level, 0, 10), -30, 0) / 10,
        np.clip(level - _highest(level, 100, 100), -40, 0) / 10,
        np.clip(vowel - _highest(vowel, 5, 0), -30, 0) / 10,
        np.clip(vowel - _highest(vowel, 0, 5), -30, 0) / 10,
        np.clip(vowel - _highest(vowel, 0, 2), -30, 0) / 10,
        np.clip(_shifted(level, -2) - _shifted(level, 2), -20, 20) / 10,
        np.clip(level - _shifted(level, -5), -20, 20) / 10,
        np.clip(_shifted(level, 5) - level, -20, 20) / 10,
        _highest(fall, 200, 200, outside=0.0) / 10,
        _highest(above, 200, 200, outside=0.0) / 10,
        np.clip(np.where(heard, columns["hf500_db"], 0.0), -25, 25) / 10,
        np.clip(np.where(heard, columns["flux"], 1.0), 0, 1.0) * 2,
        steady,
        _mean(steady, 2),
        _mean(steady, 5),
    ]
    return np.stack(rows, axis=1).astype(np.float32)


def _mean(values: Array, reach: int) -> Array:
    from scipy.ndimage import uniform_filter1d

    return np.asarray(uniform_filter1d(values, 2 * reach + 1, mode="constant", cval=0.0))


def _highest(level: Array, past: int, ahead: int, outside: float = QUIET_DB) -> Array:
    """Highest level from `past` frames before to `ahead` frames after."""
    from scipy.ndimage import maximum_filter1d

    size = past + ahead + 1
    # scipy centres a filter of `size` on size // 2; a positive origin looks further back
    origin = past - size // 2
    return np.asarray(maximum_filter1d(level, size, mode="constant", cval=outside, origin=origin))


def _shifted(level: Array, by: int) -> Array:
    out = np.full_like(level, QUIET_DB)
    if by >= 0:
        out[by:] = level[: len(level) - by]
    else:
        out[:by] = level[-by:]
    return out


def _steady(f0_hz: Array) -> Array:
    """How well the strongest candidate carries on one from just before and after, 0 to 1."""
    octave = np.where(f0_hz > 0, np.log2(np.maximum(f0_hz, 1.0)), 1e3).astype(np.float32)
    first = octave[:, :1]
    back = np.full(len(f0_hz), 1.0, dtype=np.float32)
    ahead = back.copy()
    back[1:] = np.abs(first[1:] - octave[:-1, :3]).min(axis=1, initial=1.0)
    ahead[:-1] = np.abs(first[:-1] - octave[1:, :3]).min(axis=1, initial=1.0)
    alive = f0_hz[:, 0] > 0
    near = np.exp(-back / 0.05) + np.exp(-ahead / 0.05)
    return np.where(alive, near / 2, 0.0).astype(np.float32)


def log_odds(rows: Array, fitted: Path = WEIGHTS, *, rules: Voicing = Voicing()) -> Array:
    """Weigh the evidence.

    Parameters
    ----------
    rows : ndarray of float32, shape (n, len(NAMES))
        From `evidence`.
    fitted : Path
        Weights; other ones are tried by what fits them.
    rules : Voicing
        What is taken off.

    Returns
    -------
    ndarray of float32, shape (n,)
        Natural log odds of voice.
    """
    w = fitted_weights(fitted, NAMES)
    out = np.empty(len(rows), dtype=np.float32)
    for start in range(0, len(rows), _ROWS):
        some = slice(start, start + _ROWS)
        hidden = np.tanh(rows[some] @ w["hidden"] + w["hidden_bias"])
        out[some] = rows[some] @ w["direct"] + hidden @ w["out"] + w["bias"]
    return rules.frame_weight * out + _weak_odds(rows, rules)


def _weak_odds(rows: Array, rules: Voicing) -> Array:
    """Log odds, never above 0: in clean sound a weak period is friction or an echo, not noise."""
    strength = rows[:, NAMES.index("strength")]
    clear_db = 10 * rows[:, NAMES.index("speech_above_floor_4s")]
    clean = np.clip((clear_db - rules.clean_db) / 10, 0, 1)
    weak = np.minimum(strength - rules.doubtful_strength, 0)
    return np.asarray(rules.weak_log_odds * clean * weak, dtype=np.float32)


def activity_odds(speech: Array, *, rules: Voicing = Voicing()) -> Array:
    """Log odds, never above 0, that voice activity lends: it vetoes, it does not vote.

    Parameters
    ----------
    speech : ndarray of float32, shape (n,)
        Probability of speech; NaN where nobody listened, which counts for nothing.
    rules : Voicing
        What is taken off.

    Notes
    -----
    Hum, engines and music are as periodic as voice. Where a speech detector is sure that nobody
    speaks within a tenth of a second, they are not tracked.
    """
    near = _highest(np.where(np.isfinite(speech), speech, np.float32(1)), 10, 10, outside=0.0)
    against = np.minimum(near / rules.unlikely_probability - 1.0, 0.0)
    return np.asarray(rules.veto_log_odds * against, dtype=np.float32)


def tone_odds(f0_hz: Array, *, rules: Voicing = Voicing()) -> Array:
    """Log odds, never above 0: hum and beeps are ruled out, for no voice holds so still.

    Parameters
    ----------
    f0_hz : ndarray of float32, shape (n,)
        The strongest candidate of every frame; 0 where there is none.
    rules : Voicing
        What a tone is, and what is taken off.
    """
    from scipy.ndimage import maximum_filter1d, minimum_filter1d

    octave, size = np.log2(np.maximum(f0_hz, np.float32(1))), 2 * rules.tone_frames + 1
    highest = maximum_filter1d(octave, size, mode="constant", cval=100.0)
    lowest = minimum_filter1d(octave, size, mode="constant", cval=0.0)
    still = highest - lowest < rules.tone_octaves
    held = maximum_filter1d(still & (f0_hz > 0), size, mode="constant")
    return np.where(held, np.float32(-rules.veto_log_odds), np.float32(0))
