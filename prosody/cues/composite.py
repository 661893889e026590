"""The warmth proxy taken apart: each component against the speaker's own turns, and its gate.

Conventions
-----------
Relative to the speaker's own usable turns in one recording: each component of a turn is a robust
z, ``(x - median) / scale``, the scale being 1.4826 MAD held between a floor and a ceiling, signed
so that up is softer, slower, steadier, more melodic or nearer to the client, and clipped. Melody
is badly measured in a short turn (two halves of one turn do not agree on it, while they do on
softness), so its z is multiplied by ``voiced / (voiced + settle_s)``. A stretch's component is
the median over its turns; its contribution is ``points * weight * z / (sum of the weights at
hand)``; the index is 50 plus the contributions, added up and nothing else. What the recording
cannot carry is NaN per turn and missing, with the reason, per stretch. Sources of formula and
weights: docs/warmth.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diarize.conversation import Utterance
from diarize.timeline import Span
from prosody.analysis import Analysis, shared
from prosody.cues.turn_table import PerTurn, turn_table
from prosody.settings import Component, Warmth
from prosody.statistics import bounds, line_removed, median_draws, median_rows, robust_z

__all__ = [
    "BASS",
    "CLIPPED",
    "NOISE",
    "OTHER",
    "REMOTE",
    "Profile",
    "Scores",
    "clipped",
    "lacks_bass",
    "levels_set",
    "noisy",
    "profile",
    "scored",
    "turn_profile",
    "usable",
]

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Profile:
    """The warmth proxy of one stretch, taken apart.

    `contributions` are points by component, summing to ``index - 50``; `axes` the scores of the
    soft-hard and the melodic-flat axis, each 50 plus the points its own components give alone;
    `intervals` 95 % by name (components, axes and ``index``); `missing` says why a name has no
    value. `n` counts turns.
    """

    n: int
    index: float | None
    contributions: Mapping[str, float]
    axes: Mapping[str, float]
    intervals: Mapping[str, tuple[float | None, float | None]]
    missing: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Signed z of every component for one role's usable turns; NaN where withheld."""

    rows: Rows
    z: Mapping[str, Floats]
    why: Mapping[str, str]


NOISE = "background noise near the voice or changing between turns"
CLIPPED = "the level reaches the recorder's limit"
REMOTE = "a call's codec and gain control change it"
BAND = "the recording's band ends below the 5 kHz it needs"
BASS = "the recording lacks the sound below 300 Hz, as on a telephone"
GAIN = "levels do not follow the voice, as under automatic gain control"
NOISE_BOUND = frozenset({"softness", "steadiness"})
LEVEL_BOUND = frozenset({"loudness", "softness", "steadiness"})
TREBLE_BOUND = frozenset({"softness", "steadiness"})
BASS_FREE = frozenset({"pace"})
AXES = ("soft", "melodic")
OTHER = {"therapist": "client", "client": "therapist"}


@shared
def usable(analysis: Analysis, role: str) -> Rows:
    """Give the rows of a role that are long and voiced enough to speak of a voice."""
    table = turn_table(analysis)
    rows = np.flatnonzero(table.role == role)
    warmth = analysis.settings.warmth
    long_enough = table["end_s"][rows] - table["start_s"][rows] >= warmth.min_turn_s
    return rows[long_enough & (np.nan_to_num(table["voiced_s"][rows]) >= warmth.min_voiced_s)]


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
        sunk = _typical(over_hiss, table, 70) - over_hiss - harder > warmth.hiss_shift_db
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


def _outside_band(analysis: Analysis) -> dict[str, str]:
    """Give the components that this recording's band cannot carry, with the reason."""
    lost: dict[str, str] = {}
    if not np.isfinite(turn_table(analysis)["harmonic_alpha_db"]).any():
        lost |= dict.fromkeys(TREBLE_BOUND, BAND)
    if lacks_bass(analysis):
        names = {c.name for c in analysis.settings.warmth.components} - BASS_FREE
        lost |= dict.fromkeys(names, BASS)
    return lost


