"""Sessions over time, for people: lines of text, and a picture of one figure."""

from collections.abc import Callable, Iterator, Sequence
from statistics import median

from diarize.messages import Field, message
from prosody.render import wording
from prosody.render.drawing import COLOUR, FAINT, INK, PAPER, Drawing, drawing
from prosody.render.drawing import said as written
from prosody.report.steady import Alike
from prosody.report.trends import Line, Point, Reply, Trends

__all__ = ["alike_line", "at_point", "chart", "lines", "name", "place", "replied", "valued"]

_WIDTH, _HIGH = 460.0, 132.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 92.0, 14.0, 12.0, 24.0
_DATES = 5  # written below a picture at most

Scale = Callable[[float], float]


def name(line: Line) -> str:
    """Name a figure."""
    return {"cue": wording.cue, "behaviour": wording.behaviour}.get(line.sort, str)(line.name)


def valued(line: Line, value: float | None, *, signed: bool = False) -> str:
    """Write a value of a figure with its unit; a dash where there is none."""
    if value is None:
        return wording.NOTHING
    if line.sort == "cue":
        return wording.said(line.name, value, line.unit, signed=signed)
    return wording.number(value, signed=signed)


def place(line: Line) -> str:
    """Say where the latest session lies to its band; "" without one."""
    if not line.place:
        return ""
    way = {"above": 1.0, "below": -1.0}.get(line.place)
    means = wording.means(line.name, way) if line.sort == "cue" else ""
    code = f"trend.{line.place}_means" if means and way else f"trend.{line.place}"
    return str(message(code, means=means))


def replied(replies: Sequence[Reply]) -> tuple[int, int, str]:
    """Count check-ins and those with a reply, and give the median length of the replies."""
    talks = [r.talk_s for r in replies if r.talk_s is not None]
    said = wording.with_unit(median(talks), "s") if talks else wording.NOTHING
    return len(replies), len(talks), said


def lines(found: Trends, who: str) -> Iterator[str]:
    """Say what the sessions of a person show beside one another, a line a figure."""
    days = [on for _, on in found.sessions]
    yield str(message("trend.head", who=who, n=len(days), first=days[0], last=days[-1]))
    if found.changes:
        yield str(message("trend.changes"))
    for change in found.changes:
        yield str(
            message("trend.change", on=change.on, session=change.session_id, what=change.what)
        )
    shown = [k for k in found.lines if any(p.value is not None for p in k.points)]
    yield from map(_line, shown)
    why: dict[str, list[str]] = {}
    for line in shown:
        if line.band is None and line.sort != "score":
            named = str(message("trend.named", name=name(line), role=wording.role(line.role)))
            why.setdefault(str(line.reason or ""), []).append(named)
    for reason, names in why.items():
        yield str(message("trend.no_band", names=names, why=reason))
    if bands := [line for line in found.lines if line.band]:
        yield str(message("trend.by_chance", n=len(bands), expected=0.05 * len(bands)))
    if found.replies:
        n, with_reply, talk = replied(found.replies)
        yield str(message("trend.replies", n=n, with_reply=with_reply, talk=talk))


def _line(line: Line) -> str:
    values = [at_point(line, p) for p in line.points]
    if line.sort == "score":
        return str(message("trend.score", name=line.name, values=values))
    role = wording.small(wording.role(line.role))
    said = str(message("trend.line", name=name(line), role=role, values=values))
    if line.band is None:
        return said
    low, high = valued(line, line.band.low), valued(line, line.band.high)
    said = str(message("trend.line_band", line=said, low=low, high=high, place=place(line)))
    if line.steady:
        s = line.steady
        said = str(message("trend.line_steady", line=said, share=s.share, low=s.low, high=s.high))
    if line.slope and line.firm:
        by, low, high = (
            valued(line, x, signed=True)
            for x in (line.slope.per_session, line.slope.low, line.slope.high)
        )
        said = str(message("trend.line_slope", line=said, by=by, low=low, high=high))
    return said


