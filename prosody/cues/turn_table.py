"""The acoustic and pacing numbers of every turn, measured once and shared by the cue families.

Conventions
-----------
One row per turn that is not a backchannel, in order of start; columns are float64 arrays of one
length, NaN where a turn does not carry the number. Levels, pitch and spectrum are medians over
voiced frames in which the speaker speaks alone (overlap and its margin left out). Pitch is in
semitones as in `features.semitones`. Times come from voice activity; words are only counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diarize.conversation import Utterance
from diarize.timeline import Span, union
from diarize.turns import TurnKind
from prosody.analysis import Analysis, Remembered, shared
from prosody.cues.solo import alone, own_sound, rows_of
from prosody.cues.words import SYLLABLES, Counts, spoken_language, word_counts
from prosody.features.frames import Frames
from prosody.features.semitones import REFERENCE_HZ, hertz, semitones
from prosody.settings import Pacing, Settings, Turns
from prosody.statistics import middle, percentile

__all__ = ["TURN_UNITS", "PerTurn", "turn_table"]

Floats = NDArray[np.float64]

TURN_UNITS = {
    "start_s": "s",
    "end_s": "s",
    "phonation_s": "s",
    "words": "words",
    "written": "syllables",
    "heard": "syllables",
    "syllables": "syllables",
    "runs": "runs",
    "eligible": "",
    "rate": "syl/s",
    "acceleration": "syl/s",
    "clean_s": "s",
    "voiced_s": "s",
    "level_db": "dBFS",
    "level_spread_db": "dB",
    "harmonic_alpha_db": "dB",
    "pitch_st": "st",
    "pitch_range_st": "st",
    "pitch_high_st": "st",
    "liveliness_st_per_s": "st/s",
    "hnr_db": "dB",
    "cpp_db": "dB",
    "h1_h2_db": "dB",
    "hf500_db": "dB",
    "floor_db": "dBFS",
    "hiss_db": "dBFS",
    "loudest_share": "",
}
_NONE: NDArray[np.int64] = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class PerTurn:
    """Turns as rows.

    `utterance` holds the index of each row's utterance, `role` its speaker, `doubtful` whether
    written and heard syllables disagree; `columns` holds the arrays named in `TURN_UNITS`.
    `source` says where syllables come from: ``written``, ``heard`` or ``none``; `heard_share` by
    role how many syllables are heard for each one written, 1 where there is no telling; `place`
    the row of each utterance, `own` the rows of each role, `middle_s` the middle of each turn.
    """

    utterance: NDArray[np.int64]
    role: NDArray[np.str_]
    doubtful: NDArray[np.bool_]
    columns: dict[str, Floats]
    source: str
    language: str | None
    heard_share: dict[str, float]
    place: dict[int, int]
    own: dict[str, NDArray[np.int64]]
    middle_s: Floats

    def __getitem__(self, name: str) -> Floats:
        """Give one column."""
        return self.columns[name]

    def rows(self, role: str, within: Span) -> NDArray[np.int64]:
        """Give the rows of a role whose middle lies in ``[within.start, within.end)``.

        Every turn belongs to exactly one of adjoining windows, so parts and wholes add.
        """
        return self.inside(self.own.get(role, _NONE), within)

    def inside(self, rows: NDArray[np.int64], within: Span) -> NDArray[np.int64]:
        """Give those of some rows whose middle lies in a stretch."""
        middles = self.middle_s[rows]
        return rows[(middles >= within.start) & (middles < within.end)]

    def row_of(self, utterance: Utterance) -> int | None:
        """Give the row of an utterance, None for a backchannel."""
        return self.place.get(utterance.index)


@shared
def turn_table(analysis: Analysis) -> PerTurn:
    """Measure every turn."""
    pacing = analysis.settings.pacing
    turns = tuple(u for u in analysis.conversation.utterances if u.kind != TurnKind.BACKCHANNEL)
    counts = word_counts(analysis)
    known = analysis.of_turns("numbers", analysis.sound, analysis.settings)
    numbers = [_numbers(analysis, turn, counts[turn.index], known) for turn in turns]
    columns = {
        name: np.array([row.get(name, np.nan) for row in numbers], dtype=np.float64)
        for name in TURN_UNITS
    }
    source = _count(columns)
    columns["eligible"] = _eligible(columns, pacing)
    who = np.array([u.role for u in turns], dtype=np.str_)
    ratio = {role: _heard_share(columns, who == role, pacing) for role in sorted(set(who.tolist()))}
    doubtful = _doubtful(columns, np.array([ratio[role] for role in who.tolist()]), pacing)
    usable = (columns["eligible"] > 0) & ~doubtful
    columns["rate"] = np.where(usable, columns["syllables"] / columns["phonation_s"], np.nan)
    for column in columns.values():
        column.flags.writeable = False
    index = np.array([u.index for u in turns], dtype=np.int64)
    place = {u.index: row for row, u in enumerate(turns)}
    language = spoken_language(analysis)
    own = {role: np.flatnonzero(who == role) for role in ratio}
    middles = (columns["start_s"] + columns["end_s"]) / 2
    return PerTurn(index, who, doubtful, columns, source, language, ratio, place, own, middles)


@shared
def _register_of(analysis: Analysis, role: str) -> tuple[float, float]:
    f0_hz = own_sound(analysis, role).f0_hz[alone(analysis, role)]
    return _register(f0_hz, analysis.settings.turns)


def _numbers(
    analysis: Analysis, turn: Utterance, counts: Sequence[Counts], known: Remembered
) -> dict[str, float]:
    sound, settings = own_sound(analysis, turn.role), analysis.settings
    register = _register_of(analysis, turn.role)
    solo = alone(analysis, turn.role)[rows_of(turn.span, sound.hop_s)]
    written = _written([count.get(SYLLABLES) for count in counts])
    channel = analysis.conversation.channel(turn.role)
    own = turn.span, turn.ipus, len(turn.words), written, channel, register, solo.tobytes()
    return known(
        own,
        lambda: (
            _pace_numbers(turn, sound, written, settings.pacing)
            | _voice_numbers(turn, sound, solo, register, settings)
        ),
    )


def _pace_numbers(
    turn: Utterance, frames: Frames, written: float, pacing: Pacing
) -> dict[str, float]:
    runs = union(turn.ipus, join_s=pacing.pause_s)
    heard = [frames.syllable[rows_of(run, frames.hop_s)] for run in runs]
    column = np.concatenate(heard) if heard else np.empty(0, dtype=np.float32)
    known = column.size > 0 and bool(np.isfinite(column).any())
    phonation = sum(run.duration for run in runs)
    return {
        "start_s": turn.span.start,
        "end_s": turn.span.end,
        "phonation_s": phonation,
        "runs": float(len(runs)),
        "words": float(len(turn.words)),
        "written": written,
        "heard": float(np.nansum(column)) if known else np.nan,
        "acceleration": _acceleration(column, phonation) if known else np.nan,
    }


def _acceleration(syllable: NDArray[np.float32], phonation_s: float) -> float:
    """Give the heard rate of the second half of a turn's speech less that of the first half."""
    half = syllable.size // 2
    return float(np.nansum(syllable[half:]) - np.nansum(syllable[:half])) / (phonation_s / 2)


