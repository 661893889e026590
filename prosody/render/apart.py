"""The warmth proxy taken apart, for people: the drawing, the weights beside it, the caveat.

Conventions
-----------
What is drawn follows from a report alone (`prosody.render.weighing`). The two axes stand apart, the
combined index last and never without what it is made of. Cells are plain text; who shows them
escapes them.
"""

from collections.abc import Collection, Mapping
from html import escape

from prosody.cues.warmth import CAVEAT, NOT_WEIGHED
from prosody.render import svg as figures
from prosody.render import wording
from prosody.render.weighing import Row, Weighed, rows, weigh
from prosody.report.model import Report

__all__ = [
    "AXIS_NAMES",
    "HEADS",
    "beside",
    "component_lines",
    "section",
    "unweighed_lines",
    "window_heads",
    "window_lines",
]

AXIS_NAMES = {"soft": "soft – hard", "melodic": "melodic – flat", "fit": "fit to the client"}
COURSES = ("warmth.soft_hard", "warmth.melodic_flat", "warmth.index")
HEADS = ("Component", "Axis", "Weight", "Why it weighs this")


def component_lines(report: Report, without: Collection[str] = ()) -> tuple[tuple[str, ...], ...]:
    """Give name, axis, share of the weight and evidence of every component."""
    share = weigh(report, without).share
    return tuple(
        (_name(row.name), AXIS_NAMES[row.axis], _weight(row, share, without), row.evidence)
        for row in rows(report)
    )


def _name(component: str) -> str:
    return component.replace("_", " ")


def _weight(row: Row, share: Mapping[str, float], without: Collection[str]) -> str:
    if not row.counted or row.name in without:
        return "left out"
    return f"{share[row.name]:.2f}"


def unweighed_lines(report: Report) -> tuple[tuple[str, str, str], ...]:
    """Give what is shown at weight 0: its name, the therapist's value and the reason."""
    lines = []
    for cue, reason in NOT_WEIGHED.items():
        found = report.measure(cue, "therapist")
        value = "not measured"
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
        scores = [found.axes["soft"][at], found.axes["melodic"][at], found.index[at]]
        points = [found.points[name][at] for name in names]
        end = min(start + length, report.recording.duration_s)
        lines.append(
            (
                f"{wording.clock(start)} to {wording.clock(end)}",
                *("–" if v is None else f"{v:.1f}" for v in scores),
                *("–" if p is None else _points(p) for p in points),
            )
        )
    return tuple(lines)


def _points(value: float) -> str:
    return f"{value:+.1f}".replace("-0.0", "0.0").replace("+0.0", "0.0").replace("-", "−")


def window_heads(report: Report, found: Weighed) -> tuple[str, ...]:
    """Give the heads of `window_lines`."""
    counted = (_name(row.name) for row in rows(report) if found.share[row.name] > 0)
    return ("Window", "Soft (up)", "Melodic (up)", "Index", *counted)


def section(report: Report) -> str:
    """Write the section of the HTML report."""
    found = weigh(report)
    drawn = [figures.course(report, cue, "0-100", middle=50.0) for cue in COURSES]
    shown = "".join(f"<figure>{figure}</figure>" for figure in drawn if figure)
    return (
        f'<p class="unsaid">{escape(CAVEAT)}</p>'
        + (shown or f"<p>No course can be drawn: {escape(_why_not(report))}.</p>")
        + "<p>Medians of windows; the bars are 95 % intervals (block bootstrap over "
        "turns). Up is softer, more melodic; 50 (dashes) is this person\u2019s own middle, "
        "not a mark.</p>"
        + _table("Weights", HEADS, component_lines(report))
        + "<details><summary>Which component moved it, window by window</summary>"
        "<p>Points add up to the index less 50.</p>"
        + _table("", window_heads(report, found), window_lines(report, found))
        + "</details>"
        + _table(
            "Shown, not weighed",
            ("Measure", "Therapist", "Why its weight is 0"),
            unweighed_lines(report),
        )
    )


def beside(report: Report, cue: str, meaning: str) -> str:
    """Say what stands beside the course of a cue: its meaning, and for whom it cannot be said."""
    unsaid = (
        f" {wording.role(m.role)}: cannot be said, {m.reason}."
        for m in report.measures
        if m.cue == cue and m.value is None and m.reason
    )
    return meaning + "".join(unsaid)


def _why_not(report: Report) -> str:
    found = report.measure("warmth.index", "therapist")
    if found is not None and found.reason:
        return found.reason
    return "the recording is too short for windows"


def _table(title: str, heads: tuple[str, ...], lines: tuple[tuple[str, ...], ...]) -> str:
    caption = f"<h3>{escape(title)}</h3>" if title else ""
    top = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in line) + "</tr>" for line in lines
    )
    return f"{caption}<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
