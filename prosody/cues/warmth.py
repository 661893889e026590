"""How softly, steadily, slowly and melodically somebody spoke.

Conventions
-----------
``voice.*`` are absolute: medians over a role's turns, in dB, Hz or semitones. ``warmth.*`` are
relative to the speaker's own turns (`prosody.cues.composite`): points per component and scores
around 50. Over a whole session those medians lie near 0 and 50 by construction: what informs is
their course and the difference between moments. What the recording cannot carry is withheld with
the reason. The caveat belongs wherever the index is shown.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from diarize.conversation import Utterance
from diarize.timeline import Span
from prosody.analysis import Analysis
from prosody.cues.composite import (
    BASS,
    CLIPPED,
    NOISE,
    OTHER,
    REMOTE,
    Profile,
    clipped,
    lacks_bass,
    noisy,
    profile,
    turn_profile,
    usable,
)
from prosody.cues.measure import Cue, Measure, withheld
from prosody.cues.turn_table import PerTurn, turn_table
from prosody.settings import COMPONENTS, Component, Warmth, shipped_components
from prosody.statistics import interval, median_interval, median_rows

__all__ = ["CAVEAT", "CUES", "NOT_WEIGHED", "TITLE", "TURN_VALUES", "caveat", "remarks"]

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

TITLE = "Vocal softness, steadiness & melody (warmth proxy)"
CAVEAT = (
    "This describes how softly, steadily and slowly, and with how much melody, this person spoke "
    "compared with the rest of their own recording. It is not a measure of caring, empathy, skill "
    "or emotion. Microphone, room, illness, accent, culture and topic change it. Studies link such "
    "features to perceived support only modestly and not consistently: the same sentence said "
    "softly and slowly is heard as supportive, while strangers who rate voices call melodic ones "
    "warm, and neither explains more than a small part. A firm or lively voice can be right. "
    "Listen before you conclude. Do not compare people."
)
NOT_WEIGHED: Mapping[str, str] = {
    "voice.pitch_median": "Studies disagree on its direction (Xiao 2014; Paulmann 2019).",
    "voice.hnr": "Driven by loudness, pitch and codec; a softer voice lowers it.",
    "voice.cpp": "Driven by loudness, pitch and codec; a softer voice lowers it.",
    "voice.h1_h2": "Driven by pitch and the first formant; unreliable in running speech.",
    "voice.jitter": "Not measured: needs single periods, which room recordings do not carry.",
    "voice.shimmer": "Not measured: needs single periods, which room recordings do not carry.",
}


def caveat(cue: str) -> str:
    """Give what must stand beside a value of the warmth proxy; nothing for other cues."""
    return CAVEAT if cue.startswith("warmth.") else ""


def remarks(warmth: Warmth) -> tuple[str, ...]:
    """Say where the index is made otherwise than this version ships it; nothing where it is not."""
    shipped = {c.name: c for c in shipped_components()}
    other = [
        f"{c.name.replace('_', ' ')} {key} {_said(ours)} ({_said(theirs)})"
        for c in warmth.components
        if c.name in shipped
        for key in _MAKES
        if (ours := getattr(c, key)) != (theirs := getattr(shipped[c.name], key))
    ]
    if not other:
        return ()
    more = f" and {len(other) - _LISTED} more" if len(other) > _LISTED else ""
    return (
        "The warmth proxy is made with other values than this version ships (in brackets); what is "
        f"known of its worth does not hold for them: {', '.join(other[:_LISTED])}{more}.",
    )


_LISTED = 6
_MAKES = tuple(f.name for f in fields(Component) if f.name not in ("name", "evidence"))


def _said(value: object) -> str:
    if value is None:
        return "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _component_cue(name: str) -> Cue:
    cue = f"warmth.{name}"

    def measure(analysis: Analysis, role: str, within: Span) -> Measure:
        found = profile(analysis, role, within)
        return _row(cue, role, "points", name, found.contributions, found)

    meaning = (
        f"Points this component adds to the index or takes from it. {SAYS[name]} "
        "Over a whole session it lies near 0 by construction."
    )
    return Cue(cue, "points", meaning, ("therapist",), measure, True)


def _score_cue(cue: str, name: str, meaning: str) -> Cue:
    def measure(analysis: Analysis, role: str, within: Span) -> Measure:
        found = profile(analysis, role, within)
        known = dict(found.axes) if found.index is None else {**found.axes, "index": found.index}
        return _row(cue, role, "0-100", name, known, found)

    return Cue(cue, "0-100", meaning, ("therapist",), measure, True)


def _row(
    cue: str, role: str, unit: str, name: str, known: Mapping[str, float], found: Profile
) -> Measure:
    if name not in known:
        return withheld(cue, role, unit, found.missing[name], n=found.n)
    low, high = found.intervals[name]
    return Measure(cue, role, known[name], unit, n=found.n, low=low, high=high)


SAYS: Mapping[str, str] = {
    "loudness": "Up is quieter than this person's own median.",
    "softness": "Up is less energy above 1 kHz in the voice's harmonics than usual for them.",
    "pace": "Up is slower than usual for them, capped so that very slow does not count for more.",
    "steadiness": "Up is a more even level inside a turn than usual, pace taken out.",
    "pitch_range": "Up is a wider melody inside a turn than usual for them.",
    "pitch_lift": "Up is an upper pitch further above the turn's own middle than usual.",
    "upper_pitch": "Up is higher pitch peaks than usual for them.",
    "liveliness": "Up is more pitch movement per second than usual for them; weight 0 as shipped.",
    "fit": "Up is nearer than usual to the client's level and rate in the turn before.",
}
BY_CONSTRUCTION = (
    "It compares this person only with themself: over a whole session it lies near 50 by "
    "construction, and only its course and the difference between moments inform."
)


def _voice(
    name: str, unit: str, compute: Callable[[PerTurn, Rows], Floats], gate: str, meaning: str
) -> Cue:
    """Make a cue that is the median of one column over a role's usable turns."""
    roles = ("therapist", "client")

    def measure(analysis: Analysis, role: str, within: Span) -> Measure:
        reason = _barred(analysis, gate)
        if reason:
            return withheld(name, role, unit, reason)
        table = turn_table(analysis)
        rows = np.intersect1d(usable(analysis, role), table.rows(role, within))
        values = compute(table, rows)
        passed = values[np.isfinite(values) & ~_gated(analysis, gate)[rows]]
        whole = within.duration >= analysis.conversation.duration
        least = (
            analysis.settings.warmth.voice_turns if whole else analysis.settings.warmth.window_turns
        )
        if passed.size < least:
            return withheld(name, role, unit, _lack(passed.size, rows.size, least), n=passed.size)
        low, high = median_interval(passed)
        return Measure(
            name, role, float(np.median(passed)), unit, n=passed.size, low=low, high=high
        )

    return Cue(name, unit, meaning, roles, measure, gate != "hidden")