def _written(counts: Sequence[int | None]) -> float:
    return float(sum(c for c in counts if c)) if counts and None not in counts else np.nan


def _count(columns: dict[str, Floats]) -> str:
    """Choose one source of syllables for the whole recording, so that turns compare."""
    written, heard = columns["written"], columns["heard"]
    if np.isfinite(written).any():
        columns["syllables"] = written.copy()
        return "written"
    columns["syllables"] = heard.copy()
    return "heard" if np.isfinite(heard).any() else "none"


def _heard_share(columns: dict[str, Floats], own: NDArray[np.bool_], pacing: Pacing) -> float:
    """Syllables heard per syllable written, a speaker's median over turns.

    Hearing misses unstressed syllables, more with fast speech and reverberation, and does so on
    every turn of a speaker; what tells of a wrong transcript is a turn unlike the others.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (columns["heard"] / columns["written"])[own & (columns["eligible"] > 0)]
    share = share[np.isfinite(share)]
    return float(np.median(share)) if share.size >= pacing.compare_turns else 1.0


def _doubtful(columns: dict[str, Floats], heard_share: Floats, pacing: Pacing) -> NDArray[np.bool_]:
    """Turns on which the two counts differ by more than the share allowed of their mean."""
    usual = np.clip(heard_share, pacing.heard_least, pacing.heard_most)
    written, heard = columns["written"], columns["heard"] / usual
    with np.errstate(invalid="ignore"):
        apart = np.abs(written - heard) > pacing.disagreement * (written + heard) / 2
    return np.asarray(apart & np.isfinite(written) & np.isfinite(heard), dtype=np.bool_)


def _eligible(columns: dict[str, Floats], pacing: Pacing) -> Floats:
    """Give 1 where a turn is long enough to carry a rate, else 0."""
    long_enough = columns["end_s"] - columns["start_s"] >= pacing.min_turn_s
    enough = np.where(
        columns["words"] > 0,
        columns["words"] >= pacing.min_words,
        columns["heard"] >= pacing.syllables_per_word * pacing.min_words,
    )
    counted = np.isfinite(columns["syllables"]) & (columns["phonation_s"] > 0)
    return (long_enough & enough & counted).astype(np.float64)


def _voice_numbers(
    turn: Utterance,
    frames: Frames,
    clean: NDArray[np.bool_],
    register: tuple[float, float],
    settings: Settings,
) -> dict[str, float]:
    where, limits = rows_of(turn.span, frames.hop_s), settings.turns
    f0, level = frames.f0_hz[where], frames.level_db[where]
    voiced = clean & np.isfinite(f0) & (f0 > 0) & np.isfinite(level)
    numbers = {
        "clean_s": float(clean.sum()) * frames.hop_s,
        "voiced_s": float(voiced.sum()) * frames.hop_s,
        "floor_db": _median(frames.noise_floor_db[where]),
        "hiss_db": _hiss(level, frames.alpha_ratio_db[where], round(limits.hiss_s / frames.hop_s)),
    }
    tone = voiced & (f0 >= register[0]) & (f0 <= register[1])
    if not tone.any():
        return numbers
    own_level = np.sort(level[voiced].astype(np.float64))
    quiet, loud = (percentile(own_level, p / 100) for p in limits.level_percentiles)
    # Where a voice fades, which frames still count as voiced hangs on its level over the
    # background: read there, the balance of a turn would change with its level alone.
    strong = voiced & (level >= loud - settings.warmth.balance_within_db)
    return numbers | {
        "level_db": middle(own_level),
        "level_spread_db": loud - quiet,
        "loudest_share": float(np.mean(own_level > settings.warmth.clip_level_dbfs)),
        **_melody(f0, tone, frames.hop_s, limits),
        "harmonic_alpha_db": _median(frames.harmonic_alpha_ratio_db[where][strong]),
        **{
            name: _median(getattr(frames, name)[where][voiced])
            for name in ("hnr_db", "cpp_db", "h1_h2_db", "hf500_db")
        },
    }


def _melody(
    f0_hz: NDArray[np.float32], tone: NDArray[np.bool_], hop_s: float, limits: Turns
) -> dict[str, float]:
    """Middle, range, height and liveliness of a turn's pitch."""
    pitch = np.where(tone, semitones(np.where(tone, f0_hz, REFERENCE_HZ)), np.nan)
    ordered = np.sort(pitch[tone])
    low, high = (percentile(ordered, p / 100) for p in limits.melody_percentiles)
    return {
        "pitch_st": percentile(ordered, 0.5),
        "pitch_range_st": high - low,
        "pitch_high_st": high,
        "liveliness_st_per_s": _liveliness(pitch, hop_s, limits),
    }


