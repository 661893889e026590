"""How fast and with which pauses somebody speaks.

Conventions
-----------
Time comes from voice activity: phonation is speech with silences shorter than
``settings.pacing.pause_s`` counted in, a pause is what lies between inside one turn. Words are
only counted, never timed. Syllables come from the transcript where its language has a rule,
else from the syllable nuclei heard in the sound; where both exist and differ by more than a
quarter on a turn, that turn carries no rate. A turn belongs to the window its middle lies in,
so parts and wholes add over windows. No value here is better for being higher or lower.
Formulas: articulation rate, speech rate and words per minute as commonly defined; the minimums
are engineering choices.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from diarize.conversation import Utterance
from diarize.formats.languages import UNKNOWN
from diarize.messages import Field, Message, Note, message
from diarize.timeline import Span, union
from diarize.turns import TurnKind
from prosody.analysis import Analysis
from prosody.cues import pace_after, turn_reasons
from prosody.cues.measure import LAPSES, WORDS_DOUBTED, Cue, Measure, withheld
from prosody.cues.turn_table import PerTurn, turn_table
from prosody.intervals import median_interval, ratio_interval
from prosody.settings import Intervals

__all__ = ["CUES", "in_doubt", "remarks"]

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]
Sums = Callable[[PerTurn, Rows], tuple[Floats, Floats]]
_NAMED = 10  # turns a remark names


def _ratio(
    cue: str,
    role: str,
    unit: str,
    parts: Floats,
    wholes: Floats,
    scale: float = 1.0,
    *,
    rules: Intervals,
) -> Measure:
    """Give ``scale * sum(parts) / sum(wholes)`` with its interval."""
    part, whole = float(parts.sum()), float(wholes.sum())
    if whole <= 0:
        return withheld(cue, role, unit, message("pace.no_speech"), n=parts.size)
    low, high = ratio_interval(scale * parts, wholes, rules=rules)
    return Measure(cue, role, scale * part / whole, unit, part, whole, parts.size, low, high)


def _too_little(analysis: Analysis, rows: Rows, whole: bool) -> Message | None:
    """Say what is missing for a rate on these turns, or None where there is enough."""
    pacing, table = analysis.settings.pacing, turn_table(analysis)
    turns = pacing.session_turns if whole else pacing.window_turns
    seconds = pacing.session_phonation_s if whole else pacing.window_phonation_s
    spoken = float(table["phonation_s"][rows].sum())
    if rows.size and (rows.size >= turns or spoken >= seconds):
        return None
    return message(
        "pace.little_speech",
        n=rows.size,
        words=pacing.min_words,
        seconds=pacing.min_turn_s,
        spoken=spoken,
        turns=turns,
        least=seconds,
    )


def _is_whole(within: Span, analysis: Analysis) -> bool:
    return within.duration >= analysis.conversation.duration


def _rate(cue: str, unit: str, sums: Sums, scale: float = 1.0) -> Callable[..., Measure]:
    """Make the function of a ratio of sums over the turns that carry a rate."""

    def measure(analysis: Analysis, role: str, within: Span) -> Measure:
        table = turn_table(analysis)
        if table.source == "none":
            return withheld(cue, role, unit, message("pace.nothing_to_count"))
        rows = table.rows(role, within)
        rows = rows[table["eligible"][rows] > 0]
        whole = _is_whole(within, analysis)
        missing = _too_little(analysis, rows, whole)
        if missing:
            return withheld(cue, role, unit, missing, n=rows.size)
        agreed = rows[~table.doubtful[rows]]
        doubt = _doubt(analysis, role, rows, agreed, whole)
        used = rows if _too_little(analysis, agreed, whole) else agreed
        found = _ratio(
            cue, role, unit, *sums(table, used), scale, rules=analysis.settings.intervals
        )
        return replace(found, reliable=False, reason=doubt) if doubt else found

    return measure


def _doubt(analysis: Analysis, role: str, rows: Rows, agreed: Rows, whole: bool) -> Message | None:
    """Say why a rate is doubtful: the transcript's syllables and those heard do not agree."""
    if _too_little(analysis, agreed, whole):
        return message("pace.counts_disagree", n=rows.size - agreed.size)
    pacing, share = analysis.settings.pacing, turn_table(analysis).heard_share.get(role, 1.0)
    if pacing.heard_least <= share <= pacing.heard_most:
        return None
    return message("pace.odd_ratio", ratio=share)


def _columns(part: str, whole: str) -> Sums:
    return lambda table, rows: (table[part][rows], table[whole][rows])


def _over_turn_time(part: str) -> Sums:
    return lambda table, rows: (table[part][rows], _turn_s(table, rows))


def _turn_s(table: PerTurn, rows: Rows) -> Floats:
    return np.asarray(table["end_s"][rows] - table["start_s"][rows])


