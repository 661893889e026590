"""One session: listen first, then numbers, differences, and how far to trust them."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from dashboard import serving
from dashboard.pages.given import Site
from dashboard.panels import history_panel, roles_panel
from dashboard.panels.desk import ANYONE, Desk
from dashboard.panels.table import table
from dashboard.view import corrections, player
from dashboard.view.opened import opened, refusal, silent_because
from dashboard.view.words import label, say
from diarize.errors import Refused
from diarize.messages import Message, message, sentence
from prosody.cues.warmth import CAVEAT, CAVEAT_NOTE
from prosody.features.frames import Frames
from prosody.report.model import Report
from prosody.store.library import Library

__all__ = ["show"]

_CAUTIONS = 2  # shown above the player; the others are one click away


def show(site: Site) -> None:
    """Draw the page of the session named in the address."""
    session_id, home = st.query_params.get("id", ""), site.pages["library"]
    if not session_id:
        st.switch_page(home)
    top, code = st.columns((5, 2), vertical_alignment="top")
    top.page_link(home, label=say("all_sessions"), icon=":material/arrow_back:")
    try:
        desk = _desk(site, session_id)
    except Refused as problem:
        st.session_state.pop("held", None)  # what was open of a session that is gone goes too
        st.title(say("not_opened_title"), anchor=False)
        st.text(str(problem))
        return
    with top:
        _head(desk)
    code.text_input(
        say("your_code"), key="code", placeholder=ANYONE, max_chars=64, help=say("your_code_help")
    )
    with st.container():  # so that what stands below keeps its place, and its tab, with any number
        _cautions(desk.session.report, desk.session.frames)
    _listen(desk)
    st.text(CAVEAT)
    panels = table()
    for tab, panel in zip(st.tabs([sentence(p.title) for p in panels]), panels, strict=True):
        with tab:
            panel.show(desk)
    roles_panel.show(desk)


def _desk(site: Site, session_id: str) -> Desk:
    """Open the session, or give what this viewer has open while nothing changed on disk."""
    library, held = Library(site.folder), st.session_state.get("held")
    if (
        isinstance(held, Desk)
        and held.session.stamp == library.stamp(session_id)
        and refusal(held.session.report.consent) is None
    ):
        rows = library.corrections(session_id)  # a reading of a silence changes nothing else
        return replace(held, session=replace(held.session, corrections=rows))
    session = opened(site.folder, session_id)
    marks = history_panel.marks(session.report, session.corrections)
    scene = player.payload(
        session.report,
        session.frames,
        stamp=session.stamp,
        session=session_id,
        items=session.items,
        marks=marks,
    )
    desk = Desk(session, scene, site.key)
    st.session_state["held"] = desk
    return desk


def _head(desk: Desk) -> None:
    report = desk.session.report
    entry = Library(desk.session.folder).entry(desk.session.session_id)
    st.title(entry.session_id, anchor=False)
    st.text(
        say(
            "session_facts",
            on=entry.date or entry.added_on,
            length=report.recording.duration_s,
            setting=label("setting", report.recording.setting),
        )
    )


def _cautions(report: Report, frames: Frames | None) -> None:
    cautions = [
        say("title", text=note)
        for note in report.notes
        if note.severity != "info" and note.code != CAVEAT_NOTE.code
    ]
    if frames is None:
        cautions.append(say("curves_unreadable"))
    for caution in cautions[:_CAUTIONS]:
        st.text(say("caution", text=caution))
    if len(cautions) > _CAUTIONS:
        with st.expander(say("more_cautions", n=len(cautions) - _CAUTIONS)):
            for caution in cautions[_CAUTIONS:]:
                st.text(caution)


def _listen(desk: Desk) -> None:
    session = desk.session
    silent: Message | None = silent_because(session.report.consent)
    if silent is None and Library(session.folder).audio(session.session_id) is None:
        silent = message("dashboard.no_sound_kept")
    told = player.mount(
        desk.scene,
        audio=None if silent else desk.address(serving.AUDIO_PATH),
        note=None if silent is None else str(silent),
        given=corrections.readings(session.corrections),
        answer=st.session_state.get("answer"),
        key=f"room {session.session_id}",
    )
    if told.reading is not None:
        start_s, reading = float(told.reading["start_s"]), str(told.reading["reading"])
        change = partial(corrections.correct, session.folder, session.session_id, by=desk.by())
        change(at=start_s, reading=reading)
        st.toast(say("reading_kept"))
    if told.correction is not None:
        _amend(desk, told.correction)


def _amend(desk: Desk, said: Mapping[str, Any]) -> None:
    """Correct what was asked for in the listening room, and answer there."""
    problem = desk.tried(partial(_carry_out, desk, said))
    st.session_state["answer"] = {"number": str(said.get("number")), "text": problem}
    st.rerun()


def _carry_out(desk: Desk, said: Mapping[str, Any]) -> None:
    session = desk.session
    if said.get("stamp") != session.stamp:  # the numbers of its turns are no longer these
        raise Refused("dashboard.changed_meanwhile")
    corrections.carry_out(session.folder, session.session_id, said, by=desk.by())
