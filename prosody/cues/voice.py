"""How somebody's voice is: pitch, melody, level, softness and evenness, in dB, Hz or semitones.

Conventions
-----------
Medians over a role's usable turns (`prosody.cues.gates`). What the recording cannot carry is
withheld with the reason. Levels belong to one recording: microphone and distance are in them.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from diarize.conversation import Utterance
from diarize.messages import Message, message
from diarize.timeline import Span
from prosody.analysis import Analysis, shared
from prosody.cues.described import OTHER
from prosody.cues.gates import barred, clipped, lacks_treble, lost_turns, noisy, usable
from prosody.cues.measure import CODED, CUT, GAIN, HARD, PRESSED, RIDDEN, Cue, Measure, withheld
from prosody.cues.turn_reasons import of_sound, of_spoilt
from prosody.cues.turn_table import PerTurn, turn_table
from prosody.features.semitones import hertz
from prosody.intervals import median_contrast, median_interval
from prosody.statistics import middle

__all__ = ["CUES", "NOT_MEASURED"]

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Read = Callable[[PerTurn, Rows], Floats]

NOT_MEASURED = ("voice.jitter", "voice.shimmer")  # they need single periods of the voice
_DRIVEN = "Driven by loudness, pitch and codec; a softer voice lowers it."
# What spoils a figure: clipped turns, noisy turns, a call that alters levels, lack of bass,
# a telephone's band.
_CLIPPED, _NOISE, _CALL, _BASS, _BAND = "clipped", "noise", "call", "bass", "band"


def _median(cue: str, unit: str, read: Read, *spoilt_by: str) -> Callable[..., Measure]:
    """Make the function that gives the median of one reading over a role's usable turns."""

    def measure(analysis: Analysis, role: str, within: Span) -> Measure:
        reason = _withheld(analysis, spoilt_by)
        if reason:
            return withheld(cue, role, unit, reason)
        table = turn_table(analysis)
        rows = table.inside(usable(analysis, role), within)
        values = read(table, rows)
        passed = values[np.isfinite(values) & ~_spoilt(analysis, spoilt_by)[rows]]
        least = _least(analysis, within)
        if passed.size < least:
            lack = lost_turns("vocal.few_turns", passed.size, rows.size, least)
            return withheld(cue, role, unit, lack, n=passed.size)
        low, high = median_interval(passed, rules=analysis.settings.intervals)
        value = middle(np.sort(passed))
        return Measure(cue, role, value, unit, n=passed.size, low=low, high=high)

    return measure


def _of_turn(read: Read, *spoilt_by: str) -> Callable[[Analysis, Utterance], float]:
    """Make the function of a single turn's value; NaN where it is spoilt."""

    def value(analysis: Analysis, utterance: Utterance) -> float:
        table = turn_table(analysis)
        row = table.row_of(utterance)
        if row is None or _withheld(analysis, spoilt_by) or _spoilt(analysis, spoilt_by)[row]:
            return math.nan
        return float(read(table, np.array([row]))[0])

    return value


def _none(*spoilt_by: str) -> Callable[[Analysis, Utterance], str]:
    """Make the function that says why a turn has no value."""
    clip, noise = _CLIPPED in spoilt_by, _NOISE in spoilt_by

    def code(analysis: Analysis, utterance: Utterance) -> str:
        if (reason := _withheld(analysis, spoilt_by)) is not None:
            return reason.code
        row = turn_table(analysis).place[utterance.index]
        if not turn_table(analysis)["voiced_s"][row] > 0:
            return of_sound(analysis, utterance)
        return of_spoilt(analysis, row, clip=clip, noise=noise) or of_sound(analysis, utterance)

    return code


def _withheld(analysis: Analysis, spoilt_by: tuple[str, ...]) -> Message | None:
    if _BAND in spoilt_by and turn_table(analysis).role.size and lacks_treble(analysis):
        return message("vocal.band")
    return barred(analysis, level=_CALL in spoilt_by) if _BASS in spoilt_by else None


@shared
def _spoilt(analysis: Analysis, by: tuple[str, ...]) -> NDArray[np.bool_]:
    spoilt = np.zeros(turn_table(analysis).role.size, dtype=bool)
    if _CLIPPED in by:
        spoilt |= clipped(analysis)
    return spoilt | noisy(analysis) if _NOISE in by else spoilt


def _least(analysis: Analysis, within: Span) -> int:
    whole = within.duration >= analysis.conversation.duration
    warmth = analysis.settings.warmth
    return warmth.voice_turns if whole else warmth.window_turns


def _column(name: str, sign: float = 1.0) -> Read:
    return lambda table, rows: sign * table[name][rows]


def _hertz(table: PerTurn, rows: Rows) -> Floats:
    return hertz(table["pitch_st"][rows])


def level_to_client(analysis: Analysis, role: str, within: Span) -> Measure:
    """Median voiced level of a role less that of the other, in the same recording."""
    cue, unit = "voice.level_to_client", "dB"
    reason = barred(analysis, level=True)
    if reason is None and analysis.conversation.channel(role) is not None:
        reason = message("vocal.own_microphones")
    if reason:
        return withheld(cue, role, unit, reason)
    table = turn_table(analysis)
    rows = np.union1d(*(_clean(analysis, who, within) for who in (role, OTHER[role])))
    ours = np.asarray(table.role[rows] == role)
    n, others, least = int(ours.sum()), int((~ours).sum()), _least(analysis, within)
    if min(n, others) < least:
        lack = message("vocal.few_of_both", n=n, others=others, least=least)
        return withheld(cue, role, unit, lack, n=min(n, others))
    value, low, high = median_contrast(
        table["level_db"][rows], ours, rules=analysis.settings.intervals
    )
    return Measure(cue, role, value, unit, n=n, low=low, high=high)


