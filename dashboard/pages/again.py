"""An open page is drawn again as soon as its session may not be shown as it is.

A browser keeps what it was sent. So a page that shows words or plays sound asks, while it is open,
what the consent allows now: words that were taken out, and a session that was withdrawn or erased,
do not stand there until somebody presses something. What somebody else corrected is not shown
unasked: who types here would lose it.
"""

from functools import partial

import streamlit as st

from dashboard.view.opened import Opened
from diarize.errors import Refused
from prosody.store.library import Library

__all__ = ["drawn_again", "is_closed"]

_EVERY_S = 1.0


def drawn_again(session: Opened) -> None:
    """Have the page drawn again once the session is gone or its consent is another."""
    st.fragment(partial(_look, session), run_every=_EVERY_S)()


def _look(session: Opened) -> None:
    if is_closed(session):
        st.rerun()


def is_closed(session: Opened) -> bool:
    """Whether a session that is open may not be shown as it is any more."""
    try:
        return Library(session.folder).allowed(session.session_id) != session.report.consent
    except Refused:
        return True
