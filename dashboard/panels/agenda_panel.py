"""The agenda in the dashboard: drag, take off, put on, write a note, open to print."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import streamlit as st

from dashboard import serving
from dashboard.panels import told, writing
from dashboard.panels.desk import Desk
from dashboard.view import agenda_list, opened
from dashboard.view.words import say
from diarize.errors import Refused
from diarize.messages import message
from prosody.render import wording
from prosody.store import agenda, written
from prosody.store.agenda import Item, Items
from prosody.store.library import Library

__all__ = ["show"]


def show(desk: Desk) -> None:
    """Draw the panel."""
    session = desk.session
    st.subheader(say("panel_agenda"), anchor=False)
    st.text(say("agenda_said"))
    beside = written.read(Library(session.folder), session.session_id, written.COMMENTS)
    rows = agenda_list.rows(session.report, session.items, beside)
    key = f"agenda {session.session_id}"
    agenda_list.mount(
        rows,
        stamp=session.stamp,
        code=writing.viewer(),
        silent=opened.silent(session) is not None,
        key=key,
        on_told=partial(told.take_up, key, writing.take_code),
    )
    for said in told.waiting(key):
        desk.correct_at_once(partial(_carry_out, desk, said))
    _put_on(desk)
    at = desk.address(serving.AGENDA_PATH)
    st.html(f'<a href="{at}" target="_blank" rel="noopener">{say("open_print")}</a>')


def _carry_out(desk: Desk, said: Mapping[str, Any]) -> None:
    """Change the agenda as a person asks, if it is still what they saw."""
    session, items = desk.session, desk.session.items
    if said.get("stamp") != session.stamp:
        raise Refused("dashboard.changed_meanwhile")
    try:
        number, does = int(said["item"]), said["do"]
        change: Mapping[str, Callable[[], Items]] = {
            "move": lambda: agenda.move(items, number, int(said["to"]), by=desk.by()),
            "drop": lambda: agenda.drop(items, number),
            "note": lambda: agenda.note(items, number, str(said["text"])[:500], by=desk.by()),
        }
        new = change[does]()
    except Refused:
        raise
    except (KeyError, TypeError, ValueError):
        raise Refused("requests.unreadable") from None
    agenda.keep(session.folder, session.session_id, new)


def _said(item: Item) -> str:
    return say("agenda_item", at=item.start_s, side=wording.side(item.side), why=item.why)


def _put_on(desk: Desk) -> None:
    items, session_id = desk.session.items, desk.session.session_id
    for at, item in enumerate(agenda.suggested(items, desk.session.report)):
        label = say("put_on_again", item=_said(item))
        if st.button(label, key=f"agenda {session_id} again {at}"):
            _keep(desk, partial(_with, items, item))
    place, button = st.columns((6, 2), vertical_alignment="bottom")
    turns = desk.session.report.turns
    # Streamlit keeps a menu as long as the viewer's page is open, whatever becomes of the session:
    # times and roles may stand in it, turns and words may not.
    named = [
        say("turn_named", number=t.index, at=t.span.start, role=wording.role(t.role)) for t in turns
    ]
    at = place.selectbox(
        say("any_turn"),
        named,
        index=None,
        key=f"agenda {session_id} turn",
        placeholder=str(message("player.choose")),
    )
    if button.button(say("put_on"), key="put on", disabled=at not in named) and at in named:
        _keep(desk, desk.signed(partial(agenda.add, items, turns[named.index(at)])))


def _with(items: Items, item: Item) -> Items:
    return (*items, item)


def _keep(desk: Desk, new: Callable[[], Items]) -> None:
    session = desk.session
    desk.correct(lambda: agenda.keep(session.folder, session.session_id, new()))
