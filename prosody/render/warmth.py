"""The warmth proxy of a report, window by window: with all its components, or with some left out.

Conventions
-----------
Pure arithmetic on what a report holds. A window's points are ``points * weight * z / (weights at
hand)``, over all weights where those at hand are too few for an index; leaving components out of it
is therefore exact without sound or model: each point that stays is multiplied by the old sum of
weights over the new one. An index is 50 plus its points, an axis 50 plus what its own components
give alone. A window has an index only where the components at hand carry the least share of the
weight, over all and on each axis that has weight, as in `prosody.cues.composite`. The two axes
are shown apart, the combined index last and never without what it is made of. Lines are cells of
plain text; who shows them escapes them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from diarize.messages import decimal, message, own_words, sentence
from prosody import catalogue
from prosody.cues.composite import MIDPOINT
from prosody.cues.measure import Cue
from prosody.cues.voice import NOT_MEASURED
from prosody.cues.warmth import INDEX
from prosody.render import wording
from prosody.render.cells import heads
from prosody.report.model import Report
from prosody.rules.warmth import AXES, current_component, shipped_components

__all__ = [
    "HEADS",
    "Row",
    "Weighed",
    "beside",
    "component",
    "component_lines",
    "rows",
    "unweighed_lines",
    "weigh",
    "why_no_course",
    "window_heads",
    "window_lines",
]

HEADS = ("component", "axis", "weight", "why_weight")  # names of `heads`
Values = tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A component as a report's settings have it: `weight` as set, `counted` unless left out."""

    name: str
    axis: str
    weight: float
    counted: bool
    evidence: str


@dataclass(frozen=True, slots=True)
class Weighed:
    """The proxy window by window; every tuple has one place per window, None where unsaid.

    `share` is each component's part of the weight that counts; `points` sum to ``index - 50``.
    """

    start_s: tuple[float, ...]
    index: Values
    axes: Mapping[str, Values]
    points: Mapping[str, Values]
    share: Mapping[str, float]


def rows(report: Report) -> tuple[Row, ...]:
    """Give the components in the order they are shown."""
    warmth = report.settings.get("warmth", {})
    out = {current_component(name) for name in warmth.get("left_out", ())}
    return tuple(
        Row(name, c["axis"], c["weight"], name not in out, c["evidence"])
        for c in warmth.get("components", ())
        if (name := current_component(c["name"]))
    )


def weigh(report: Report, without: Collection[str] = ()) -> Weighed:
    """Weigh the windows of a session anew.

    Parameters
    ----------
    report : Report
        Its course holds the points; components its settings leave out have none to weigh.
    without : collection of str
        Components to leave out besides.
    """
    parts = rows(report)
    old = {r.name: r.weight if r.counted else 0.0 for r in parts}
    new = {name: 0.0 if name in without else weight for name, weight in old.items()}
    axis = {r.name: r.axis for r in parts}
    course = {s.cue: s for s in report.course.series if s.cue.startswith("warmth.")}
    line = course.get(INDEX)
    starts = line.start_s if line else ()
    least = float(report.settings.get("warmth", {}).get("min_weight", 1.0))
    points: dict[str, list[float | None]] = {name: [] for name in old}
    axes: dict[str, list[float | None]] = {name: [] for name in AXES}
    index: list[float | None] = []
    for at in range(len(starts)):
        given = {n: course[f"warmth.{n}"].value[at] for n in old if f"warmth.{n}" in course}
        known = {n: float(p) for n, p in given.items() if p is not None}
        here = _shared(known, old, new, least)
        scores = {a: _score(known, old, _only(new, axis, a), least) for a in AXES}
        whole = _score(known, old, new, least)
        both = all(scores[a] is not None or not any(_only(new, axis, a).values()) for a in AXES)
        for name in old:
            points[name].append(here.get(name))
        for a in AXES:
            axes[a].append(scores[a])
        index.append(whole if both else None)
    total = sum(new.values()) or 1.0
    return Weighed(
        starts,
        tuple(index),
        {a: tuple(values) for a, values in axes.items()},
        {n: tuple(values) for n, values in points.items()},
        {n: weight / total for n, weight in new.items()},
    )


def _only(weights: Mapping[str, float], axis: Mapping[str, str], name: str) -> dict[str, float]:
    return {n: w for n, w in weights.items() if axis[n] == name}