def _distance(analysis: Analysis, rows: Rows, role: str, level_ok: bool) -> Floats:
    """Mean distance in z between each turn and the other's turn before it, level and rate."""
    table = turn_table(analysis)
    names = [("level_db", 1.0)] * level_ok + [("rate", 0.25)]
    theirs = np.flatnonzero(table.role == OTHER.get(role, ""))
    own = np.flatnonzero(table.role == role)
    before = np.searchsorted(theirs, rows) - 1
    apart = []
    for name, floor in names:
        column = np.full(table[name].size, np.nan)
        column[own] = robust_z(table[name][own], floor)
        column[theirs] = robust_z(table[name][theirs], floor)
        partner = column[theirs[np.maximum(before, 0)]] if theirs.size else np.nan
        apart.append(np.where(before >= 0, np.abs(column[rows] - partner), np.nan))
    return np.asarray(np.mean(apart, axis=0))


def _raw(analysis: Analysis, role: str, level_ok: bool) -> dict[str, Floats]:
    table, rows = turn_table(analysis), usable(analysis, role)
    rate = table["rate"][rows]
    return {
        "loudness": -table["level_db"][rows],
        "softness": -table["harmonic_alpha_db"][rows],
        "pace": -rate,
        "steadiness": -line_removed(table["level_spread_db"][rows], rate, least=12),
        "pitch_range": table["pitch_range_st"][rows],
        "pitch_lift": table["pitch_high_st"][rows] - table["pitch_st"][rows],
        "upper_pitch": table["pitch_high_st"][rows],
        "liveliness": table["liveliness_st_per_s"][rows],
        "fit": -_distance(analysis, rows, role, level_ok),
    }


@shared
def scored(analysis: Analysis, role: str) -> Scores:
    """Score every usable turn of a role on every component, the quality gate applied."""
    table = turn_table(analysis)
    rows = usable(analysis, role)
    remote = analysis.settings.setting == "remote"
    outside = _outside_band(analysis)
    level_ok = not (remote or "loudness" in outside or levels_set(analysis, role))
    raw = _raw(analysis, role, level_ok)
    noise, clip = noisy(analysis)[rows], clipped(analysis)[rows]
    voiced = table["voiced_s"][rows]
    z, why = {}, {}
    for component in analysis.settings.warmth.weighed:
        name, values = component.name, raw[component.name].copy()
        if name in NOISE_BOUND:
            values[noise] = np.nan
            why[name] = NOISE
        if name in LEVEL_BOUND:
            values[clip] = np.nan
            why[name] = CLIPPED if clip.sum() > noise.sum() else why.get(name, CLIPPED)
        if name in {"loudness", "steadiness"} and not level_ok:
            values[:] = np.nan
            why[name] = REMOTE if remote else GAIN
        if name in outside:
            values[:] = np.nan
            why[name] = outside[name]
        deviation = np.clip(
            robust_z(values, component.floor, component.ceiling), -2.5, component.most
        )
        z[name] = deviation * voiced / (voiced + component.settle_s)
    _least_clean(z, why, analysis.settings.warmth.session_turns)
    return Scores(rows, z, why)


def _least_clean(z: dict[str, Floats], why: dict[str, str], least: int) -> None:
    """Withhold a component that too few turns of the whole recording carry."""
    for name, values in z.items():
        clean = int(np.isfinite(values).sum())
        if clean < least:
            z[name] = np.full(values.size, np.nan)
            count = f"{clean} clean turns in the recording, needs {least}"
            why[name] = (
                why.get(name, count) if clean == 0 or name not in why else (f"{why[name]}; {count}")
            )


@shared
def profile(analysis: Analysis, role: str, within: Span) -> Profile:
    """Take the warmth proxy of one stretch apart.

    The whole recording needs ``settings.warmth.session_turns`` usable turns, a shorter stretch
    ``window_turns`` of them besides.
    """
    scores = scored(analysis, role)
    table = turn_table(analysis)
    here = np.isin(scores.rows, table.rows(role, within))
    n, warmth = int(here.sum()), analysis.settings.warmth
    least = warmth.window_turns if within.duration < analysis.conversation.duration else 0
    if scores.rows.size < warmth.session_turns or n < least:
        needs = f"needs {warmth.session_turns} in the recording and {warmth.window_turns} here"
        reason = (
            f"{scores.rows.size} turns of {warmth.min_turn_s:g} s with "
            f"{warmth.min_voiced_s:g} s of voice, {n} of them here; {needs}"
        )
        return Profile(n, None, {}, {}, {}, dict.fromkeys(_names(warmth), reason))
    z = {name: values[here] for name, values in scores.z.items()}
    return _assembled(z, scores.why, n, warmth.window_turns, warmth)