def _barred(analysis: Analysis, gate: str) -> str | None:
    if analysis.settings.setting == "remote" and gate in {"level", "spread", "hidden"}:
        return REMOTE
    return BASS if gate != "pitch" and lacks_bass(analysis) else None


def _gated(analysis: Analysis, gate: str) -> NDArray[np.bool_]:
    if gate in {"pitch", "melody"}:
        return np.zeros(turn_table(analysis).role.size, dtype=bool)
    if gate == "level":
        return clipped(analysis)
    return clipped(analysis) | noisy(analysis)


def _lack(passed: int, turns: int, least: int) -> str:
    lost = f" ({turns - passed} more left out: {NOISE}, or {CLIPPED})" if turns > passed else ""
    return f"{passed} usable turns{lost}; needs {least}"


def _column(name: str, sign: float = 1.0) -> Callable[[PerTurn, Rows], Floats]:
    return lambda table, rows: sign * table[name][rows]


def _hertz(table: PerTurn, rows: Rows) -> Floats:
    return np.asarray(27.5 * 2 ** (table["pitch_st"][rows] / 12))


def level_to_client(analysis: Analysis, role: str, within: Span) -> Measure:
    """Median voiced level of a role less that of the other, in the same recording."""
    cue, unit, other = "voice.level_to_client", "dB", OTHER[role]
    reason = _barred(analysis, "level")
    if reason:
        return withheld(cue, role, unit, reason)
    if analysis.conversation.channel(role) is not None:
        return withheld(cue, role, unit, "each person has a microphone of their own")
    table = turn_table(analysis)
    clean = ~clipped(analysis)
    rows = np.union1d(
        *(np.intersect1d(usable(analysis, who), table.rows(who, within)) for who in (role, other))
    )
    rows = rows[clean[rows]]
    ours = np.asarray(table.role[rows] == role)
    whole = within.duration >= analysis.conversation.duration
    least = analysis.settings.warmth.voice_turns if whole else analysis.settings.warmth.window_turns
    counts = int(ours.sum()), int((~ours).sum())
    if min(counts) < least:
        reason = f"{counts[0]} and {counts[1]} usable turns; needs {least} of each"
        return withheld(cue, role, unit, reason, n=min(counts))
    level = table["level_db"][rows]
    low, high = interval(lambda i: _contrast(level[i], ours[i]), rows.size)
    value = float(_contrast(level[None], ours[None])[0])
    return Measure(cue, role, value, unit, n=counts[0], low=low, high=high)