def words_per_minute(analysis: Analysis, role: str, within: Span) -> Measure:
    """Words per minute of turn time."""
    cue, unit = "pace.words_per_minute", "words/min"
    if not analysis.conversation.has_words:
        return withheld(cue, role, unit, message("measure.no_transcript"))
    return _rate(cue, unit, _over_turn_time("words"), 60.0)(analysis, role, within)


def pause_ratio(analysis: Analysis, role: str, within: Span) -> Measure:
    """Share of turn time that is pause, over turns of the least length."""
    table = turn_table(analysis)
    rows = table.rows(role, within)
    lengths = _turn_s(table, rows)
    kept = lengths >= analysis.settings.pacing.min_turn_s
    rows, lengths = rows[kept], lengths[kept]
    missing = _too_little(analysis, rows, _is_whole(within, analysis))
    if missing:
        return withheld("pace.pause_ratio", role, "", missing, n=rows.size)
    pauses = np.maximum(0.0, lengths - table["phonation_s"][rows])
    return _ratio("pace.pause_ratio", role, "", pauses, lengths, rules=analysis.settings.intervals)


def pause_length(analysis: Analysis, role: str, within: Span) -> Measure:
    """Median length of the pauses inside turns."""
    cue, pacing = "pace.pause_length", analysis.settings.pacing
    pauses = np.array(
        [
            before.gap(after)
            for turn in analysis.conversation.of(role)
            if turn.kind != TurnKind.BACKCHANNEL and within.start <= turn.span.middle < within.end
            for before, after in pairwise(union(turn.ipus, join_s=pacing.pause_s))
        ]
    )
    least = pacing.session_pauses if _is_whole(within, analysis) else pacing.window_pauses
    if pauses.size < least:
        reason = message("pace.few_pauses", n=pauses.size, least=least)
        return withheld(cue, role, "s", reason, n=pauses.size)
    low, high = median_interval(pauses, rules=analysis.settings.intervals)
    return Measure(cue, role, float(np.median(pauses)), "s", n=pauses.size, low=low, high=high)


def acceleration(analysis: Analysis, role: str, within: Span) -> Measure:
    """Median change of heard rate from the first to the second half of a turn's speech."""
    cue, unit, pacing = "pace.acceleration", "syl/s", analysis.settings.pacing
    table = turn_table(analysis)
    rows = table.rows(role, within)
    change = table["acceleration"][rows]
    long_enough = table["phonation_s"][rows] >= pacing.acceleration_turn_s
    change = change[long_enough & np.isfinite(change)]
    least = pacing.session_turns if _is_whole(within, analysis) else pacing.window_turns
    if change.size < least:
        seconds = pacing.acceleration_turn_s
        reason = message("pace.few_long_turns", n=change.size, seconds=seconds, least=least)
        return withheld(cue, role, unit, reason, n=change.size)
    low, high = median_interval(change, rules=analysis.settings.intervals)
    return Measure(cue, role, float(np.median(change)), unit, n=change.size, low=low, high=high)


def in_doubt(analysis: Analysis) -> tuple[int, ...]:
    """Give the utterances on which written and heard syllables differ too much for a rate."""
    table = turn_table(analysis)
    found = table.utterance[table.doubtful & (table["eligible"] > 0)]
    return tuple(int(index) for index in found)


def remarks(analysis: Analysis) -> tuple[Note, ...]:
    """Say where syllables come from if not from both sources, and which turns are flagged."""
    said = []
    if turn_table(analysis).source == "heard":
        said.append(_heard_because(analysis))
    flagged = in_doubt(analysis)
    if flagged:
        more = "_more" if len(flagged) > _NAMED else ""
        fields: dict[str, Field] = {
            "n": len(flagged),
            "turns": flagged[:_NAMED],
            "share": analysis.settings.pacing.disagreement,
        }
        spans = tuple(analysis.conversation.utterances[index].span for index in flagged)
        said.append(Note(f"pace.turns_disagree{more}", fields, "caution", spans))
    return tuple(said)


def _heard_because(analysis: Analysis) -> Note:
    language = turn_table(analysis).language
    if not analysis.conversation.has_words:
        return Note("pace.heard_without_transcript", severity="caution")
    if language in (None, UNKNOWN):
        return Note("pace.heard_for_unknown", severity="caution")
    return Note("pace.heard_for_language", {"language": language}, "caution")


def _of_turn(compute: Callable[[PerTurn, int], float]) -> Callable[[Analysis, Utterance], float]:
    """Make the function of a single turn's value; NaN for a backchannel."""

    def value(analysis: Analysis, utterance: Utterance) -> float:
        table = turn_table(analysis)
        row = table.row_of(utterance)
        return math.nan if row is None else compute(table, row)

    return value


def _turn_length(table: PerTurn, row: int) -> float:
    return float(table["end_s"][row] - table["start_s"][row])


