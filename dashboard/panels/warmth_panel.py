"""The warmth proxy in the dashboard: both axes, the weights beside them, parts taken out by hand.

Ticks change what is on the page and nothing else. What is kept is kept by the command line, as a
correction with a code and a date; the measures then follow without any model. The caveat stands
above the tabs of the session page.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import streamlit as st

from dashboard.view import corrections, tables
from dashboard.view.tables import Grid, Line
from prosody.cues.measure import Series
from prosody.cues.warmth import TITLE
from prosody.render import svg as figures
from prosody.render import warmth, wording
from prosody.report.model import Report

__all__ = ["drawn_without", "show"]

_SHOWN = (
    ("warmth.soft", "Soft (up) – hard (down)"),
    ("warmth.melodic", "Melodic (up) – flat (down)"),
    ("warmth.index", "Both and the fit to the client, together"),
)


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
        Gives the code of who keeps a choice.
    apply : callable
        Runs a correction, says why not or opens the session anew.
    """
    ticked = _ticks(report, session_id)
    without = tuple(r.name for r in warmth.rows(report) if r.weight > 0 and r.name not in ticked)
    seen = drawn_without(report, without)
    charts, weights = st.columns((3, 2))
    with charts:
        _charts(seen, without)
    with weights:
        tables.mount(_weights(report, without), key="warmth weights")
    with st.expander("Which component moved it, window by window"):
        tables.mount(_windows(report, without), key="warmth windows")
    tables.mount(_unweighed(report), key="warmth unweighed")
    _apart(report)
    _keep(folder, session_id, report, without, by, apply)


def _ticks(report: Report, session_id: str) -> tuple[str, ...]:
    """Ask which components to count; gives their names."""
    st.text(f"{TITLE}. Untick a component to see what is left without it; nothing is kept.")
    weighed = [row for row in warmth.rows(report) if row.weight > 0]
    places = st.columns(4)
    return tuple(
        row.name
        for at, row in enumerate(weighed)
        if places[at % 4].checkbox(
            row.name.replace("_", " "),
            value=row.counted,
            disabled=not row.counted,
            key=f"warmth {session_id} {row.name} {row.counted}",
        )
    )


def drawn_without(report: Report, without: tuple[str, ...]) -> Report:
    """Give the report with the warmth course as it is without some components.

    Intervals belong to the weights they were drawn with, so they are left out with them.
    """
    counted = {row.name for row in warmth.rows(report) if row.counted and row.weight > 0}
    if not counted.intersection(without):
        return report
    found = warmth.weigh(report, without)
    new = {
        "warmth.soft": found.axes["soft"],
        "warmth.melodic": found.axes["melodic"],
        "warmth.index": found.index,
    }
    series = tuple(
        Series(s.cue, s.role, s.start_s, new[s.cue]) if s.cue in new else s
        for s in report.course.series
    )
    return replace(report, course=replace(report.course, series=series))


def _charts(report: Report, without: tuple[str, ...]) -> None:
    drawn = 0
    for cue, title in _SHOWN:
        figure = figures.course(report, cue, "0-100", middle=50.0)
        if figure:
            drawn += 1
            said = (
                "Medians of windows, with 95 % intervals where all weights stand as kept. "
                "Dashes: 50, this person's own middle, not a mark."
            )
            tables.mount_figure(title, said, figure, key=f"warmth {cue} {' '.join(without)}")
    if not drawn:
        found = report.measure("warmth.index", "therapist")
        reason = found.reason if found and found.reason else "too few windows can be said"
        st.text(f"Cannot be drawn: {reason}.")


def _apart(report: Report) -> None:
    """Draw what stands apart from the proxy: how much voice was put in, and the pace."""
    for cue, unit, middle in (
        ("activation.rating", "", 0.0),
        ("pace.articulation_rate", "syl/s", None),
    ):
        figure = figures.course(report, cue, unit, middle=middle)
        said = warmth.beside(report, cue, tables.meanings()[cue])
        if figure:
            tables.mount_figure(wording.cue(cue), said, figure, key=f"warmth {cue}")
        else:
            st.text(f"{wording.cue(cue)} cannot be drawn. {said}")


def _weights(report: Report, without: tuple[str, ...]) -> Grid:
    lines = warmth.component_lines(report, without)
    return Grid(
        "Weights",
        warmth.HEADS[:3],
        tuple(Line(cells[:3], cells[3], faint=cells[2] == "left out") for cells in lines),
        2,
    )


def _windows(report: Report, without: tuple[str, ...]) -> Grid:
    found = warmth.weigh(report, without)
    return Grid(
        "Points of each component: they add up to the index less 50",
        warmth.window_heads(report, found),
        tuple(Line(cells) for cells in warmth.window_lines(report, found)),
        1,
    )


def _unweighed(report: Report) -> Grid:
    return Grid(
        "Shown, not weighed",
        ("Measure", "Therapist", "Why its weight is 0"),
        tuple(Line(cells) for cells in warmth.unweighed_lines(report)),
        9,
    )


def _keep(
    folder: Path,
    session_id: str,
    report: Report,
    without: tuple[str, ...],
    by: Callable[[], str],
    apply: Callable[[Callable[[], None]], None],
) -> None:
    kept = tuple(row.name for row in warmth.rows(report) if not row.counted)
    some_left = any(r.weight > 0 and r.name not in without for r in warmth.rows(report))
    left, right = st.columns(2)
    if left.button("Keep this choice with the session", disabled=without == kept or not some_left):
        apply(partial(corrections.leave_out_of_warmth, folder, session_id, without, by=by()))
    if right.button("Count all components again", disabled=not kept):
        apply(partial(corrections.leave_out_of_warmth, folder, session_id, (), by=by()))
