"""What moved under another setting, as a table; pure."""

from collections.abc import Iterator

from dashboard.view.tables import Grid, Line, heads
from dashboard.view.words import say
from prosody.cues.measure import Measure
from prosody.render import wording
from prosody.report.model import Report

__all__ = ["moved"]


def moved(before: Report, after: Report) -> Grid:
    """Make the table of every figure that is another under the setting that is tried."""
    rows = (*_measures(before, after), *_totals(before, after))
    columns = heads("what", "role", "as_it_is", "tried", "difference")
    return Grid(say("what_moved"), columns, rows, 2, say("moved_said", n=len(rows)))


def _measures(before: Report, after: Report) -> Iterator[Line]:
    old = {(m.cue, m.role): m for m in before.measures}
    for m in after.measures:
        was = old.get((m.cue, m.role))
        if was is None or was.value == m.value:
            continue
        cells = (wording.cue(m.cue), wording.role(m.role), _said(was), _said(m), _by(was, m))
        yield Line(cells, say("sentence", text=m.reason) if m.reason else "")


def _said(m: Measure) -> str:
    value = wording.said(m.cue, m.value, m.unit)
    return value if m.reliable or m.value is None else say("rough_value", value=value)


def _by(was: Measure, m: Measure) -> str:
    if was.value is None or m.value is None:
        return wording.NOTHING
    return wording.said(m.cue, m.value - was.value, m.unit, signed=True)


def _totals(before: Report, after: Report) -> Iterator[Line]:
    old = {(t.behaviour, t.role): t.n for t in before.totals}
    for t in after.totals:
        was = old.get((t.behaviour, t.role), 0)
        if was == t.n or was is None or t.n is None:
            continue
        name = say("times_of", behaviour=wording.behaviour(t.behaviour))
        by = wording.number(t.n - was, signed=True)
        yield Line((name, wording.role(t.role), str(was), str(t.n), by))
