"""Under which codes and which day a session is filed; no figure of it depends on that."""

from datetime import date

import streamlit as st

from dashboard.panels.desk import Desk
from dashboard.view.days import read_past_day, typed_day
from dashboard.view.words import say
from prosody.store.filing import file_under
from prosody.store.library import Library

__all__ = ["show"]

_CODES = ("therapist_id", "client_id", "dyad_id")


def show(desk: Desk) -> None:
    """Draw the panel."""
    session_id = desk.session.session_id
    library = Library(desk.session.folder)
    entry = library.entry(session_id)
    held = {name: getattr(entry, name) or "" for name in _CODES}
    day = _shown(entry.date)
    st.subheader(say("panel_filing"), anchor=False)
    st.text(say("filing_said"))
    with st.form(f"filing {session_id}", border=True):
        *places, last = st.columns(4, vertical_alignment="bottom")
        typed = {
            name: place.text_input(
                say(f"filing_{name}"), held[name], key=f"filing {name}", max_chars=64
            ).strip()
            for place, name in zip(places, _CODES, strict=True)
        }
        when = last.text_input(say("add_date"), day, key="filing date").strip()
        if st.form_submit_button(say("filing_keep")):
            codes = {name: code or None for name, code in typed.items()}
            desk.correct(
                lambda: file_under(
                    library, session_id, {**codes, "date": read_past_day(when) or None}
                )
            )


def _shown(held: str | None) -> str:
    """Write a day for its field; as it is held where an earlier version took what is no date."""
    try:
        return typed_day(date.fromisoformat(held)) if held else ""
    except ValueError:
        return str(held)
