"""The agenda in the dashboard: reorder, take off, put on, write a question, open to print."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from dashboard import serving
from dashboard.panels.desk import Desk
from dashboard.view.words import say
from prosody.render import wording
from prosody.store import agenda
from prosody.store.agenda import Item, Items

__all__ = ["show"]


def show(desk: Desk) -> None:
    """Draw the panel."""
    items = desk.session.items
    st.subheader(say("panel_agenda"), anchor=False)
    st.text(say("agenda_said"))
    for number in range(1, len(items) + 1):
        _row(desk, number)
    if not items:
        st.text(say("empty_agenda"))
    _put_on(desk)
    at = desk.address(serving.AGENDA_PATH)
    st.html(f'<a href="{at}" target="_blank" rel="noopener">{say("open_print")}</a>')


def _row(desk: Desk, number: int) -> None:
    items = desk.session.items
    item = items[number - 1]
    key = f"agenda {desk.session.session_id} {item.start_s} {item.side}"
    with st.container(border=True):
        text, up, down, off = st.columns((10, 1, 1, 2), vertical_alignment="center")
        text.text(say("agenda_row", number=number, item=_said(item)))
        if up.button("↑", key=f"{key} up", disabled=number == 1, help=say("earlier")):
            _keep(desk, desk.signed(partial(agenda.move, items, number, number - 1)))
        if down.button("↓", key=f"{key} down", disabled=number == len(items), help=say("later")):
            _keep(desk, desk.signed(partial(agenda.move, items, number, number + 1)))
        if off.button(say("take_off"), key=f"{key} off"):
            _keep(desk, partial(agenda.drop, items, number))
        written = st.text_input(
            say("question"), value=item.note, key=f"{key} note {item.note}", max_chars=500
        )
        if written.strip() != item.note:
            _keep(desk, desk.signed(partial(agenda.note, items, number, written)))


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
    at = place.selectbox(say("any_turn"), named, index=None, key=f"agenda {session_id} turn")
    if button.button(say("put_on"), key="put on", disabled=at not in named) and at in named:
        _keep(desk, desk.signed(partial(agenda.add, items, turns[named.index(at)])))


def _with(items: Items, item: Item) -> Items:
    return (*items, item)


def _keep(desk: Desk, new: Callable[[], Items]) -> None:
    session = desk.session
    desk.correct(lambda: agenda.keep(session.folder, session.session_id, new()))
