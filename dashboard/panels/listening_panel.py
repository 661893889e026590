"""Listening in the dashboard: totals, figures in the manner of the MITI, frames for reading."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st

from dashboard.view import corrections, tables
from dashboard.view.tables import Grid, Line
from prosody.listening.totals import FRAMES, MITI_NOTE
from prosody.render import listening
from prosody.report.model import Report

__all__ = ["grids", "show"]


def grids(report: Report) -> tuple[Grid, ...]:
    """Make the tables: totals, the MITI-type figures where there are any, and each frame."""
    note = " ".join(listening.not_found(report))
    found = [_grid("How often", listening.TOTAL_HEADS, listening.total_lines(report), 2, note)]
    if report.miti:
        lines, note = listening.miti_lines(report), str(MITI_NOTE)
        found.append(_grid("Motivational interviewing", listening.MITI_HEADS, lines, 9, note))
    heads = ("Read together", "Counts of this session")
    return (
        *found,
        *(
            _grid(str(f.name), heads, listening.frame_lines(report, f), 9, str(f.note))
            for f in FRAMES
        ),
    )


def _grid(
    title: str, heads: tuple[str, ...], lines: tuple[tuple[str, ...], ...], at: int, note: str
) -> Grid:
    return Grid(title, heads, tuple(Line(cells) for cells in lines), at, note)


def show(
    folder: Path,
    session_id: str,
    report: Report,
    *,
    by: Callable[[], str],
    apply: Callable[[Callable[[], None]], None],
) -> None:
    """Draw the panel.

    Parameters
    ----------
    folder : Path
        The library.
    session_id : str
        Which session.
    report : Report
        Its findings.
    by : callable
        Gives the code of who says so.
    apply : callable
        Runs a correction, says why not or opens the session anew.
    """
    st.text(
        "Suggestions by rules, counted: totals are what they are good for. The interval holds "
        "the spread over the session, not the errors of the rules."
    )
    for grid in grids(report):
        tables.mount(grid, key=f"listening {grid.title}")
    said = bool(report.miti)
    label = (
        "This session is not motivational interviewing"
        if said
        else "This session is motivational interviewing: show figures in the manner of the MITI"
    )
    if st.button(label):
        apply(partial(corrections.call_motivational, folder, session_id, not said, by=by()))
