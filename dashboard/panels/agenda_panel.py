"""The agenda in the dashboard: reorder, take off, put on, write a question, open to print."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st

from diarize.conversation import Utterance
from diarize.errors import Refused
from prosody.render import wording
from prosody.report.model import Report
from prosody.store import agenda
from prosody.store.agenda import Item, Items

__all__ = ["show"]

_WORDS = 70  # characters of a turn in the menu of turns


def show(
    folder: Path, session_id: str, report: Report, *, by: Callable[[], str], print_at: str
) -> None:
    """Draw the panel.

    Parameters
    ----------
    folder : Path
        The library.
    session_id : str
        Which session.
    report : Report
        Its findings.
    by : callable
        Gives the code of who changes it.
    print_at : str
        Address of the page to print.
    """
    items = agenda.of(folder, session_id, report)
    st.text(
        "What to listen to together. It starts as the list of moments; any change makes it yours. "
        "Play its items in the list “Agenda” beside the transcript."
    )

    def change(new: Callable[[], Items]) -> None:
        _keep(folder, session_id, new)

    for number in range(1, len(items) + 1):
        _row(items, number, session_id, by, change)
    if not items:
        st.text("Nothing is on the agenda.")
    _put_on(items, report, session_id, by, change)
    st.html(f'<a href="{print_at}" target="_blank" rel="noopener">Open the page to print</a>')


def _row(
    items: Items,
    number: int,
    session_id: str,
    by: Callable[[], str],
    change: Callable[[Callable[[], Items]], None],
) -> None:
    item = items[number - 1]
    key = f"agenda {session_id} {item.start_s} {item.side}"
    with st.container(border=True):
        text, up, down, off = st.columns((10, 1, 1, 2), vertical_alignment="center")
        text.text(
            f"{number}. {wording.clock(item.start_s)} · {wording.side(item.side)}: {item.why}"
        )
        if up.button("↑", key=f"{key} up", disabled=number == 1, help="Earlier"):
            change(lambda: agenda.move(items, number, number - 1, by=by()))
        if down.button("↓", key=f"{key} down", disabled=number == len(items), help="Later"):
            change(lambda: agenda.move(items, number, number + 1, by=by()))
        if off.button("Take off", key=f"{key} off"):
            change(lambda: agenda.drop(items, number))
        written = st.text_input(
            "Question or note", value=item.note, key=f"{key} note {item.note}", max_chars=500
        )
        if written.strip() != item.note:
            change(lambda: agenda.note(items, number, written, by=by()))


def _put_on(
    items: Items,
    report: Report,
    session_id: str,
    by: Callable[[], str],
    change: Callable[[Callable[[], Items]], None],
) -> None:
    left = agenda.suggested(items, report)
    for at, item in enumerate(left):
        what = f"{wording.clock(item.start_s)} · {wording.side(item.side)}: {item.why}"
        if st.button(f"Put on again: {what}", key=f"agenda {session_id} again {at}"):
            change(partial(_with, items, item))
    place, button = st.columns((6, 2), vertical_alignment="bottom")
    turn = place.selectbox(
        "Any turn", report.turns, index=None, format_func=_named, key=f"agenda {session_id} turn"
    )
    if button.button("Put it on", disabled=turn is None) and turn is not None:
        change(lambda: agenda.add(items, turn, by=by()))


def _with(items: Items, item: Item) -> Items:
    return (*items, item)


def _named(turn: Utterance) -> str:
    text = turn.text
    words = text if len(text) <= _WORDS else f"{text[:_WORDS]}…"
    return f"{wording.clock(turn.span.start)} {wording.role(turn.role)}: {words}"


def _keep(folder: Path, session_id: str, new: Callable[[], Items]) -> None:
    try:
        agenda.keep(folder, session_id, new())
    except Refused as problem:
        st.text(f"Not changed: {problem}")
    else:
        st.rerun()