def _clean(analysis: Analysis, role: str, within: Span) -> Rows:
    rows = turn_table(analysis).inside(usable(analysis, role), within)
    return rows[~clipped(analysis)[rows]]


def _hidden(
    name: str,
    label: str,
    higher: str,
    lower: str,
    why: str,
    *by: str,
    spoilt_by: tuple[str, ...] = PRESSED,
) -> Cue:
    """Make a row of what is measured, shown on request and never weighed."""
    cue = f"voice.{name}"
    return Cue(
        name=cue,
        unit="dB",
        label=label,
        higher=higher,
        lower=lower,
        meaning=f"{label}. Shown, but not part of the warmth proxy. {why}",
        measure=_median(cue, "dB", _column(f"{name}_db"), *_SPREAD, *by),
        spoilt_by=spoilt_by,
        unweighed=why,
    )


_PITCH: tuple[str, ...] = ()
_MELODY = (_BASS,)
_LEVEL = (_CLIPPED, _CALL, _BASS)
_TILT = (_CLIPPED, _NOISE, _BASS)
_SPREAD = (_CLIPPED, _NOISE, _CALL, _BASS)

CUES: tuple[Cue, ...] = (
    Cue(
        name="voice.pitch_median",
        unit="Hz",
        label="Pitch (median)",
        higher="higher in pitch",
        lower="lower in pitch",
        meaning="Median pitch over turns. It depends on the body more than on manner; studies "
        "disagree on what it is associated with, so it has no weight in the index.",
        measure=_median("voice.pitch_median", "Hz", _hertz, *_PITCH),
        course=True,
        of_turn=_of_turn(_hertz, *_PITCH),
        turn_none=_none(*_PITCH),
        headline=13,
        unweighed="Studies disagree on its direction (Xiao 2014; Paulmann 2019).",
        least=0.0,
        on_card=True,
    ),
    Cue(
        name="voice.pitch_range",
        unit="st",
        label="Pitch range",
        higher="a wider melody",
        lower="a narrower melody",
        meaning="Semitones between percentiles {settings.turns.melody_percentiles[0]:g} and "
        "{settings.turns.melody_percentiles[1]:g} of pitch inside a turn: how wide the melody is.",
        measure=_median("voice.pitch_range", "st", _column("pitch_range_st"), *_MELODY),
        course=True,
        of_turn=_of_turn(_column("pitch_range_st"), *_MELODY),
        turn_none=_none(*_MELODY),
        least=0.0,
        on_card=True,
    ),
    Cue(
        name="voice.level",
        unit="dBFS",
        label="Level",
        higher="louder",
        lower="quieter",
        meaning="Median level of the voice, relative to the loudest that the recording can hold. "
        "It depends on the microphone and its distance: compare within one recording only.",
        measure=_median("voice.level", "dBFS", _column("level_db"), *_LEVEL),
        course=True,
        of_turn=_of_turn(_column("level_db"), *_LEVEL),
        turn_none=_none(*_LEVEL),
        headline=12,
        spoilt_by=GAIN,
        on_card=True,
    ),
    Cue(
        name="voice.level_to_client",
        unit="dB",
        label="Level relative to the client",
        higher="the therapist louder than the client",
        lower="the therapist quieter than the client",
        meaning="The therapist's level minus the client's in the same recording; above 0 the "
        "therapist is louder. It also depends on who sits nearer to the microphone.",
        measure=level_to_client,
        roles=("therapist",),
        course=True,
        spoilt_by=GAIN,
    ),
    Cue(
        name="voice.softness",
        unit="dB",
        label="Softness",
        higher="softer",
        lower="harder",
        meaning="Energy of the voice's harmonics below 1 kHz against that from 1 to 5 kHz: higher "
        "is softer, with less vocal effort. Depends on room and microphone.",
        measure=_median("voice.softness", "dB", _column("harmonic_alpha_db", -1.0), *_TILT),
        course=True,
        of_turn=_of_turn(_column("harmonic_alpha_db", -1.0), *_TILT),
        turn_none=_none(*_TILT, _BAND),
        spoilt_by=(*CUT, *HARD),
        on_card=True,
    ),
    Cue(
        name="voice.unevenness",
        unit="dB",
        label="Unevenness of level",
        higher="less steady",
        lower="steadier",
        meaning="Spread of level inside a turn, percentiles "
        "{settings.turns.level_percentiles[0]:g} to {settings.turns.level_percentiles[1]:g}: "
        "higher is less steady.",
        measure=_median("voice.unevenness", "dB", _column("level_spread_db"), *_SPREAD),
        course=True,
        of_turn=_of_turn(_column("level_spread_db"), *_SPREAD),
        turn_none=_none(*_SPREAD),
        least=0.0,
        spoilt_by=(*GAIN, *HARD),
        on_card=True,
    ),
    _hidden(
        "hnr",
        "Harmonics-to-noise ratio",
        "less noise in the voice",
        "more noise in the voice",
        _DRIVEN,
        _BAND,
        spoilt_by=(*RIDDEN, *HARD),
    ),
    _hidden(
        "cpp",
        "Cepstral peak prominence",
        "a more periodic voice",
        "a less periodic voice",
        _DRIVEN,
        _BAND,
        spoilt_by=(*PRESSED, *CODED),
    ),
    _hidden(
        "h1_h2",
        "H1–H2, first harmonic against the second",
        "a stronger first harmonic",
        "a weaker first harmonic",
        "Driven by pitch and the first formant; unreliable in running speech.",
    ),
)
