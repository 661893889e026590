"""Listening in the dashboard: totals, figures in the manner of the MITI, frames for reading."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import streamlit as st

from dashboard.panels.desk import Desk
from dashboard.view import corrections, tables
from dashboard.view.tables import Grid, Line
from dashboard.view.words import say
from diarize.messages import message
from prosody import catalogue
from prosody.cues.measure import Measure
from prosody.listening.totals import FRAMES, MITI_NOTE, Total, grouped
from prosody.render import listening
from prosody.render.cells import heads
from prosody.report.model import Report
from prosody.store.confirmed import confirmed
from prosody.store.library import Library

__all__ = ["grids", "show"]


def grids(report: Report, judged: listening.Judged = listening.NOBODY) -> tuple[Grid, ...]:
    """Make the tables: totals, the MITI-type figures where there are any, and each frame.

    `judged` says of each behaviour how many suggestions people confirmed in the library.
    """
    note = " ".join(listening.not_found(report))
    totals = listening.total_lines(report, judged)
    opens = tuple(_heard([t]) for t in report.totals if t.n)
    found = [_grid(say("how_often"), listening.total_heads(judged), totals, 2, note, opens)]
    if report.miti:
        lines, note = listening.miti_lines(report), str(MITI_NOTE)
        opens = tuple(_counted(figure.measure) for figure in report.miti)
        found.append(
            _grid(say("motivational"), heads(*listening.MITI_HEADS), lines, 9, note, opens)
        )
    frames = (
        _grid(
            str(f.name),
            heads(*listening.FRAME_HEADS),
            listening.frame_lines(report, f),
            9,
            str(f.note),
            tuple(_heard(members) for _, members in grouped(report.totals, f)),
        )
        for f in FRAMES
    )
    title, said = str(message("page.how_often_right")), listening.right_said()
    right = _grid(title, heads(*listening.RIGHT_HEADS), listening.right_lines(), 9, said)
    return (*found, *frames, right)


def _heard(totals: Iterable[Total]) -> Mapping[str, Any] | None:
    """Give what opens the behaviours that were counted; None where none was found."""
    found = [total for total in totals if total.n]
    if not found:
        return None
    roles = {total.role for total in found}
    whose = roles.pop() if len(roles) == 1 else "both"
    return {"kinds": [total.behaviour for total in found], "whose": whose}


def _counted(figure: Measure) -> Mapping[str, Any] | None:
    row = catalogue.get(figure.cue)
    return tables.counted(row.counts) if row and figure.value is not None else None


def _grid(
    title: str,
    heads: tuple[str, ...],
    lines: tuple[tuple[str, ...], ...],
    at: int,
    note: str,
    opens: tuple[Mapping[str, Any] | None, ...] = (),
) -> Grid:
    places = opens or (None,) * len(lines)
    rows = (Line(cells, opens=place) for cells, place in zip(lines, places, strict=True))
    return Grid(title, heads, tuple(rows), at, note)


def show(desk: Desk) -> None:
    """Draw the panel."""
    session = desk.session
    st.subheader(say("panel_listening"), anchor=False)
    tables.mount_said(say("listening_said"), key="listening said")
    *found, right = grids(session.report, confirmed(Library(session.folder)))
    for grid in found:
        tables.mount(grid, key=f"listening {grid.title}")
    tables.folded(right, key=f"listening {right.title}")
    said = bool(session.report.miti)
    if st.button(say("not_motivational" if said else "is_motivational"), key="motivational"):
        change = desk.signed(partial(corrections.correct, session.folder, session.session_id))
        desk.correct(partial(change, motivational_interviewing=not said))