def at_point(line: Line, point: Point) -> str:
    """Write the value of a session; one to read with care has a mark before it."""
    mark = "~" if point.value is not None and not point.reliable else ""
    return mark + valued(line, point.value)


def chart(line: Line) -> Drawing | None:
    """Draw one figure over the sessions: a dot and its interval each, the band behind the latest.

    Sessions are evenly spaced in their order. One that was recorded or heard in another way is a
    hollow dot, one without a value a gap.
    """
    ends = [
        x
        for p in line.points
        if p.value is not None
        for x in (p.value, p.low, p.high)
        if x is not None
    ]
    if not ends:
        return None
    if line.band:
        ends += [line.band.low, line.band.high]
    pad = 0.06 * (max(ends) - min(ends)) or 0.5
    low, high = min(ends) - pad, max(ends) + pad
    step = (_WIDTH - _LEFT - _RIGHT) / len(line.points)

    def y(value: float) -> float:
        return _HIGH - _BOTTOM - (value - low) / (high - low) * (_HIGH - _TOP - _BOTTOM)

    def x(at: float) -> float:
        return _LEFT + (at + 0.5) * step

    colour = COLOUR.get(line.role, INK)
    parts = [_edge(valued(line, value), y(value)) for value in (min(ends), max(ends))]
    if line.band:
        top, tall = y(line.band.high), y(line.band.low) - y(line.band.high)
        parts.append(
            f'<rect x="{x(len(line.points) - 1) - step / 2:.1f}" y="{top:.1f}" width="{step:.1f}" '
            f'height="{tall:.1f}" fill="{colour}" fill-opacity=".16"/>'
        )
    parts += _dots(line, x, y, colour)
    every = -(-len(line.points) // _DATES)
    parts += [
        f'<text x="{x(at):.1f}" y="{_HIGH - 6:.0f}" text-anchor="middle" font-size="10" '
        f'fill="{INK}">{written(p.on)}</text>'
        for at, p in enumerate(line.points)
        if (len(line.points) - 1 - at) % every == 0
    ]
    return drawing(f"{name(line)}, {wording.role(line.role)}", _HIGH, parts, width=_WIDTH)


def _edge(text: str, y: float) -> str:
    return (
        f'<path d="M{_LEFT:.0f} {y:.1f}H{_WIDTH - _RIGHT:.0f}" stroke="{FAINT}" '
        'stroke-width=".8"/>'
        f'<text x="{_LEFT - 5:.0f}" y="{y + 3.5:.1f}" text-anchor="end" font-size="10" '
        f'fill="{INK}">{written(text)}</text>'
    )


def _dots(line: Line, x: Scale, y: Scale, colour: str) -> Iterator[str]:
    pen, path = "M", []
    for at, p in enumerate(line.points):
        if p.value is None:
            pen = "M"
            continue
        path.append(f"{pen}{x(at):.1f} {y(p.value):.1f}")
        pen = "L"
        if p.low is not None and p.high is not None:
            yield (
                f'<path d="M{x(at):.1f} {y(p.low):.1f}V{y(p.high):.1f}" stroke="{colour}" '
                'stroke-opacity=".45" stroke-width="3"/>'
            )
    yield f'<path d="{"".join(path)}" fill="none" stroke="{colour}" stroke-width="1"/>'
    for at, p in enumerate(line.points):
        if p.value is not None:
            fill = colour if p.alike else PAPER
            yield (
                f'<circle cx="{x(at):.1f}" cy="{y(p.value):.1f}" r="3.6" fill="{fill}" '
                f'stroke="{colour}" stroke-width="1.6"/>'
            )


def alike_line(cue: str, role: str, found: Alike | None, pairs: int, least: int) -> str:
    """Say how steady a figure is, or that too few pairs have it."""
    own: dict[str, Field] = {
        "name": wording.cue(cue),
        "role": wording.small(wording.role(role)),
        "pairs": pairs,
    }
    if found is None:
        return str(message("trend.alike_few", least=least, **own))
    ends: dict[str, Field] = {
        end: wording.number(getattr(found, end)) for end in ("icc", "low", "high")
    }
    return str(message("trend.alike", sessions=found.sessions, **own, **ends))
