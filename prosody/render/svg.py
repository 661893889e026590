"""Figures: a report to SVG, pure text without scripts, readable on screen and on paper.

Conventions
-----------
Every function gives one ``<svg>`` element, or None where there is nothing to draw.
The therapist is blue and plain, the client orange and hatched, so that colour is never the only
sign. Words of a session never appear in a figure.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from diarize.conversation import Utterance
from diarize.messages import decimal, message
from diarize.timeline import Span
from diarize.turns import TurnKind
from prosody.analysis import Analysis
from prosody.cues.dyad import transitions
from prosody.cues.measure import Cue, Series
from prosody.cues.solo import alone, own_sound
from prosody.events import Event
from prosody.features.frames import Frames
from prosody.listening import behaviours
from prosody.render import wording
from prosody.render.drawing import (
    COLOUR,
    INK,
    SILENCE,
    WIDTH,
    Drawing,
    drawing,
    rect,
    stroke,
    text,
)
from prosody.render.glyphs import signs
from prosody.report.model import Report
from prosody.statistics import percentile

__all__ = ["contours", "course", "offsets", "timeline"]

_LEFT = 84.0
_ROW_S = 300.0
_BINS = 480
_MARKS = 16.0  # room for behaviours above and below the lanes


def timeline(report: Report) -> Drawing | None:
    """Draw who spoke when: a lane per person, overlaps outlined, long silences marked."""
    if not report.turns:
        return None
    duration = report.recording.duration_s
    lanes = _lanes(report)
    rows = max(1, round(duration / _ROW_S))
    length = duration / rows
    high = 18.0 * len(lanes) + 30 + 2 * _MARKS
    shared = report.conversation.overlaps()
    parts = [_hatch()]
    for row in range(rows):
        span = Span(row * length, (row + 1) * length)
        parts.append(
            f'<g transform="translate(0 {row * high + _MARKS:.0f})">'
            f"{_row(report, lanes, span, shared)}</g>"
        )
    return drawing(str(message("page.timeline")), rows * high + 4, parts)


def _lanes(report: Report) -> list[tuple[str, list[Utterance]]]:
    """Give the turns of the therapist, of the client and of every other voice, each by its name."""
    people = {role: wording.role(role) for role in ("therapist", "client")}
    found: dict[str, list[Utterance]] = {name: [] for name in people.values()}
    for turn in sorted(report.turns, key=lambda turn: turn.voice):
        voice = str(message("dashboard.lane_voice", voice=turn.voice))
        found.setdefault(people.get(turn.role, voice), []).append(turn)
    return [(name, turns) for name, turns in found.items() if turns]


def _row(
    report: Report,
    lanes: Sequence[tuple[str, Sequence[Utterance]]],
    span: Span,
    shared: Sequence[Span],
) -> str:
    def x(seconds: float) -> float:
        inside = min(max(seconds, span.start), span.end) - span.start
        return _LEFT + inside / span.duration * (WIDTH - _LEFT - 8)

    bottom = 18.0 * len(lanes) + 4
    silences = [q.span for q in report.silences if q.kind == "silence"]
    parts = [
        rect(x(q.start), 2, x(q.end) - x(q.start), bottom - 4, SILENCE)
        for q in silences
        if q.overlap(span) > 0
    ]
    for lane, (name, turns) in enumerate(lanes):
        y = 4 + 18.0 * lane
        parts.append(text(_LEFT - 6, y + 10, name, "end"))
        parts.append(stroke(_LEFT, y + 14, WIDTH - 8, y + 14))
        parts += [
            _speech(x(ipu.start), x(ipu.end), y, turn.role, turn.kind)
            for turn in turns
            for ipu in turn.ipus
            if ipu.end > span.start and ipu.start < span.end
        ]
    parts += [
        rect(x(q.start), 2, max(x(q.end) - x(q.start), 1.5), bottom - 2, "none", stroke=INK)
        for q in shared
        if q.overlap(span) > 0
    ]
    for tick in np.arange(span.start, span.end + 1, 60 if span.duration > 90 else 10):
        at = bottom + 12 + _MARKS
        parts.append(text(x(float(tick)), at, wording.clock(float(tick)), "middle"))
    for role, y in (("therapist", -_MARKS / 2), ("client", bottom + _MARKS / 2)):
        here = ((x(e.span.start), e.kind) for e in report.events if _marked(e, role, span))
        parts.append(signs(here, y, role))
    return "".join(parts)


def _marked(event: Event, role: str, within: Span) -> bool:
    """Whether a behaviour has a sign of its own here; what is said aside is a bar already."""
    row, inside = behaviours.get(event.kind), within.start <= event.span.start < within.end
    return event.role == role and not (row is not None and row.aside) and inside


def _speech(start: float, end: float, y: float, role: str, kind: str) -> str:
    fill = "url(#hatch)" if role == "client" else COLOUR[role]
    small = kind != TurnKind.PRIMARY
    return rect(start, y + (5 if small else 0), max(end - start, 1), 6 if small else 12, fill)


def contours(report: Report, frames: Frames) -> Drawing | None:
    """Draw pitch and level of each role over the session, with gaps where nothing was measured.

    A column of pixels shows the middle four fifths of what was measured in it and its median, in
    frames with voice alone: the breaks between words would hide the level of the words. Speech on
    top of the other's is left out.
    """
    conversation = report.conversation
    analysis = Analysis(conversation, frames)
    roles = [r for r in ("therapist", "client") if conversation.speech(r)]
    if not roles:
        return None
    panels = []
    for at, (title, column) in enumerate(
        (("page.pitch_up", "f0_hz"), ("page.level_up", "level_db"))
    ):
        lines = [_envelope(analysis, role, column) for role in roles]
        body = _contour_panel(lines, roles, str(message(title)), conversation.duration)
        panels.append(f'<g transform="translate(0 {at * 150})">{body}</g>' if body else "")
    return drawing(str(message("page.contours")), 312, panels)


def _envelope(analysis: Analysis, role: str, column: str) -> NDArray[np.float64]:
    """Give 10th, 50th and 90th percentile per bin, shape (3, bins), NaN where nothing is."""
    own = own_sound(analysis, role)
    values = np.asarray(getattr(own, column), np.float64)
    values = np.where(alone(analysis, role) & np.isfinite(own.f0_hz), values, np.nan)
    out = np.full((3, _BINS), np.nan)
    edges = np.linspace(0, len(values), _BINS + 1).astype(int)
    for i, (a, b) in enumerate(pairwise(edges)):
        found = np.sort(values[a:b][np.isfinite(values[a:b])])
        if len(found) >= 3:
            out[:, i] = [percentile(found, share) for share in (0.1, 0.5, 0.9)]
    return out


def _contour_panel(
    lines: Sequence[NDArray[np.float64]], roles: Sequence[str], title: str, duration: float
) -> str:
    known = np.concatenate([line[np.isfinite(line)] for line in lines])
    if len(known) == 0:
        return ""
    low, high = np.percentile(known, [1, 99])
    low, high = float(low), float(max(high, low + 1e-6))
    parts = [_axes(title, low, high, duration, 120)]
    step = (WIDTH - _LEFT - 8) / _BINS
    for line, role in zip(lines, roles, strict=True):
        bars, marks = [], []
        for i in np.flatnonzero(np.isfinite(line[1])):
            ten, median, ninety = (_y(float(v), low, high, 120) for v in line[:, i])
            at = _LEFT + (i + 0.5) * step
            bars.append(f"M{at:.1f} {ninety:.1f}V{ten:.1f}")
            marks.append(f"M{at - step / 2:.1f} {median:.1f}h{step:.1f}")
        dashes = ' stroke-dasharray="3 1"' if role == "client" else ""
        parts.append(
            f'<path d="{"".join(bars)}" stroke="{COLOUR[role]}" stroke-opacity=".35" '
            f'stroke-width="1.2"{dashes}/><path d="{"".join(marks)}" stroke="{COLOUR[role]}" '
            'stroke-width="2"/>'
        )
    parts.append(_legend(roles, 12))
    return "".join(parts)


def course(report: Report, row: Cue) -> Drawing | None:
    """Draw the time course of one cue, a line per role, with gaps where it is not available.

    Its `middle` is drawn dashed where it lies inside.
    """
    cue, middle = row.name, row.middle
    lines = [s for s in report.course.series if s.cue == cue and _known(s)]
    if not lines:
        return None
    values = [v for s in lines for v in (*s.value, *s.low, *s.high) if v is not None]
    low, high = min(values), max(values)
    pad = 0.08 * (high - low) or 0.5
    low, high = low - pad, high + pad
    title = (
        ", ".join(filter(None, (wording.cue(cue), wording.unit(row.unit)))) + f"; {wording.up(cue)}"
    )

    def write(value: float) -> str:
        return wording.said(cue, value, "")

    parts = [_axes(title, low, high, report.recording.duration_s, 120, write=write)]
    if middle is not None and low < middle < high:
        y = _y(middle, low, high, 120)
        parts.append(
            f'<path d="M{_LEFT:.1f} {y:.1f}H{WIDTH - 8:.1f}" stroke="{INK}" '
            'stroke-opacity=".5" stroke-dasharray="2 4"/>'
        )
    parts += [_band(report, s, low, high) + _course_line(report, s, low, high) for s in lines]
    parts.append(_legend([s.role for s in lines], 12))
    return drawing(str(message("page.over_session", cue=wording.cue(cue))), 152, parts)


def _known(series: Series) -> bool:
    return sum(v is not None for v in series.value) >= 2


def _band(report: Report, series: Series, low: float, high: float) -> str:
    """Draw each window's interval as a bar behind the line."""
    half = report.course.window_s / 2
    scale = (WIDTH - _LEFT - 8) / max(report.recording.duration_s, 1e-9)
    path = "".join(
        f"M{min(_LEFT + (start + half) * scale, WIDTH - 8):.1f} {_y(top, low, high, 120):.1f}"
        f"V{_y(bottom, low, high, 120):.1f}"
        for start, bottom, top in zip(series.start_s, series.low, series.high, strict=False)
        if bottom is not None and top is not None
    )
    colour = COLOUR.get(series.role, INK)
    return (
        f'<path d="{path}" stroke="{colour}" stroke-opacity=".3" stroke-width="5"/>' if path else ""
    )


