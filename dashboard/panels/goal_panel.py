"""One practice goal, carried to the next sessions, with the band in which its figure would lie."""

from functools import partial

import streamlit as st

from dashboard.panels.desk import Desk
from dashboard.view import over_time, tables
from dashboard.view.tables import Grid, Line, heads, said_once
from dashboard.view.words import own_line, say
from diarize.errors import Refused
from prosody.render import trends as said
from prosody.render import wording
from prosody.report.trends import Line as Followed
from prosody.store import goals
from prosody.store.goals import Goal
from prosody.store.library import Library

__all__ = ["show"]


def show(desk: Desk) -> None:
    """Draw the panel."""
    session, library = desk.session, Library(desk.session.folder)
    st.subheader(say("panel_goal"), anchor=False)
    st.text(say("goal_said"))
    if library.entry(session.session_id).therapist_id is None:
        st.text(say("goal_nobody"))
        return
    goal = goals.open_at(library, session.session_id)
    if goal is not None:
        _open(desk, library, goal)
    _set(desk, library)


def _open(desk: Desk, library: Library, goal: Goal) -> None:
    name = _named(goal.sort, goal.name)
    st.text(say("goal_open", text=goal.text, figure=name, by=goal.by, on=goal.on))
    # Every session of the therapist is opened for it, so it waits until somebody asks.
    if st.toggle(say("goal_follow"), key="goal follow"):
        try:
            line = goals.following(library, desk.session.session_id, goal)
        except Refused as problem:
            st.text(own_line(problem.message))
        else:
            tables.mount(_grid(line, goal), key="goal")
    if st.button(say("goal_close"), key="goal close"):
        desk.correct(desk.signed(partial(goals.close, library, goal)))


def _grid(line: Followed, goal: Goal) -> Grid:
    """A row a session; below, the band of the earlier ones or why there is none."""
    rows, why = said_once(
        Line(
            (
                p.on,
                say("goal_since") if p.on >= goal.on else "",
                said.at_point(line, p),
                wording.NOTHING
                if p.low is None or p.high is None
                else say("range", low=said.valued(line, p.low), high=said.valued(line, p.high)),
            ),
            say("sentence", text=p.reason) if p.reason else "",
        )
        for p in line.points
    )
    if line.band is None:
        note = say("goal_no_band", why=line.reason or say("nothing_more"))
    else:
        low, high = (said.valued(line, x) for x in (line.band.low, line.band.high))
        note = say("banded", place=said.place(line), low=low, high=high)
    columns = heads("date", "goal", "figure", "interval")
    return Grid(over_time.title(line), columns, rows, 2, " ".join(filter(None, (why, note))))


def _named(sort: str, name: str) -> str:
    return wording.cue(name) if sort == "cue" else wording.behaviour(name)


def _set(desk: Desk, library: Library) -> None:
    session_id = desk.session.session_id
    known = {_named(*choice): choice for choice in goals.choices()}
    with st.form(f"goal {session_id}", border=True):
        text = st.text_input(say("goal_text"), key="goal text", max_chars=500)
        figure = st.selectbox(say("goal_figure"), [*known], key="goal figure")
        if st.form_submit_button(say("goal_set")):
            change = partial(goals.set_one, library, session_id, *known[figure], text)
            desk.correct(desk.signed(change))
