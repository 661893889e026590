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

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from diarize.conversation import Utterance
from diarize.timeline import Span, union
from prosody.analysis import Analysis, shared
from prosody.cues.measure import Cue, Measure, withheld
from prosody.cues.turn_table import PerTurn, turn_table
from prosody.statistics import interval, median_interval, median_rows

__all__ = ["CUES", "TURN_VALUES", "in_doubt", "remarks"]

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]
Sums = Callable[[PerTurn, Rows], tuple[Floats, Floats]]
OTHER = {"therapist": "client", "client": "therapist"}
ROLES = ("therapist", "client")


def _ratio(cue: str, role: str, unit: str, parts: Floats, wholes: Floats, scale: float) -> Measure:
    """Give ``scale * sum(parts) / sum(wholes)`` with a block-bootstrap interval."""
    part, whole = float(parts.sum()), float(wholes.sum())
    if whole <= 0:
        return withheld(cue, role, unit, "no speech to measure in", n=parts.size)
    low, high = interval(lambda i: scale * _share(parts[i], wholes[i]), parts.size)
    value = scale * part / whole
    return Measure(cue, role, value, unit, part, whole, parts.size, low, high)


def _share(parts: Floats, wholes: Floats) -> Floats:
    total = wholes.sum(axis=1)
    return np.asarray(parts.sum(axis=1) / np.where(total > 0, total, np.nan))


def _too_little(analysis: Analysis, rows: Rows, whole: bool) -> str | None:
    """Say what is missing for a rate on these turns, or None where there is enough."""
    pacing, table = analysis.settings.pacing, turn_table(analysis)
    turns = pacing.session_turns if whole else pacing.window_turns
    seconds = pacing.session_phonation_s if whole else pacing.window_phonation_s
    spoken = float(table["phonation_s"][rows].sum())
    if rows.size and (rows.size >= turns or spoken >= seconds):
        return None
    return (
        f"{rows.size} turns of at least {pacing.min_words} words and {pacing.min_turn_s:g} s "
        f"with {spoken:.0f} s of speech; needs {turns} turns or {seconds:.0f} s"
    )


def _is_whole(within: Span, analysis: Analysis) -> bool:
    return within.duration >= analysis.conversation.duration


def _rate(name: str, unit: str, sums: Sums, scale: float = 1.0, words: bool = False) -> Cue:
    """Make a cue that is a ratio of sums over the turns that carry a rate."""
    cue, meaning, course = name, MEANINGS[name], name in COURSES

    def measure(analysis: Analysis, role: str, within: Span) -> Measure:
        table = turn_table(analysis)
        if words and not analysis.conversation.has_words:
            return withheld(cue, role, unit, "no words: there is no transcript")
        if table.source == "none":
            return withheld(cue, role, unit, "neither words nor syllables heard to count")
        rows = table.rows(role, within)
        rows = rows[table["eligible"][rows] > 0]
        agreed = rows[~table.doubtful[rows]]
        share = table.heard_share.get(role, 1.0)
        whole = _is_whole(within, analysis)
        missing = _too_little(analysis, rows, whole)
        if missing:
            return withheld(cue, role, unit, missing, n=rows.size)
        if _too_little(analysis, agreed, whole):
            lost = f"the two counts of syllables disagree on {rows.size - agreed.size} turns"
            return _doubted(_ratio(cue, role, unit, *sums(table, rows), scale), lost)
        found = _ratio(cue, role, unit, *sums(table, agreed), scale)
        if analysis.settings.pacing.heard_least <= share <= analysis.settings.pacing.heard_most:
            return found
        return _doubted(found, f"{share:.2f} syllables heard for each one written")

    return Cue(cue, unit, meaning, ROLES, measure, course)


def _doubted(measure: Measure, reason: str) -> Measure:
    return replace(measure, reliable=False, reason=reason)


def _columns(part: str, whole: str) -> Sums:
    return lambda table, rows: (table[part][rows], table[whole][rows])


def _turn_s(table: PerTurn, rows: Rows) -> Floats:
    return np.asarray(table["end_s"][rows] - table["start_s"][rows])


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
    return _ratio("pace.pause_ratio", role, "", pauses, lengths, 1.0)


def pause_length(analysis: Analysis, role: str, within: Span) -> Measure:
    """Median length of the pauses inside turns."""
    pauses = np.array(
        [
            before.gap(after)
            for turn in analysis.conversation.of(role)
            if turn.kind != "backchannel" and within.start <= turn.span.middle < within.end
            for before, after in _neighbours(turn, analysis.settings.pacing.pause_s)
        ]
    )
    least = 10 if _is_whole(within, analysis) else 3
    if pauses.size < least:
        reason = f"{pauses.size} pauses inside turns; needs {least}"
        return withheld("pace.pause_length", role, "s", reason, n=pauses.size)
    low, high = median_interval(pauses)
    value = float(np.median(pauses))
    return Measure("pace.pause_length", role, value, "s", n=pauses.size, low=low, high=high)