def turn_profile(analysis: Analysis, utterance: Utterance) -> Profile | None:
    """Take one turn apart, for event cards; None where the turn or the recording is too short."""
    row = turn_table(analysis).row_of(utterance)
    if row is None:
        return None
    return _row_profile(analysis, utterance.role, row)


@shared
def _row_profile(analysis: Analysis, role: str, row: int) -> Profile | None:
    scores = scored(analysis, role)
    found = np.flatnonzero(scores.rows == row)
    if found.size == 0 or scores.rows.size < analysis.settings.warmth.session_turns:
        return None
    z = {name: values[found] for name, values in scores.z.items()}
    return _assembled(z, scores.why, 1, 1, analysis.settings.warmth)


def _names(warmth: Warmth) -> tuple[str, ...]:
    return (*(c.name for c in warmth.weighed), *AXES, "index")


def _assembled(
    z: Mapping[str, Floats], why: Mapping[str, str], n: int, least: int, warmth: Warmth
) -> Profile:
    """Build the profile; element 0 of every array is the estimate, the rest its draws."""
    weighed = warmth.weighed
    at_hand = [c for c in weighed if _enough(z[c.name], n, least)]
    missing = {
        c.name: why.get(c.name, "too few turns carry it") for c in weighed if c not in at_hand
    }
    medians = {c.name: _median_and_draws(z[c.name]) for c in at_hand}
    covered = _covers(at_hand, list(weighed), warmth)
    given = _points(at_hand, medians, warmth, at_hand if covered else list(weighed))
    scores: dict[str, Floats] = {}
    for axis in AXES:
        own = [c for c in at_hand if c.axis == axis]
        if _covers(own, [c for c in weighed if c.axis == axis], warmth):
            scores[axis] = _fifty_plus(_points(own, medians, warmth, own))
        else:
            missing[axis] = _because(axis, missing, warmth)
    if _has_both(scores, warmth) and covered:
        scores["index"] = _fifty_plus(given)
    else:
        missing["index"] = _because("", missing, warmth)
    return Profile(
        n,
        float(scores["index"][0]) if "index" in scores else None,
        {name: float(values[0]) for name, values in given.items()},
        {axis: float(scores[axis][0]) for axis in AXES if axis in scores},
        {name: bounds(values[1:]) for name, values in (given | scores).items()},
        missing,
    )


def _fifty_plus(given: Mapping[str, Floats]) -> Floats:
    return np.asarray(50.0 + sum(given.values()))


def _median_and_draws(values: Floats) -> Floats:
    estimate = median_rows(values[None])
    drawn = median_draws(values) if values.size >= 3 else np.full(2, np.nan)
    return np.concatenate([estimate, drawn])


def _enough(values: Floats, n: int, least: int) -> bool:
    """Whether a component is known on at least half the turns and on `least` of them."""
    known = int(np.isfinite(values).sum())
    return known >= max(least, n / 2)


def _points(
    components: list[Component],
    z: Mapping[str, Floats],
    warmth: Warmth,
    among: list[Component],
) -> dict[str, Floats]:
    """Points each component gives, the whole weight shared `among` some components.

    Those at hand, as a rule; all of them where too few are at hand for an index, so that the one
    that is left does not look as if it moved everything.
    """
    total = sum(c.weight for c in among)
    scale = warmth.points / total if total > 0 else 0.0
    return {c.name: scale * c.weight * z[c.name] for c in components}


def _covers(at_hand: list[Component], all_: list[Component], warmth: Warmth) -> bool:
    """Whether the components at hand carry enough of the weight of all of them."""
    have, whole = sum(c.weight for c in at_hand), sum(c.weight for c in all_)
    return whole > 0 and have >= warmth.min_weight * whole - 1e-9


def _has_both(scores: Mapping[str, Floats], warmth: Warmth) -> bool:
    needed = {c.axis for c in warmth.weighed if c.weight > 0} - {"fit"}
    return needed <= set(scores)


def _because(axis: str, missing: Mapping[str, str], warmth: Warmth) -> str:
    lost = [
        f"{c.name.replace('_', ' ')}: {missing[c.name]}"
        for c in warmth.weighed
        if c.name in missing and c.weight > 0 and axis in ("", c.axis)
    ]
    return "; ".join(lost) if lost else "no component has weight"