def _course_line(report: Report, series: Series, low: float, high: float) -> str:
    half = report.course.window_s / 2
    scale = (WIDTH - _LEFT - 8) / max(report.recording.duration_s, 1e-9)
    colour = COLOUR.get(series.role, INK)
    path, dots, pen = [], [], "M"
    for start, value in zip(series.start_s, series.value, strict=True):
        if value is None:
            pen = "M"
            continue
        at = min(_LEFT + (start + half) * scale, WIDTH - 8)
        y = _y(value, low, high, 120)
        path.append(f"{pen}{at:.1f} {y:.1f}")
        dots.append(f'<circle cx="{at:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/>')
        pen = "L"
    dashes = ' stroke-dasharray="6 3"' if series.role == "client" else ""
    line = f'<path d="{"".join(path)}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>'
    return line + "".join(dots)


def offsets(report: Report) -> Drawing | None:
    """Draw the floor transfer offsets, one histogram per role; left of zero is overlap.

    Turns that touch are left out, as they are of the measures: how soon they came is not known.
    """
    changes = transitions(Analysis(report.conversation))
    by_role = {
        role: [c.offset_s for c in changes if c.by == role and c.timed]
        for role in ("therapist", "client")
    }
    by_role = {role: found for role, found in by_role.items() if found}
    if not by_role:
        return None
    edges = np.arange(-2.0, 4.01, 0.25)
    counts = {r: np.histogram(np.clip(v, -1.99, 3.99), edges)[0] for r, v in by_role.items()}
    most = max(int(c.max()) for c in counts.values())
    parts = [_hatch()]
    for at, (role, count) in enumerate(counts.items()):
        title = str(message("page.turn_changes", role=wording.role(role), n=int(sum(count))))
        body = _histogram(count, edges, most, role, title)
        parts.append(f'<g transform="translate(0 {at * 110})">{body}</g>')
    return drawing(str(message("page.offsets")), 110 * len(counts) + 16, parts)