def _register(f0_hz: NDArray[np.float32], limits: Turns) -> tuple[float, float]:
    """Give the range, Hz, in which a speaker's pitch is believed, around their mode.

    A tracker's octave errors and creak lie 12 st below the true pitch; the mode of the speaker's
    whole recording tells them apart as long as they are the minority.
    """
    known = f0_hz[np.isfinite(f0_hz) & (f0_hz > 0)]
    if known.size < limits.register_frames:
        return 0.0, np.inf
    st, step = semitones(known.astype(np.float64)), limits.register_step_st
    reach = limits.register_smooth_st
    bins = np.arange(np.floor(st.min()) - reach - 1, st.max() + reach + 2, step)
    counts, edges = np.histogram(st, bins)
    weights = np.hanning(2 * round(reach / step) + 1)
    mode = edges[int(np.argmax(np.convolve(counts, weights, mode="same")))] + step / 2
    low, high = mode - limits.register_below_st, mode + limits.register_above_st
    return float(hertz(low)), float(hertz(high))


def _hiss(level_db: NDArray[np.float32], alpha_db: NDArray[np.float32], frames: int) -> float:
    """Quietest moment of 1 to 5 kHz inside a turn, dBFS: the background the voice stands on.

    Even a short turn without a pause has nasals and closures that leave this band nearly empty,
    so a raised minimum tells of hiss where the level alone cannot.
    """
    known = np.isfinite(level_db) & np.isfinite(alpha_db)
    if known.sum() < frames:
        return np.nan
    high = 10 ** (alpha_db[known].astype(np.float64) / 10)
    power = 10 ** (level_db[known].astype(np.float64) / 10) * high / (1 + high)
    quiet = np.convolve(power, np.full(frames, 1 / frames), mode="valid").min()
    return float(10 * np.log10(max(quiet, 1e-15)))


def _liveliness(pitch: Floats, hop_s: float, limits: Turns) -> float:
    """Mean absolute pitch movement in semitones per second, leaps left out."""
    lag = max(1, round(limits.movement_s / hop_s))
    if pitch.size <= lag:
        return np.nan
    moves = np.abs(pitch[lag:] - pitch[:-lag])
    moves = moves[np.isfinite(moves) & (moves < limits.leap_st)]
    return float(moves.mean() / (lag * hop_s)) if moves.size else np.nan


def _median(values: NDArray[np.float32]) -> float:
    finite = values[np.isfinite(values)]
    return middle(np.sort(finite)) if finite.size else np.nan
