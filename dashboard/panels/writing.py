"""Notes at moments, from the room to what is kept and back."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from dashboard.panels.desk import Desk
from dashboard.view import notes
from dashboard.view.words import say
from diarize.errors import Refused
from prosody.store import written
from prosody.store.library import Library
from prosody.store.written import Table, Written

__all__ = ["KINDS", "ask_code", "beside", "heard", "take_code", "viewer"]

KINDS = ("note", "unnote")


def viewer() -> str:
    """Give the code of who looks; empty as long as nobody said."""
    return str(st.session_state.get("code") or "").strip()


def ask_code(place: Any) -> None:
    """Ask, at a place of the page, for the code of who looks; it is the same on every page."""
    key = _field()
    if key not in st.session_state:
        st.session_state[key] = viewer()
    place.text_input(
        say("your_code"),
        key=key,
        on_change=_typed,
        args=(key,),
        max_chars=64,
        placeholder=say("your_code"),
        label_visibility="collapsed",
        help=say("your_code_help"),
    )


def _field() -> str:
    return f"code field {st.session_state.get('code fields', 0)}"


def _typed(key: str) -> None:
    if key == _field():
        st.session_state["code"] = st.session_state[key]


def take_code(said: Mapping[str, Any]) -> None:
    """Take up the code that a component was given.

    The field that asks for it is another one from then on: until it has heard of the code, the
    browser goes on saying that nothing was typed in the one before.
    """
    code = str(said.get("by") or "").strip()[:64]
    if code and code != viewer():
        st.session_state["code"] = code
        st.session_state["code fields"] = st.session_state.get("code fields", 0) + 1


def beside(desk: Desk) -> dict[str, Any]:
    """Give what the room shows of the notes of a session, and what sorts can be written."""
    rows = written.read(Library(desk.session.folder), desk.session.session_id, written.COMMENTS)
    return {
        "notes": notes.notes(desk.session.report, rows, viewer()),
        "sorts": notes.sorts(notes.SORTS),
    }


def heard(
    desk: Desk, said: Mapping[str, Any], table: Table, sorts: tuple[str, ...], **more: Any
) -> None:
    """Keep, or take away, the note that the room tells of, and show it."""
    change = _taken_away if said.get("kind_of") == "unnote" else partial(_put, sorts=sorts, **more)
    desk.correct_at_once(partial(change, desk, said, table))


def _put(
    desk: Desk, said: Mapping[str, Any], table: Table, *, sorts: tuple[str, ...], **more: Any
) -> None:
    row = _row(desk, said, sorts, more)
    written.put(Library(desk.session.folder), desk.session.session_id, table, [row])


def _row(
    desk: Desk, said: Mapping[str, Any], sorts: tuple[str, ...], more: Mapping[str, Any]
) -> Written:
    """Read what came from a browser: whatever else it is, none of it is repeated."""
    sort = sorts[0] if len(sorts) == 1 else str(said.get("sort"))
    try:
        at = float(said["at_s"])
        text = str(said.get("text") or "").encode("utf-8", "replace").decode("utf-8").strip()
    except (KeyError, TypeError, ValueError):
        raise Refused("requests.unreadable") from None
    if sort not in sorts or not 0 <= at <= desk.session.report.recording.duration_s:
        raise Refused("requests.unreadable")
    return Written(sort, round(at, 2), {"text": text, **more}, desk.by())


def _taken_away(desk: Desk, said: Mapping[str, Any], table: Table) -> None:
    number = said.get("n")
    if not isinstance(number, int):
        raise Refused("requests.unreadable")
    library = Library(desk.session.folder)
    written.take_away(library, desk.session.session_id, table, number, by=desk.by())