def _over(known: Mapping[str, float], weights: Mapping[str, float], least: float) -> float:
    """Give the weight that points are shared over: that at hand, or all where it is too little."""
    have, whole = sum(weights[n] for n in known if n in weights), sum(weights.values())
    return have if have >= least * whole - 1e-9 else whole


def _shared(
    known: Mapping[str, float], old: Mapping[str, float], new: Mapping[str, float], least: float
) -> dict[str, float]:
    """Share the whole weight among the components at hand that still count."""
    before, after = _over(known, old, least), _over(known, new, least)
    scale = before / after if after > 0 else 0.0
    return {n: known[n] * scale if new[n] > 0 else 0.0 for n in known if n in new}


def _score(
    known: Mapping[str, float], old: Mapping[str, float], new: Mapping[str, float], least: float
) -> float | None:
    have, whole = sum(new[n] for n in known if n in new), sum(new.values())
    if whole <= 0 or have < least * whole - 1e-9:
        return None
    return MIDPOINT + sum(_shared(known, old, new, least).values())


def component_lines(report: Report, without: Collection[str] = ()) -> tuple[tuple[str, ...], ...]:
    """Give name, axis, share of the weight and evidence of every component."""
    share = weigh(report, without).share
    return tuple(
        (
            component(row.name),
            str(message(f"page.axis_{row.axis}")),
            _weight(row, share, without),
            _evidence(row),
        )
        for row in rows(report)
    )


def _evidence(row: Row) -> str:
    """Say why a component weighs what it does; what a person's own file says stands as it is."""
    shipped = {one.name: one.evidence for one in shipped_components()}
    own = row.evidence
    same = own == shipped.get(row.name)
    return own_words(f"cues.warmth.{row.name}.weighed", own) if same else own


def component(name: str) -> str:
    """Name a component of the proxy."""
    return sentence(f"component.{name}")


def _weight(row: Row, share: Mapping[str, float], without: Collection[str]) -> str:
    if not row.counted or row.name in without:
        return str(message("page.left_out"))
    return decimal(f"{share[row.name]:.2f}")


def unweighed_lines(report: Report) -> tuple[tuple[str, str, str], ...]:
    """Give what is shown at weight 0: its name, the therapist's value and the reason."""
    lines = []
    why = {cue.name: cue.words("unweighed") for cue in catalogue.table() if cue.unweighed}
    why |= dict.fromkeys(NOT_MEASURED, str(message("page.needs_periods")))
    for cue, reason in why.items():
        found = report.measure(cue, "therapist")
        value = str(message("page.not_measured"))
        if found is not None:
            value = wording.said(cue, found.value, found.unit)
        lines.append((wording.cue(cue), value, reason))
    return tuple(lines)


def window_lines(report: Report, found: Weighed) -> tuple[tuple[str, ...], ...]:
    """Give each window's time, both axes, the index and the points that add up to it."""
    names = [row.name for row in rows(report) if found.share[row.name] > 0]
    length = report.course.window_s
    lines = []
    for at, start in enumerate(found.start_s):
        scores = [*(found.axes[axis][at] for axis in AXES), found.index[at]]
        points = [found.points[name][at] for name in names]
        end = min(start + length, report.recording.duration_s)
        lines.append(
            (
                str(message("page.range", start=wording.clock(start), end=wording.clock(end))),
                *(wording.NOTHING if v is None else decimal(f"{v:.1f}") for v in scores),
                *(wording.NOTHING if p is None else _points(p) for p in points),
            )
        )
    return tuple(lines)


def _points(value: float) -> str:
    text = f"{value:+.1f}".replace("-0.0", "0.0").replace("+0.0", "0.0")
    return decimal(text).replace("-", "−")


def window_heads(report: Report, found: Weighed) -> tuple[str, ...]:
    """Give the heads of `window_lines`."""
    counted = (component(row.name) for row in rows(report) if found.share[row.name] > 0)
    return (*heads("window", "soft_up", "melodic_up", "index"), *counted)


def beside(report: Report, cue: Cue) -> str:
    """Say what stands beside the course of a cue: its meaning, and for whom it is missing."""
    unsaid = (
        message("page.role_not_available", role=wording.role(m.role), reason=str(m.reason))
        for m in report.measures
        if m.cue == cue.name and m.value is None and m.reason
    )
    return " ".join([cue.words("meaning"), *map(str, unsaid)])


def why_no_course(report: Report) -> str:
    """Say why no time course of the proxy can be drawn."""
    found = report.measure(INDEX, "therapist")
    if found is not None and found.reason:
        return str(found.reason)
    return str(message("page.too_short_for_windows"))
