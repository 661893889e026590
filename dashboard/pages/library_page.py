"""The library: the sessions on this machine, in order of time. No names, no ranking."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.view import opened
from diarize.errors import Refused
from prosody.render import wording
from prosody.store.library import Entry, Library

__all__ = ["Row", "row", "show"]

_PAGE = 25


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
        facts = opened.consent(folder, entry.session_id)
        closed = opened.refusal(facts) or ""
        sound = "no sound" if opened.silent_because(facts) else "with sound"
        sound += f", until {facts.expires_on}"
    except Refused as problem:
        closed = str(problem).partition(": ")[2] or str(problem)
    return Row(
        entry.session_id,
        entry.date or entry.added_on,
        wording.clock(entry.duration_s),
        ids,
        sound,
        closed,
    )


def show(folder: Path, one: Any) -> None:
    """Draw the page; `one` is the page of a single session."""
    st.title("Sessions", anchor=False)
    entries = Library(folder).sessions()
    if not entries:
        st.text("The library is empty. Add a session with: prosody analyze RECORDING")
        return
    entries = tuple(reversed(entries))
    wanted = st.text_input(
        "Find", placeholder="session, pair or date", label_visibility="collapsed", key="find"
    )
    found = [e for e in entries if _matches(e, wanted)]
    st.caption(f"{len(found)} of {len(entries)} sessions, newest first. On this machine only.")
    number = st.session_state.setdefault("shown", _PAGE)
    _heads()
    for entry in found[:number]:
        _line(row(folder, entry), one)
    if len(found) > number and st.button("Show more"):
        st.session_state["shown"] = number + _PAGE
        st.rerun()


def _matches(entry: Entry, wanted: str) -> bool:
    fields = (entry.session_id, entry.dyad_id, entry.date, entry.added_on)
    return all(
        any(word in (field or "").lower() for field in fields) for word in wanted.lower().split()
    )


_WIDTHS = (2.2, 1.3, 1, 2, 3)


def _heads() -> None:
    for column, name in zip(
        st.columns(_WIDTHS), ("Session", "Date", "Length", "Pair", "Consent"), strict=True
    ):
        column.caption(name)


def _line(line: Row, one: Any) -> None:
    name, on, length, ids, sound = st.columns(_WIDTHS, vertical_alignment="center")
    if line.closed:
        name.text(line.session_id)
        sound.text(f"Not opened: {line.closed}")
    else:
        name.page_link(
            one,
            label=line.session_id,
            icon=":material/play_circle:",
            query_params={"id": line.session_id},
        )
        sound.text(line.sound)
    on.text(line.on)
    length.text(line.length)
    ids.text(line.ids or "–")