def _neighbours(turn: Utterance, pause_s: float) -> list[tuple[Span, Span]]:
    runs = union(turn.ipus, join_s=pause_s)
    return list(pairwise(runs))


def acceleration(analysis: Analysis, role: str, within: Span) -> Measure:
    """Median change of heard rate from the first to the second half of a turn's speech."""
    cue, unit = "pace.acceleration", "syl/s"
    table = turn_table(analysis)
    rows = table.rows(role, within)
    change = table["acceleration"][rows]
    long_enough = table["phonation_s"][rows] >= analysis.settings.pacing.acceleration_turn_s
    change = change[long_enough & np.isfinite(change)]
    whole = _is_whole(within, analysis)
    least = (
        analysis.settings.pacing.session_turns if whole else analysis.settings.pacing.window_turns
    )
    if change.size < least:
        seconds = analysis.settings.pacing.acceleration_turn_s
        reason = f"{change.size} turns of {seconds:g} s with syllables heard; needs {least}"
        return withheld(cue, role, unit, reason, n=change.size)
    low, high = median_interval(change)
    value = float(np.median(change))
    return Measure(cue, role, value, unit, n=change.size, low=low, high=high)


def _after(name: str, kind: str) -> Cue:
    """Make a cue: rate right after the other's turns of one kind less the rate otherwise."""

    def measure(analysis: Analysis, role: str, within: Span) -> Measure:
        table = turn_table(analysis)
        rows = table.rows(role, within)
        rows = rows[np.isfinite(table["rate"][rows])]
        marked = _marked(analysis, OTHER[role], kind)
        theirs = np.flatnonzero(table.role == OTHER[role])
        earlier = np.searchsorted(theirs, rows) - 1
        before = np.where(earlier >= 0, theirs[earlier] if theirs.size else -1, -1)
        after = (before >= 0) & marked[before]
        counts = int(after.sum()), int((before >= 0).sum() - after.sum())
        least = analysis.settings.pacing.after_turns
        if min(counts) < least:
            reason = f"{counts[0]} turns after such a turn and {counts[1]} after others; needs "
            return withheld(name, role, "syl/s", f"{reason}{least} of each", n=counts[0])
        rate, known = table["rate"][rows][before >= 0], after[before >= 0]
        low, high = interval(lambda i: _contrast(rate[i], known[i]), rate.size)
        value = float(_contrast(rate[None], known[None])[0])
        return Measure(name, role, value, "syl/s", n=counts[0], low=low, high=high)

    return Cue(name, "syl/s", MEANINGS[name], ROLES, measure)


def _contrast(rate: Floats, after: NDArray[np.bool_]) -> Floats:
    """Median where `after` less median elsewhere, per row; NaN where one side is empty."""
    during = median_rows(np.where(after, rate, np.nan))
    return np.asarray(during - median_rows(np.where(after, np.nan, rate)))


@shared
def _marked(analysis: Analysis, role: str, kind: str) -> NDArray[np.bool_]:
    """Which rows are the role's long turns, or those louder or higher than usual for them."""
    table = turn_table(analysis)
    own = table.role == role
    if kind == "long":
        return np.asarray(
            own & (table["end_s"] - table["start_s"] >= analysis.settings.pacing.long_turn_s),
            dtype=bool,
        )
    raised = np.zeros(table.role.size, dtype=bool)
    for name, floor in (("level_db", 1.0), ("pitch_st", 0.5)):
        value = np.where(own, table[name], np.nan)
        if np.isfinite(value).sum() >= analysis.settings.pacing.session_turns:
            centre = np.nanmedian(value)
            scale = max(floor, 1.4826 * float(np.nanmedian(np.abs(value - centre))))
            with np.errstate(invalid="ignore"):
                raised |= (value - centre) / scale >= analysis.settings.pacing.raised_z
    return raised


def in_doubt(analysis: Analysis) -> tuple[int, ...]:
    """Give the utterances on which written and heard syllables differ too much for a rate."""
    table = turn_table(analysis)
    found = table.utterance[table.doubtful & (table["eligible"] > 0)]
    return tuple(int(index) for index in found)