def _histogram(
    count: NDArray[np.int64], edges: NDArray[np.float64], most: int, role: str, title: str
) -> str:
    def x(value: float) -> float:
        return _LEFT + float((value - edges[0]) / (edges[-1] - edges[0])) * (WIDTH - _LEFT - 8)

    fill = "url(#hatch)" if role == "client" else COLOUR[role]
    parts = [text(_LEFT, 12, title, "start"), text(_LEFT - 6, 30, str(most), "end")]
    for i, number in enumerate(count):
        if number:
            tall = 66 * float(number) / most
            left, right = x(float(edges[i])), x(float(edges[i + 1]))
            parts.append(rect(left, 90 - tall, right - left - 1, tall, fill))
    parts.append(stroke(_LEFT, 90, WIDTH - 8, 90))
    parts.append(stroke(x(0), 20, x(0), 90, INK))
    for second in range(-2, 5):
        ends = {-2: "page.or_less", 4: "page.or_more"}
        label = f"{second} s".replace("-", "−")
        label = str(message(ends[second], length=label)) if second in ends else label
        anchor = {-2: "start", 4: "end"}.get(second, "middle")
        parts.append(text(x(second), 103, label, anchor))
    return "".join(parts)


def _plain(value: float) -> str:
    """Write a round number as it is."""
    return decimal(f"{round(value, 9):g}").replace("-", "\N{MINUS SIGN}")


