"""Sessions over time as tables and pictures; pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from dashboard.view.tables import Grid, heads
from dashboard.view.tables import Line as Row
from dashboard.view.words import say
from prosody.render import trends as said
from prosody.render import wording
from prosody.report.trends import Line, Trends

__all__ = ["Picture", "changes", "figures", "pictures", "replies"]

_SORTS = ("score", "behaviour", "cue")


@dataclass(frozen=True, slots=True)
class Picture:
    """One figure over the sessions: its title, what is seen in words, and the drawing."""

    title: str
    said: str
    svg: str


def changes(found: Trends) -> Grid:
    """Make the table of what changed in how sessions were recorded and heard."""
    rows = (Row((c.on, c.session_id, say("title", text=w))) for c in found.changes for w in c.what)
    columns = heads("date", "session", "changed")
    return Grid(
        say("over_time_changes"), columns, tuple(rows), 9, say("over_time_alike"), spoken=(1,)
    )


def pictures(found: Trends) -> tuple[Picture, ...]:
    """Draw every figure that two sessions or more have: ratings, behaviours, then cues."""
    drawn = [
        line
        for sort in _SORTS
        for line in found.lines
        if line.sort == sort and sum(p.value is not None for p in line.points) > 1
    ]
    return tuple(Picture(title(line), _seen(line), said.chart(line) or "") for line in drawn)


def title(line: Line) -> str:
    """Name a figure and whose it is."""
    if line.sort == "score":
        return say("rated_by_client", scale=line.name)
    code = "rate_of_role" if line.sort == "behaviour" else "figure_of_role"
    return say(code, figure=said.name(line), role=line.role)


def _seen(line: Line) -> str:
    if line.band is None:
        return say("no_band", why=line.reason or say("nothing_more"))
    low, high = (said.valued(line, x) for x in (line.band.low, line.band.high))
    words = [say("banded", place=said.place(line), low=low, high=high)]
    if line.slope and line.firm:
        words.append(_slope(line))
    return " ".join(words)


def _slope(line: Line) -> str:
    if line.slope is None:
        return ""
    by, low, high = (
        said.valued(line, x, signed=True)
        for x in (line.slope.per_session, line.slope.low, line.slope.high)
    )
    return say("sloped", by=by, low=low, high=high)


def figures(found: Trends) -> Iterator[Grid]:
    """Make one table per sort: a column a session, then band, steadiness and trend."""
    days = tuple(on for _, on in found.sessions)
    columns = (*heads("what"), *days, *heads("usual", "steady", "trend"))
    for sort in _SORTS:
        lines = [line for line in found.lines if line.sort == sort]
        if lines:
            rows = tuple(Row(_cells(line), _missing(line)) for line in lines)
            yield Grid(say(f"over_time_{sort}s"), columns, rows, 1, say("over_time_columns"))


def _cells(line: Line) -> tuple[str, ...]:
    values = (said.at_point(line, p) for p in line.points)
    band = steady = slope = wording.NOTHING
    if line.band:
        low, high = (said.valued(line, x) for x in (line.band.low, line.band.high))
        band = say("range", low=low, high=high)
    if line.steady:
        s = line.steady
        steady = say("steady_share", share=s.share, low=s.low, high=s.high)
    if line.slope:
        slope = _slope(line) if line.firm else say("no_trend")
    return (title(line), *values, band, steady, slope)


def _missing(line: Line) -> str:
    """Say why values are missing, each reason once."""
    why = dict.fromkeys(str(p.reason) for p in line.points if p.value is None and p.reason)
    return " ".join(say("sentence", text=text) for text in why)


def replies(found: Trends) -> Grid:
    """Make the table of check-ins with what the client said next."""
    rows = tuple(
        Row(
            (
                r.on,
                wording.clock(r.start_s),
                r.asked or wording.NOTHING,
                r.reply or wording.NOTHING,
                wording.with_unit(r.talk_s, "s") if r.talk_s is not None else wording.NOTHING,
            )
        )
        for r in found.replies
    )
    columns = heads("date", "where", "asked", "reply", "talk")
    return Grid(say("check_ins_table"), columns, rows, 4, say("check_ins_said"), spoken=(2, 3))