def remarks(analysis: Analysis) -> tuple[str, ...]:
    """Say where syllables come from if not from both sources, and which turns are flagged."""
    table = turn_table(analysis)
    said = []
    if table.source == "heard":
        because = "there is no transcript"
        if analysis.conversation.has_words:
            language = f"the language ({table.language})" if table.language else "this language"
            because = f"{language} has no rule for written syllables"
        said.append(f"Syllables are counted from the sound alone, because {because}.")
    flagged = in_doubt(analysis)
    if flagged:
        at = ", ".join(str(index) for index in flagged[:10])
        more = ", …" if len(flagged) > 10 else ""
        said.append(
            f"On {len(flagged)} turn{'s' * (len(flagged) != 1)} ({at}{more}) the syllables written "
            f"and heard differ by more than {100 * analysis.settings.pacing.disagreement:.0f} %: "
            "no rate is given there."
        )
    return tuple(said)


MEANINGS = {
    "pace.articulation_rate": (
        "Syllables per second of speech, pauses left out: how fast the speaking itself is. "
        "It says nothing about whether that speed suits the moment."
    ),
    "pace.speech_rate": (
        "Syllables per second of turn time, pauses inside the turn counted in. "
        "Falls with slower speech and with more pauses alike."
    ),
    "pace.words_per_minute": (
        "Words per minute of turn time, pauses counted in. Transcribers drop fillers and "
        "repetitions, so spoken words may be a little more."
    ),
    "pace.pause_ratio": (
        "Share of turn time that is pause, 0 to 1, pauses of a quarter second and more. "
        "Silence between two people's turns is not in it."
    ),
    "pace.pause_length": (
        "Median length of a pause inside a turn. Pauses longer than the joining limit end the "
        "turn and are listed as silences instead."
    ),
    "pace.syllable_duration": (
        "Mean seconds per syllable, pauses left out; the articulation rate turned over."
    ),
    "pace.run_length": (
        "Syllables spoken between one pause and the next, on average: short runs are halting "
        "or considered speech, long runs are fluent or hurried speech."
    ),
    "pace.acceleration": (
        "How much faster the second half of a longer turn is than its first half, from "
        "syllables heard. Turns usually slow towards their end, so below zero is common."
    ),
    "pace.rate_after_long": (
        "Articulation rate right after the other person's long turns, less the rate after their "
        "other turns: below zero means slowing down after them. A difference, not a cause."
    ),
    "pace.rate_after_raised": (
        "Articulation rate right after turns in which the other person was louder or higher than "
        "usual for them, less the rate after their other turns. A difference, not a cause."
    ),
}
COURSES = {"pace.articulation_rate", "pace.speech_rate", "pace.words_per_minute"}

CUES: tuple[Cue, ...] = (
    _rate("pace.articulation_rate", "syl/s", _columns("syllables", "phonation_s")),
    _rate("pace.speech_rate", "syl/s", lambda t, r: (t["syllables"][r], _turn_s(t, r))),
    _rate(
        "pace.words_per_minute",
        "words/min",
        lambda t, r: (t["words"][r], _turn_s(t, r)),
        scale=60.0,
        words=True,
    ),
    Cue("pace.pause_ratio", "", MEANINGS["pace.pause_ratio"], ROLES, pause_ratio, True),
    Cue("pace.pause_length", "s", MEANINGS["pace.pause_length"], ROLES, pause_length),
    _rate("pace.syllable_duration", "s", _columns("phonation_s", "syllables")),
    _rate("pace.run_length", "syllables", _columns("syllables", "runs")),
    Cue("pace.acceleration", "syl/s", MEANINGS["pace.acceleration"], ROLES, acceleration),
    _after("pace.rate_after_long", "long"),
    _after("pace.rate_after_raised", "raised"),
)

TurnValue = Callable[[Analysis, Utterance], float]


def _turn_value(compute: Callable[[PerTurn, int], float]) -> TurnValue:
    def value(analysis: Analysis, utterance: Utterance) -> float:
        table = turn_table(analysis)
        row = table.row_of(utterance)
        return float("nan") if row is None else compute(table, row)

    return value


def _turn_length(table: PerTurn, row: int) -> float:
    return float(table["end_s"][row] - table["start_s"][row])


def _over_turn(table: PerTurn, row: int, column: str, scale: float = 1.0) -> float:
    """Count per second of turn time, NaN where the turn carries no rate."""
    if not np.isfinite(table["rate"][row]):
        return float("nan")
    return scale * float(table[column][row]) / _turn_length(table, row)


def _pause_share(table: PerTurn, row: int) -> float:
    length = _turn_length(table, row)
    return float("nan") if length < 1.5 else 1 - min(1.0, table["phonation_s"][row] / length)


TURN_VALUES: dict[str, TurnValue] = {
    "pace.articulation_rate": _turn_value(lambda t, r: float(t["rate"][r])),
    "pace.speech_rate": _turn_value(lambda t, r: _over_turn(t, r, "syllables")),
    "pace.words_per_minute": _turn_value(
        lambda t, r: _over_turn(t, r, "words", 60.0) if t["words"][r] > 0 else float("nan")
    ),
    "pace.pause_ratio": _turn_value(_pause_share),
}