def _over_turn(table: PerTurn, row: int, column: str, scale: float = 1.0) -> float:
    """Count per second of turn time, NaN where the turn carries no rate."""
    if not math.isfinite(table["rate"][row]):
        return math.nan
    return scale * float(table[column][row]) / _turn_length(table, row)


def pause_share_of(analysis: Analysis, utterance: Utterance) -> float:
    """Share of a turn's time that is pause; NaN for a short one."""
    table = turn_table(analysis)
    row = table.row_of(utterance)
    if row is None or _turn_length(table, row) < analysis.settings.pacing.min_turn_s:
        return math.nan
    return 1 - min(1.0, float(table["phonation_s"][row]) / _turn_length(table, row))


CUES: tuple[Cue, ...] = (
    Cue(
        name="pace.articulation_rate",
        unit="syl/s",
        label="Articulation rate",
        higher="faster",
        lower="slower",
        meaning="Syllables per second of speech, pauses excluded: how fast the speaking itself is. "
        "It says nothing about whether that speed suits the moment.",
        measure=_rate("pace.articulation_rate", "syl/s", _columns("syllables", "phonation_s")),
        course=True,
        of_turn=_of_turn(lambda t, r: float(t["rate"][r])),
        turn_none=turn_reasons.of_pace,
        headline=9,
        least=0.0,
        drawn=("course", "apart"),
        on_card=True,
    ),
    Cue(
        name="pace.speech_rate",
        unit="syl/s",
        label="Speech rate",
        higher="faster or with fewer pauses",
        lower="slower or with more pauses",
        meaning="Syllables per second of turn time, pauses inside the turn included. "
        "Falls with slower speech and with more pauses alike.",
        measure=_rate("pace.speech_rate", "syl/s", _over_turn_time("syllables")),
        course=True,
        of_turn=_of_turn(lambda t, r: _over_turn(t, r, "syllables")),
        turn_none=turn_reasons.of_pace,
        least=0.0,
        on_card=True,
        spoilt_by=LAPSES,
    ),
    Cue(
        name="pace.words_per_minute",
        unit="words/min",
        label="Words per minute",
        higher="more words in the same time",
        lower="fewer words in the same time",
        meaning="Words per minute of turn time, pauses included. Transcribers drop fillers and "
        "repetitions, so the true number may be slightly higher.",
        measure=words_per_minute,
        course=True,
        of_turn=_of_turn(
            lambda t, r: _over_turn(t, r, "words", 60.0) if t["words"][r] > 0 else math.nan
        ),
        turn_none=turn_reasons.of_words,
        headline=10,
        least=0.0,
        on_card=True,
        spoilt_by=(*LAPSES, *WORDS_DOUBTED),
    ),
    Cue(
        name="pace.pause_ratio",
        unit="",
        share=True,
        label="Pause share",
        higher="more pausing",
        lower="less pausing",
        meaning="Share of turn time that is pause: pauses of "
        "{settings.pacing.pause_s:g} s and more. Silence between turns of different people is not "
        "counted.",
        measure=pause_ratio,
        course=True,
        of_turn=pause_share_of,
        turn_none=lambda *_: turn_reasons.SHORT,
        headline=11,
        on_card=True,
        spoilt_by=LAPSES,
    ),
    Cue(
        name="pace.pause_length",
        unit="s",
        label="Pause length (median)",
        higher="longer pauses",
        lower="shorter pauses",
        meaning="Median length of a pause inside a turn. Pauses longer than the joining limit end "
        "the turn and are listed as silences instead.",
        measure=pause_length,
        least=0.0,
        spoilt_by=LAPSES,
    ),
    Cue(
        name="pace.syllable_duration",
        unit="s",
        label="Syllable duration",
        higher="longer syllables, slower speech",
        lower="shorter syllables, faster speech",
        meaning="Mean seconds per syllable, pauses excluded; the inverse of the articulation rate.",
        measure=_rate("pace.syllable_duration", "s", _columns("phonation_s", "syllables")),
        least=0.0,
    ),
    Cue(
        name="pace.run_length",
        unit="syllables",
        label="Syllables between pauses",
        higher="longer runs of speech",
        lower="shorter runs of speech",
        meaning="Syllables spoken between one pause and the next, on average: short runs are "
        "halting or considered speech, long runs are fluent or hurried speech.",
        measure=_rate("pace.run_length", "syllables", _columns("syllables", "runs")),
        least=0.0,
        spoilt_by=LAPSES,
    ),
    Cue(
        name="pace.acceleration",
        unit="syl/s",
        label="Speeding up within turns",
        higher="speeds up more",
        lower="slows down more",
        meaning="How much faster the second half of a longer turn is than its first half, from "
        "syllables heard. Turns usually slow down towards their end: values below zero are common.",
        measure=acceleration,
    ),
    *pace_after.CUES,
)