def _axes(
    title: str,
    low: float,
    high: float,
    duration: float,
    bottom: float,
    *,
    write: Callable[[float], str] = _plain,
) -> str:
    parts = [text(_LEFT, 12, title, "start")]
    for value in _round_steps(low, high):
        y = _y(value, low, high, bottom)
        parts.append(stroke(_LEFT, y, WIDTH - 8, y))
        parts.append(text(_LEFT - 6, y + 4, write(value), "end"))
    for time in np.arange(0, duration, _clock_step(duration)):
        at = _LEFT + float(time / duration) * (WIDTH - _LEFT - 8)
        anchor = "start" if time == 0 else "middle" if at < WIDTH - 30 else "end"
        parts.append(text(at, bottom + 16, wording.clock(float(time)), anchor))
    return "".join(parts)


def _round_steps(low: float, high: float) -> list[float]:
    """Give the round numbers between `low` and `high`, two to six steps of 1, 2 or 5."""
    size = 10.0 ** np.floor(np.log10((high - low) / 2))
    step = next(m * size for m in (5, 2, 1) if high - low >= 2 * m * size)
    return [float(k * step) for k in np.arange(np.ceil(low / step), np.floor(high / step) + 1)]


def _clock_step(duration: float) -> float:
    """Seconds between marks that people read off a clock, eight marks at most."""
    return next((s for s in (1, 5, 15, 30, 60, 120, 300, 600, 1200) if duration <= 8 * s), 1800.0)


def _y(value: float, low: float, high: float, bottom: float) -> float:
    share = (min(max(value, low), high) - low) / (high - low)
    return bottom - share * (bottom - 22)


def _legend(roles: Iterable[str], y: float) -> str:
    parts, at = [], WIDTH - 8
    for role in reversed(list(roles)):
        name = wording.role(role)
        parts.append(text(at, y, name, "end"))
        at -= 7.0 * len(name) + 8
        dashes = ' stroke-dasharray="6 3"' if role == "client" else ""
        colour = COLOUR.get(role, INK)
        parts.append(
            f'<path d="M{at - 24:.0f} {y - 4}h22" stroke="{colour}" stroke-width="3"{dashes}/>'
        )
        at -= 40
    return "".join(parts)


def _hatch() -> str:
    return (
        '<defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="5" height="5" fill="{COLOUR["client"]}" '
        f'fill-opacity=".55"/><path d="M0 0V5" stroke="{COLOUR["client"]}" stroke-width="4"/>'
        "</pattern></defs>"
    )
