"""One session: listen first, then numbers, differences, and how far to trust them."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from dashboard import serving
from dashboard.pages.again import drawn_again
from dashboard.pages.given import Site
from dashboard.panels import findings_panels, history_panel, told, writing
from dashboard.panels.desk import Desk
from dashboard.panels.table import table
from dashboard.view import corrections, later, notes, opened, player
from dashboard.view.words import label, own_line, say
from diarize.errors import Refused
from prosody.cues import sound_alone
from prosody.report.model import Report
from prosody.store import written
from prosody.store.amend import State
from prosody.store.library import Library

__all__ = ["LISTEN", "SECTIONS", "show"]

_CAUTIONS = 2  # shown above the player; all stand under Trust
LISTEN = "listen"
SECTIONS = (LISTEN, "findings", "supervision", "trust")


def show(site: Site) -> None:
    """Draw the page of the session named in the address."""
    session_id, home = st.query_params.get("id", ""), site.pages["library"]
    if not session_id:
        st.switch_page(home)
    link, top, whose = st.columns((2, 7, 2), vertical_alignment="center")
    link.page_link(home, label=say("all_sessions"))
    try:
        desk = _desk(site, session_id)
    except Refused as problem:
        st.session_state.pop("held", None)  # what was open of a session that is gone goes too
        st.title(say("not_opened_title"), anchor=False)
        st.text(own_line(problem.message))
        return
    with top:
        _head(desk)
    writing.ask_code(whose)
    section = _section()
    _listen(desk, section)
    for panel in table():
        if panel.section == section:
            panel.show(desk)
    drawn_again(desk.session)


def _section() -> str:
    """Give the part of the page that is open: it stands in the address, so a reload keeps it."""
    wanted = st.query_params.get("part", LISTEN)
    return wanted if wanted in SECTIONS else LISTEN


def _desk(site: Site, session_id: str) -> Desk:
    """Open the session, or give what this viewer has open while nothing changed on disk."""
    library, held = Library(site.folder), st.session_state.get("held")
    made = st.session_state.pop("made", None)
    if (
        isinstance(held, Desk)
        and held.session.stamp == library.stamp(session_id)
        and held.session.report.consent == library.allowed(session_id)
    ):
        rows = library.corrections(session_id)  # a reading of a silence changes nothing else
        return replace(held, session=replace(held.session, corrections=rows))
    session = opened.opened(site.folder, session_id, made=made)
    later.ensure(site.folder, session_id)
    marks = history_panel.marks(session.report, session.corrections)
    scene = player.payload(session.report, session.frames, items=session.items, marks=marks)
    desk = Desk(session, player.packed(scene), site.key, site.pages)
    st.session_state["held"] = desk
    return desk


def _head(desk: Desk) -> None:
    report = desk.session.report
    entry = Library(desk.session.folder).entry(desk.session.session_id)
    if report.unread is not None:  # before all else, in every part
        st.text(say("caution", text=findings_panels.cautions(report)[0]))
    st.title(entry.session_id, anchor=False)
    st.text(
        say(
            "session_facts",
            on=entry.on,
            length=report.recording.duration_s,
            setting=label("setting", report.recording.setting),
        )
    )


def _cautions(report: Report) -> list[str]:
    """Say where machines found words and turns, the first cautions, how many are under Trust."""
    cautions = findings_panels.cautions(report)[int(report.unread is not None) :]
    shown = [say("caution", text=caution) for caution in cautions[:_CAUTIONS]]
    heard = [say("sentence", text=note) for note in report.notes if note.code == sound_alone.NOTE]
    shown = [*heard, *shown]
    more = len(cautions) - _CAUTIONS
    return [*shown, say("more_cautions", n=more)] if more > 0 else shown


def _listen(desk: Desk, section: str) -> None:
    session = desk.session
    silent = opened.silent(session)
    key = f"room {session.session_id}"
    player.mount(
        desk.scene,
        stamp=session.stamp,
        session=session.session_id,
        audio=None if silent else desk.address(serving.AUDIO_PATH),
        note=None if silent is None else str(silent),
        given=corrections.readings(session.corrections),
        answer=st.session_state.get("answer"),
        cautions=_cautions(session.report),
        section=section,
        sections=[(name, say(f"section_{name}")) for name in SECTIONS],
        **writing.beside(desk),
        code=writing.viewer(),
        on_told=partial(told.take_up, key, _heard),
        key=key,
    )
    for said in told.waiting(key):
        if said.get("kind_of") == "reading":
            _read(desk, said)
        elif said.get("kind_of") == "correction":
            _amend(desk, said)
        elif said.get("kind_of") in writing.KINDS:
            writing.heard(desk, said, written.COMMENTS, notes.SORTS)


def _heard(said: Mapping[str, Any]) -> None:
    """Take up, before the page runs again, which part was opened and who corrects."""
    if said.get("section") in SECTIONS:
        st.query_params["part"] = said["section"]
    writing.take_code(said)


def _read(desk: Desk, said: Mapping[str, Any]) -> None:
    """Keep what a person calls a silence."""
    session = desk.session
    start_s, reading = float(said["start_s"]), str(said["reading"])
    change = desk.signed(partial(corrections.correct, session.folder, session.session_id))
    if problem := desk.tried(partial(change, at=start_s, reading=reading)):
        st.text(problem)
    else:
        st.toast(say("reading_kept"))


def _amend(desk: Desk, said: Mapping[str, Any]) -> None:
    """Correct what was asked for in the listening room, and answer there."""
    problem = desk.tried(partial(_carry_out, desk, said))
    st.session_state["answer"] = {"number": str(said.get("number")), "text": problem}
    st.rerun()


def _carry_out(desk: Desk, said: Mapping[str, Any]) -> State:
    session = desk.session
    if said.get("stamp") != session.stamp:  # the numbers of its turns are no longer these
        raise Refused("dashboard.changed_meanwhile")
    folder, session_id = session.folder, session.session_id
    return corrections.carry_out(folder, session_id, said, by=desk.by(), held=session.state)