def _contrast(values: Floats, ours: NDArray[np.bool_]) -> Floats:
    theirs = median_rows(np.where(ours, np.nan, values))
    return np.asarray(median_rows(np.where(ours, values, np.nan)) - theirs)


CUES: tuple[Cue, ...] = (
    _voice(
        "voice.pitch_median",
        "Hz",
        _hertz,
        "pitch",
        "Median pitch over turns. It depends on the body more than on manner; studies disagree "
        "on what its height goes with, so it has no weight in the index.",
    ),
    _voice(
        "voice.pitch_range",
        "st",
        _column("pitch_range_st"),
        "melody",
        "Semitones between the 20th and the 80th percentile of pitch inside a turn: how wide the "
        "melody is.",
    ),
    _voice(
        "voice.level",
        "dBFS",
        _column("level_db"),
        "level",
        "Median level of the voice below the recorder's full scale. It depends on the microphone "
        "and its distance: compare within one recording only.",
    ),
    Cue(
        "voice.level_to_client",
        "dB",
        "How much louder (above 0) or quieter the therapist arrives at the microphone than the "
        "client. It includes who sits nearer.",
        ("therapist",),
        level_to_client,
        True,
    ),
    _voice(
        "voice.softness",
        "dB",
        _column("harmonic_alpha_db", -1.0),
        "tilt",
        "Energy of the voice's harmonics below 1 kHz against that from 1 to 5 kHz: higher is "
        "softer, with less vocal effort. Depends on room and microphone.",
    ),
    _voice(
        "voice.steadiness",
        "dB",
        _column("level_spread_db"),
        "spread",
        "Spread of level inside a turn, 10th to 90th percentile: lower is steadier.",
    ),
    _voice(
        "voice.hnr",
        "dB",
        _column("hnr_db"),
        "hidden",
        f"Harmonics-to-noise ratio. Weight 0: {NOT_WEIGHED['voice.hnr']}",
    ),
    _voice(
        "voice.cpp",
        "dB",
        _column("cpp_db"),
        "hidden",
        f"Cepstral peak prominence. Weight 0: {NOT_WEIGHED['voice.cpp']}",
    ),
    _voice(
        "voice.h1_h2",
        "dB",
        _column("h1_h2_db"),
        "hidden",
        f"First harmonic against the second. Weight 0: {NOT_WEIGHED['voice.h1_h2']}",
    ),
    _score_cue(
        "warmth.index",
        "index",
        f"{TITLE}, 0 to 100: 50 plus the points of its components. {BY_CONSTRUCTION}",
    ),
    _score_cue(
        "warmth.soft_hard",
        "soft",
        "Soft (up) to hard (down): level, vocal effort, steadiness and pace together. "
        f"{BY_CONSTRUCTION}",
    ),
    _score_cue(
        "warmth.melodic_flat",
        "melodic",
        f"Melodic (up) to flat (down): pitch range, lift and peaks together. {BY_CONSTRUCTION}",
    ),
    *map(_component_cue, COMPONENTS),
)

TurnValue = Callable[[Analysis, Utterance], float]


def _turn_voice(compute: Callable[[PerTurn, Rows], Floats], gate: str) -> TurnValue:
    def value(analysis: Analysis, utterance: Utterance) -> float:
        table = turn_table(analysis)
        row = table.row_of(utterance)
        if row is None or _barred(analysis, gate) or _gated(analysis, gate)[row]:
            return float("nan")
        return float(compute(table, np.array([row]))[0])

    return value


def _weightless(warmth: Warmth) -> set[str]:
    return {c.name for c in warmth.components if c.weight == 0}


def _turn_points(name: str) -> TurnValue:
    """Give a turn's own points of one component (or the index); for event cards only."""

    def value(analysis: Analysis, utterance: Utterance) -> float:
        found = turn_profile(analysis, utterance)
        if found is None or name in _weightless(analysis.settings.warmth):
            return float("nan")
        if name == "index":
            return float("nan") if found.index is None else found.index
        return found.contributions.get(name, float("nan"))

    return value


TURN_VALUES: dict[str, TurnValue] = {
    **{
        name: _turn_voice(compute, gate)
        for name, compute, gate in (
            ("voice.pitch_median", _hertz, "pitch"),
            ("voice.pitch_range", _column("pitch_range_st"), "melody"),
            ("voice.level", _column("level_db"), "level"),
            ("voice.softness", _column("harmonic_alpha_db", -1.0), "tilt"),
            ("voice.steadiness", _column("level_spread_db"), "spread"),
        )
    },
    "warmth.index": _turn_points("index"),
    **{f"warmth.{name}": _turn_points(name) for name in COMPONENTS},
}
