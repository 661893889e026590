"""Every cue: the one table from which measures, courses, figures, wording and docs follow.

Conventions
-----------
A row (`prosody.cues.measure.Cue`) is all there is to a cue: name, unit, label, what higher and
lower mean, meaning and function. The families of voice and talk and those of listening are put
together here, above both. A time course is the same function over windows of
``settings.course``; where a window has no value it holds None. A cue whose name said the opposite
of its number has a new one: reports go on carrying the old name beside it (`ALIASES`) for one
schema, and whatever a person wrote with the old name is understood.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from diarize.messages import is_known, sentence
from diarize.timeline import Span
from prosody.analysis import Analysis, shared
from prosody.cues import activation, pacing, synchrony, turn_taking, voice, warmth
from prosody.cues.evidence import Topic, topics
from prosody.cues.measure import Cue, Measure, Named, Series
from prosody.listening import continuity, outcomes
from prosody.listening import cues as listening

__all__ = [
    "ALIASES",
    "course",
    "current",
    "family",
    "get",
    "headlines",
    "measure_all",
    "named",
    "names",
    "of_turns",
    "reference",
    "registered",
    "table",
    "values_by_utterance",
]


# Old names, and what stands for them; the numbers are the same.
ALIASES: Mapping[str, str] = {
    "voice.steadiness": "voice.unevenness",
    "warmth.loudness": "warmth.quietness",
    "warmth.pace": "warmth.slowness",
    "warmth.soft_hard": "warmth.soft",
    "warmth.melodic_flat": "warmth.melodic",
    "continuity.pitch": "distance.pitch",
    "continuity.level": "distance.level",
}
_ROWS: dict[str, Named] = {
    row.name: row
    for row in (
        *turn_taking.CUES,
        *pacing.CUES,
        *voice.CUES,
        *warmth.CUES,
        *activation.CUES,
        *synchrony.CUES,
        *listening.CUES,
        *turn_taking.VALUES,
        *outcomes.VALUES,
        *continuity.VALUES,
    )
}


def table() -> tuple[Cue, ...]:
    """Give every cue, in the order in which they are shown."""
    return tuple(row for row in _ROWS.values() if isinstance(row, Cue))


def get(name: str) -> Cue | None:
    """Give a cue by its name or an old one; None where there is none."""
    row = named(name)
    return row if isinstance(row, Cue) else None


def current(name: str) -> str:
    """Give the name that stands for an old one; any other as it is."""
    return ALIASES.get(name, name)


def named(name: str) -> Named | None:
    """Give what a number is called, be it a cue's, a turn's or of what came next."""
    return _ROWS.get(current(name))


def names() -> tuple[str, ...]:
    """Give the names of every number, in the order of the table."""
    return tuple(_ROWS)


def family(name: str) -> str:
    """Name the family a cue belongs to.

    Examples
    --------
    >>> family("pace.pause_ratio")
    'Pace'
    """
    head = name.partition(".")[0]
    code = f"family.{head}"
    return sentence(code) if is_known(code) else head.replace("_", " ").capitalize()


def headlines() -> tuple[Cue, ...]:
    """Give the headline figures, in order."""
    return tuple(sorted((cue for cue in table() if cue.headline), key=lambda cue: cue.headline))


@contextmanager
def registered(row: Named) -> Iterator[Named]:
    """Add a row to the table for as long as the context lasts, as an extension or a test does."""
    if row.name in _ROWS:
        raise ValueError(f"{row.name} is in the table already")
    _ROWS[row.name] = row
    try:
        yield row
    finally:
        del _ROWS[row.name]


def drawn(where: str) -> tuple[Cue, ...]:
    """Give the cues whose courses are drawn somewhere, in order; see `Cue.drawn`."""
    return tuple(cue for cue in table() if where in cue.drawn)


def measure_all(analysis: Analysis) -> tuple[Measure, ...]:
    """Measure every cue of every role over the whole recording."""
    return tuple(_measured(analysis, cue, role) for cue in table() for role in cue.roles)


@shared
def _measured(analysis: Analysis, cue: Cue, role: str) -> Measure:
    return cue.measure(analysis, role, analysis.conversation.whole)


def course(analysis: Analysis) -> tuple[Series, ...]:
    """Give the time course of every cue worth showing over the session.

    Windows of ``settings.course.window_s`` start every ``hop_s`` until one reaches the end. A
    recording no longer than one window has no course.
    """
    return tuple(
        _series(analysis, cue, role) for cue in table() if cue.course for role in cue.roles
    )


@shared
def _windows(analysis: Analysis) -> tuple[Span, ...]:
    duration, course = analysis.conversation.duration, analysis.settings.course
    if duration <= course.window_s:
        return ()
    count = math.ceil((duration - course.window_s) / course.hop_s) + 1
    starts = [step * course.hop_s for step in range(count)]
    return tuple(Span(start, start + course.window_s) for start in starts)


@shared
def _series(analysis: Analysis, cue: Cue, role: str) -> Series:
    windows = _windows(analysis)
    found = [cue.measure(analysis, role, window) for window in windows]
    values = tuple(m.value for m in found)
    low, high = tuple(m.low for m in found), tuple(m.high for m in found)
    if all(end is None for end in (*low, *high)):
        low = high = ()
    return Series(cue.name, role, tuple(w.start for w in windows), values, low, high)


def of_turns() -> tuple[Named, ...]:
    """Give what a single turn has a value of."""
    return tuple(row for row in _ROWS.values() if row.of_turn is not None)


@shared
def values_by_utterance(analysis: Analysis) -> Mapping[int, Mapping[str, float]]:
    """Give each utterance's own values by name, those that it has.

    For event cards: a single turn is a moment to listen to, not a measure of a person.
    """
    rows = [(name, row.of_turn) for name, row in _ROWS.items() if row.of_turn is not None]
    return {
        utterance.index: {
            name: value
            for name, of_turn in rows
            if math.isfinite(value := of_turn(analysis, utterance))
        }
        for utterance in analysis.conversation.utterances
    }


def reference() -> str:
    """Write the cue reference, a Markdown page, from the rows themselves."""
    lines = [
        "# Cue reference",
        "",
        "Generated from the cues' own rows by `python -m prosody.catalogue`. Every value comes "
        "with its unit, the number of units it rests on, a 95% interval (of this recording, not "
        "of the person) where it is an estimate that rests on enough of them, and a reason where "
        "it is not available. A unit of 0 to 1 is that of a share in files; people read it as a "
        "percentage.",
        "",
        "The examples are drawn by `docs/draw_examples.py` from two samples with the same voices, "
        "`attentive` and, after the dotted line, `hurried`: a line is the value of a part "
        "(therapist blue, client orange and dashed, both black; of the whole where a part is too "
        "short), a dot a turn's own value, and below lie the turns with what is counted. What "
        "compares two people shows the turns compared, and the value of each part at the right.",
    ]
    families: dict[str, list[Cue]] = {}
    for cue in table():
        families.setdefault(cue.name.partition(".")[0], []).append(cue)
    for name, cues in families.items():
        lines += ["", f"## {family(name)}", "", f"| {' | '.join(_HEADS)} |"]
        lines += ["|" + "---|" * len(_HEADS), *map(_reference_row, cues)]
    lines += ["", "## What studies say", "", *_studies()]
    return "\n".join([*lines, "", "## Names of earlier versions", "", *_old_names(), ""])


def _studies() -> Iterator[str]:
    """Write the table of `prosody.cues.evidence`."""
    yield "| of | what can be said | study | participants | finding |"
    yield "|---|---|---|---|---|"
    for topic in topics():
        names = ", ".join(f"`{name}`" for name in _concerned(topic))
        for first, study in enumerate(topic.studies):
            head = ("", "") if first else (names, topic.says)
            sign = "but: " if study.against else ""
            cells = (*head, f"{study.cited} ({study.read} read)", study.n, sign + study.effect)
            yield f"| {' | '.join(cells)} |"


def _concerned(topic: Topic) -> tuple[str, ...]:
    """Give the names of the cues, values and behaviours a topic is of."""
    return (*(name for name in names() if topic.concerns(name)), *topic.behaviours)


_HEADS = ("cue", "name", "unit", "of", "higher means", "meaning", "example")


def _reference_row(cue: Cue) -> str:
    unit = "0 to 1" if cue.share else cue.unit or "–"
    cells = (f"`{cue.name}`", cue.label, unit, ", ".join(cue.roles))
    example = f"![{cue.label}, drawn](images/cues/{cue.name}.svg)"
    return f"| {' | '.join((*cells, cue.higher, cue.words('meaning'), example))} |"


def _old_names() -> Iterator[str]:
    yield "| earlier | now |"
    yield "|---|---|"
    for old, new in ALIASES.items():
        yield f"| `{old}` | `{new}` |"


if __name__ == "__main__":
    Path("docs/cues.md").write_text(reference(), encoding="utf-8")
