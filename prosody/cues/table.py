"""All cue families together: every measure of a session, its course, and each turn's values.

Conventions
-----------
A row of a family is all there is to a cue: name, unit, meaning and function. Here they are
concatenated in the order they are shown. A time course is the same function over windows of
``settings.course``; where a window cannot say a value it holds None.
"""

import math
from pathlib import Path

from diarize.timeline import Span
from prosody.analysis import Analysis
from prosody.cues import activation, pacing, synchrony, warmth
from prosody.cues import turn_taking as turntaking
from prosody.cues.measure import Cue, Measure, Series
from prosody.settings import Course

__all__ = ["CUES", "Series", "course", "measure_all", "reference", "values_by_utterance"]

CUES: tuple[Cue, ...] = (
    *turntaking.CUES,
    *pacing.CUES,
    *warmth.CUES,
    *activation.CUES,
    *synchrony.CUES,
)
TURN_VALUES = pacing.TURN_VALUES | warmth.TURN_VALUES | turntaking.TURN_VALUES


def measure_all(analysis: Analysis) -> tuple[Measure, ...]:
    """Measure every cue of every role over the whole recording."""
    whole = analysis.conversation.whole
    return tuple(cue.measure(analysis, role, whole) for cue in CUES for role in cue.roles)


def course(analysis: Analysis) -> tuple[Series, ...]:
    """Give the time course of every cue worth showing over the session.

    Windows of ``settings.course.window_s`` start every ``hop_s`` until one reaches the end. A
    recording no longer than one window has no course.
    """
    windows = _windows(analysis.conversation.duration, analysis.settings.course)
    return tuple(
        _series(analysis, cue, role, windows) for cue in CUES if cue.course for role in cue.roles
    )


def _windows(duration: float, course: Course) -> tuple[Span, ...]:
    if duration <= course.window_s:
        return ()
    count = math.ceil((duration - course.window_s) / course.hop_s) + 1
    starts = [step * course.hop_s for step in range(count)]
    return tuple(Span(start, start + course.window_s) for start in starts)


def _series(analysis: Analysis, cue: Cue, role: str, windows: tuple[Span, ...]) -> Series:
    found = [cue.measure(analysis, role, window) for window in windows]
    values = tuple(m.value for m in found)
    low, high = tuple(m.low for m in found), tuple(m.high for m in found)
    if all(end is None for end in (*low, *high)):
        low = high = ()
    return Series(cue.name, role, tuple(w.start for w in windows), values, low, high)


def values_by_utterance(analysis: Analysis) -> dict[int, dict[str, float]]:
    """Give each utterance's own values by cue name, those that can be said.

    For event cards: a single turn is a moment to listen to, not a measure of a person.
    """
    found = {
        utterance.index: {
            name: compute(analysis, utterance) for name, compute in TURN_VALUES.items()
        }
        for utterance in analysis.conversation.utterances
    }
    return {
        index: {name: value for name, value in values.items() if math.isfinite(value)}
        for index, values in found.items()
    }


def reference() -> str:
    """Write the cue reference, a Markdown page, from the rows themselves."""
    lines = [
        "# Cue reference",
        "",
        "Generated from the cues' own rows by `python -m prosody.cues.table`. Every value comes "
        "with its unit, the number of units it rests on, a 95 % interval where it is an estimate, "
        "and a reason where it cannot be said.",
    ]
    families: dict[str, list[Cue]] = {}
    for cue in CUES:
        families.setdefault(cue.name.split(".")[0], []).append(cue)
    for family, cues in families.items():
        lines += ["", f"## {family}", "", "| cue | unit | of | meaning |", "|---|---|---|---|"]
        lines += [
            f"| `{c.name}` | {c.unit or '–'} | {', '.join(c.roles)} | {c.meaning} |" for c in cues
        ]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    Path("docs/cues.md").write_text(reference(), encoding="utf-8")
