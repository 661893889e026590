"""The library: the sessions on this machine, in order of time. No names, no ranking."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from dashboard.pages import adding, trends_page
from dashboard.pages.given import Site
from dashboard.view import tables
from dashboard.view.opened import refusal, silent_because
from dashboard.view.words import for_the_page, own_line, say
from diarize.errors import Refused
from diarize.messages import Message, length, message, sentence
from prosody.render import wording
from prosody.store import agenda
from prosody.store.library import Entry, Library

__all__ = ["Row", "row", "show"]

_PAGE = 50
_STATES = ("all", "new", "corrected", "prepared", "closed")
_HEADS = ("session", "date", "length", "pair", "state", "consent")


@dataclass(frozen=True, slots=True)
class Row:
    """What the library shows of one session; `closed` says why it cannot be opened, if so."""

    session_id: str
    on: str
    length: str
    ids: str
    state: str
    sound: str
    closed: str = ""
    corrected: int = 0
    prepared: bool = False


def row(folder: Path, entry: Entry) -> Row:
    """Look at one session without reading its words."""
    library = Library(folder)
    ids = " · ".join(x for x in (entry.dyad_id, entry.therapist_id, entry.client_id) if x)
    sound, closed, state, corrected, prepared = "", "", "", 0, False
    try:
        facts = library.consent(entry.session_id)
        closed = str(refusal(facts) or _broken(library, entry) or "")
        heard = silent_because(facts) is None and library.sound(entry.session_id)
        sound = say("with_sound" if heard else "without_sound", until=facts.expires_on)
        corrected = sum(x.undone_by is None for x in library.corrections(entry.session_id))
        prepared = agenda.is_kept(library.folder, entry.session_id)
        state = _state(corrected, prepared)
    except Refused as problem:
        closed = str(for_the_page(problem.message))
    return Row(
        entry.session_id,
        entry.on,
        length(entry.duration_s),
        ids or wording.NOTHING,
        state,
        sound,
        closed,
        corrected,
        prepared,
    )


def _broken(library: Library, entry: Entry) -> Message | None:
    """Say that a session's files are gone, damaged or too new; sound may be gone without harm."""
    gone = {name.partition(".")[0] for name in library.lacks(entry.session_id)}
    for what in ("report", "heard"):
        if what in gone:
            return message(f"library.{what}_unreadable", session=entry.session_id)
    newer = library.is_newer(entry.session_id)
    return message("dashboard.newer", session=entry.session_id) if newer else None


def _state(corrected: int, prepared: bool) -> str:
    """Say what people did with a session so far."""
    told = [say("corrected_n", n=corrected)] if corrected else []
    return ", ".join([*told, *([say("prepared")] if prepared else [])]) or say("untouched")


def show(site: Site) -> None:
    """Draw the page; whatever session this viewer had open is closed."""
    st.session_state.pop("held", None)
    st.title(say("page_library"), anchor=False)
    entries = tuple(reversed(Library(site.folder).sessions()))
    for name in Library(site.folder).damaged():
        st.text(own_line(message("library.entry_unreadable", session=name)))
    if entries:
        _list(site, entries)
        for path, label, icon in site.doors:
            st.page_link(site.pages[path], label=sentence(label), icon=icon)
        trends_page.choose(site, entries)
    else:
        st.text(say("library_empty"))
        adding.demo(site)
    adding.show(site)


def _list(site: Site, entries: tuple[Entry, ...]) -> None:
    place, state = st.columns((6, 2), vertical_alignment="bottom")
    wanted = place.text_input(
        say("find"), placeholder=say("find_what"), label_visibility="collapsed", key="find"
    )
    kept = state.selectbox(
        say("state_of"),
        _STATES,
        format_func=lambda name: say(f"state_{name}"),
        label_visibility="collapsed",
        key="state",
    )
    found = [e for e in entries if _matches(e, wanted)]
    number = st.session_state.setdefault("shown", _PAGE)
    if kept == "all":  # only those that are shown are looked at
        n, rows = len(found), [row(site.folder, e) for e in found[:number]]
    else:
        rows = [line for e in found if _in_state(line := row(site.folder, e), kept)]
        n = len(rows)
    st.caption(say("found", n=n, of=len(entries)))
    if not rows:
        st.text(say("none_found"))
        return
    chosen = tables.mount_sessions(
        say("page_library"),
        [say(f"head_{name}") for name in _HEADS],
        [_line(line) for line in rows[:number]],
        key="sessions",
    )
    if chosen:
        st.switch_page(site.pages["session"], query_params={"id": chosen})
    if n > number and st.button(say("show_more"), key="more"):
        st.session_state["shown"] = number + _PAGE
        st.rerun()


def _in_state(line: Row, state: str) -> bool:
    if state == "closed" or line.closed:
        return state == "closed" and bool(line.closed)
    return {
        "new": not line.corrected and not line.prepared,
        "corrected": line.corrected > 0,
        "prepared": line.prepared,
    }[state]


def _line(line: Row) -> dict[str, object]:
    last = say("not_opened", why=line.closed) if line.closed else line.sound
    cells = [line.on, line.length, line.ids, line.state, last]
    return {"id": line.session_id, "closed": line.closed, "cells": cells}


def _matches(entry: Entry, wanted: str) -> bool:
    fields = (
        entry.session_id,
        entry.dyad_id,
        entry.therapist_id,
        entry.client_id,
        entry.date,
        entry.added_on,
    )
    return all(
        any(word in (field or "").lower() for field in fields) for word in wanted.lower().split()
    )
