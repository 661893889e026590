"""The library: the sessions on this machine, in order of time. No names, no ranking."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from dashboard.pages.given import Site
from dashboard.view.opened import refusal, silent_because
from dashboard.view.words import say
from diarize.errors import Refused
from diarize.messages import message
from prosody.render import wording
from prosody.store.library import Entry, Library

__all__ = ["Row", "row", "show"]

_PAGE = 25
_WIDTHS = (2.2, 1.3, 1, 2, 3)


@dataclass(frozen=True, slots=True)
class Row:
    """What the library shows of one session; `closed` says why it cannot be opened, if so."""

    session_id: str
    on: str
    length: str
    ids: str
    sound: str
    closed: str = ""


def row(folder: Path, entry: Entry) -> Row:
    """Look at one session without reading its words."""
    ids = " · ".join(x for x in (entry.dyad_id, entry.therapist_id, entry.client_id) if x)
    sound, closed = "", ""
    try:
        facts = Library(folder).consent(entry.session_id)
        closed = str(refusal(facts) or "")
        heard = silent_because(facts) is None and Library(folder).audio(entry.session_id)
        sound = say("with_sound" if heard else "without_sound", until=facts.expires_on)
    except Refused as problem:
        closed = str(problem)
    return Row(
        entry.session_id,
        entry.date or entry.added_on,
        wording.clock(entry.duration_s),
        ids or wording.NOTHING,
        sound,
        closed,
    )


def show(site: Site) -> None:
    """Draw the page; whatever session this viewer had open is closed."""
    st.session_state.pop("held", None)
    st.title(say("page_library"), anchor=False)
    entries = tuple(reversed(Library(site.folder).sessions()))
    for name in Library(site.folder).damaged():
        st.text(str(message("library.entry_unreadable", session=name)))
    if not entries:
        st.text(say("library_empty"))
        return
    wanted = st.text_input(
        say("find"), placeholder=say("find_what"), label_visibility="collapsed", key="find"
    )
    found = [e for e in entries if _matches(e, wanted)]
    st.caption(say("found", n=len(found), of=len(entries)))
    number = st.session_state.setdefault("shown", _PAGE)
    _heads()
    for entry in found[:number]:
        _line(row(site.folder, entry), site)
    if len(found) > number and st.button(say("show_more"), key="more"):
        st.session_state["shown"] = number + _PAGE
        st.rerun()


def _matches(entry: Entry, wanted: str) -> bool:
    fields = (entry.session_id, entry.dyad_id, entry.date, entry.added_on)
    return all(
        any(word in (field or "").lower() for field in fields) for word in wanted.lower().split()
    )


def _heads() -> None:
    names = ("session", "date", "length", "pair", "consent")
    for column, name in zip(st.columns(_WIDTHS), names, strict=True):
        column.caption(say(f"head_{name}"))


def _line(line: Row, site: Site) -> None:
    name, on, length, ids, sound = st.columns(_WIDTHS, vertical_alignment="center")
    if line.closed:
        name.text(line.session_id)
        sound.text(say("not_opened", why=line.closed))
    else:
        name.page_link(
            site.pages["session"],
            label=line.session_id,
            icon=":material/play_circle:",
            query_params={"id": line.session_id},
        )
        sound.text(line.sound)
    on.text(line.on)
    length.text(line.length)
    ids.text(line.ids)
