"""The warmth proxy in the dashboard: its axes, the weights below them, parts taken out by hand.

Ticks change what is on the page and nothing else. What is kept is a correction with a code and a
date, as from the command line; the measures then follow without any model.
"""

from dataclasses import replace
from functools import partial

import streamlit as st

from dashboard.panels.desk import Desk
from dashboard.view import corrections, tables
from dashboard.view.tables import Grid, Line
from dashboard.view.words import say
from diarize.conversation import Role
from diarize.messages import message
from prosody import catalogue
from prosody.cues.measure import Series
from prosody.render import svg as figures
from prosody.render import warmth, wording
from prosody.render.cells import heads
from prosody.report.model import Report

__all__ = ["drawn_without", "show"]


def show(desk: Desk) -> None:
    """Draw the panel."""
    st.subheader(say("panel_warmth"), anchor=False)
    report = desk.session.report
    ticked = _ticks(report, desk.session.session_id)
    without = tuple(r.name for r in warmth.rows(report) if r.weight > 0 and r.name not in ticked)
    seen = drawn_without(report, without)
    _charts(seen, without)
    tables.folded(_weights(report, without), key="warmth weights")
    tables.folded(_windows(report, without), key="warmth windows")
    tables.folded(_unweighed(report), key="warmth unweighed")
    _apart(report)
    _keep(desk, without)


def _ticks(report: Report, session_id: str) -> tuple[str, ...]:
    """Ask which components to count; gives their names."""
    tables.mount_said(say("warmth_said", title=message("warmth.title")), key="warmth said")
    weighed = [row for row in warmth.rows(report) if row.weight > 0]
    places = st.columns(4)
    return tuple(
        row.name
        for at, row in enumerate(weighed)
        if places[at % 4].checkbox(
            warmth.component(row.name),
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
    new = {f"warmth.{name}": line for name, line in (*found.axes.items(), ("index", found.index))}
    series = tuple(
        Series(s.cue, s.role, s.start_s, new[s.cue]) if s.cue in new else s
        for s in report.course.series
    )
    return replace(report, course=replace(report.course, series=series))


def _charts(report: Report, without: tuple[str, ...]) -> None:
    drawn = 0
    for cue in catalogue.drawn("warmth"):
        figure = figures.course(report, cue)
        if figure:
            drawn += 1
            key = f"warmth {cue.name} {' '.join(without)}"
            title = say("course", cue=wording.cue(cue.name), up=wording.up(cue.name))
            tables.mount_figure(title, say("course_said"), figure, key=key)
    if not drawn:
        tables.mount_said(say("no_course", why=warmth.why_no_course(report)), key="no course")


def _apart(report: Report) -> None:
    """Draw the courses that stand apart from the proxy."""
    for cue in catalogue.drawn("apart"):
        figure, said, name = figures.course(report, cue), warmth.beside(report, cue), cue.name
        if figure:
            tables.mount_figure(wording.cue(name), said, figure, key=f"warmth {name}")
        else:
            why = say("no_course_of", cue=wording.cue(name), said=said)
            tables.mount_said(why, key=f"no course {name}")


def _weights(report: Report, without: tuple[str, ...]) -> Grid:
    out = {row.name for row in warmth.rows(report) if not row.counted} | {*without}
    lines = zip(warmth.rows(report), warmth.component_lines(report, without), strict=True)
    return Grid(
        say("weights"),
        heads(*warmth.HEADS[:3]),
        tuple(Line(cells[:3], cells[3], faint=row.name in out) for row, cells in lines),
        2,
    )


def _windows(report: Report, without: tuple[str, ...]) -> Grid:
    found, length = warmth.weigh(report, without), report.course.window_s
    lines = tuple(
        Line(cells, opens={"at": [start, min(start + length, report.recording.duration_s)]})
        for start, cells in zip(found.start_s, warmth.window_lines(report, found), strict=True)
    )
    return Grid(say("points"), warmth.window_heads(report, found), lines, 1)


def _unweighed(report: Report) -> Grid:
    return Grid(
        say("unweighed"),
        (*heads("measure"), wording.role(Role.THERAPIST), *heads("why_not_weighed")),
        tuple(Line(cells) for cells in warmth.unweighed_lines(report)),
        9,
    )


def _keep(desk: Desk, without: tuple[str, ...]) -> None:
    session, rows = desk.session, warmth.rows(desk.session.report)
    kept = tuple(row.name for row in rows if not row.counted)
    some_left = any(r.weight > 0 and r.name not in without for r in rows)
    change = desk.signed(partial(corrections.correct, session.folder, session.session_id))
    left, right = st.columns(2)
    if left.button(
        say("keep_choice"), key="keep choice", disabled=without == kept or not some_left
    ):
        desk.correct(partial(change, without_warmth=without or ("none",)))
    if right.button(say("count_all"), key="count all", disabled=not kept):
        desk.correct(partial(change, without_warmth=("none",)))
