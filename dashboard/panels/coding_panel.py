"""Second raters: coding on the page or from a file, and how far they agree once two are done."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.panels import told, writing
from dashboard.panels.desk import Desk
from dashboard.view import coding, opened, tables
from dashboard.view.words import own_line, say
from diarize.errors import Refused
from prosody.store import codings
from prosody.store.codings import Coding, Mark
from prosody.store.library import Library

__all__ = ["show", "summary"]


def show(desk: Desk) -> None:
    """Draw what somebody codes with; who is done sees the comparison, if another is done too."""
    by = writing.viewer()
    if not by:
        st.text(say("code_to_begin"))
        return
    session = desk.session
    every = codings.read(Library(session.folder), session.session_id)
    own = next((c for c in every if c.by == by), Coding(by))
    if own.done:
        st.text(say("you_are_done"))
        _agreements(desk, every, by)
        return
    rows = coding.turns(session.report, own)
    silent = opened.silent(session) is not None
    key = f"coding {session.session_id} {by} {session.stamp}"
    first = partial(told.take_up, key, lambda _: None)
    coding.mount(rows, silent=silent, key=key, on_told=first)
    for said in told.waiting(key):
        desk.correct_at_once(partial(_marked, desk, own, said))
    turns = codings.units(session.report)
    st.text(say("coding_so_far", n=codings.coded(own, turns), of=len(turns)))
    st.text(say("coding_done_said"))
    if st.button(say("coding_done"), key="coding done", disabled=not own.marks):
        library, session_id = Library(session.folder), session.session_id
        desk.correct(partial(codings.finish, library, session_id, by))
    _import(desk, by)


def _marked(desk: Desk, own: Coding, said: Mapping[str, Any]) -> None:
    turns = codings.units(desk.session.report)
    known = {row.kind for row in codings.codable()}
    try:
        turn = turns[int(said["unit"])]
        kinds = tuple(str(kind) for kind in said["kinds"] if str(kind) in known)
    except (IndexError, KeyError, TypeError, ValueError):
        raise Refused("requests.unreadable") from None
    others = tuple(m for m in own.marks if m.span.overlap(turn.span) <= 0)
    marks = tuple(sorted((*others, Mark(turn.span, kinds)), key=lambda m: m.span))
    kept = Coding(own.by, marks)
    codings.keep(Library(desk.session.folder), desk.session.session_id, kept)


def _import(desk: Desk, by: str) -> None:
    """Take codes from a file on this machine."""
    with st.expander(say("codes_from_file")):
        st.text(say("codes_from_file_said"))
        path = st.text_input(say("codes_path"), key="codes path").strip()
        tier = st.text_input(say("codes_tier"), key="codes tier").strip()
        if st.button(say("codes_import"), key="codes import"):
            desk.correct(partial(_imported, desk, by, path, tier))


def _imported(desk: Desk, by: str, path: str, tier: str) -> None:
    session = desk.session
    if not path:
        raise Refused("dashboard.codes_no_path")
    found = codings.imported(Path(path).expanduser(), session.report, by=by, tier=tier or None)
    codings.keep(Library(session.folder), session.session_id, found)


def summary(desk: Desk) -> None:
    """Draw who codes this session, and the comparison for whoever may see it."""
    session, by = desk.session, writing.viewer()
    st.subheader(say("panel_coding"), anchor=False)
    try:
        every = codings.read(Library(session.folder), session.session_id)
    except Refused as problem:
        st.text(own_line(problem.message))
        return
    st.text(coding.raters(every, len(codings.units(session.report))))
    desk.link("coding", say("begin_coding"))
    _agreements(desk, every, by)


def _agreements(desk: Desk, every: tuple[Coding, ...], by: str) -> None:
    report = desk.session.report
    seen = [c for c in codings.seen_by(every, by) if c.done]
    if why := codings.why_not_the_tool(report):
        st.text(say("title", text=why))
    if not seen:
        st.text(say("not_compared_yet"))
    for one, other, rows in codings.agreements(report, seen):
        tables.mount(coding.grid(one, other, rows), key=f"agreement {one} {other}")
