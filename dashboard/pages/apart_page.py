"""Pages for whoever listens before seeing what the tool found: sound and words, and nothing else.

A reviewer pins moments and remembers; a second rater codes. The room shows no behaviour, no moment
and no figure there.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import serving
from dashboard.pages.again import drawn_again
from dashboard.pages.given import Site
from dashboard.panels import coding_panel, review_panel, told, writing
from dashboard.panels.desk import Desk
from dashboard.view import opened, player
from dashboard.view.words import own_line, say
from diarize.errors import Refused
from prosody.store.library import Library
from prosody.store.written import RATINGS

__all__ = ["code", "review"]


def review(site: Site) -> None:
    """Draw the page of a self-review."""
    desk = _opened(site, "review_title", "review_said")
    if desk is None:
        return
    for said in _room(desk, **review_panel.beside(desk)):
        if said.get("kind_of") in writing.KINDS:
            writing.heard(desk, said, RATINGS, review_panel.SORTS)
    review_panel.show(desk)
    drawn_again(desk.session)


def code(site: Site) -> None:
    """Draw the page on which a second rater codes."""
    desk = _opened(site, "coding_title", "coding_said")
    if desk is None:
        return
    for _ in _room(desk):
        pass  # nothing is written there: it is a code that signs what is coded
    coding_panel.show(desk)
    drawn_again(desk.session)


def _opened(site: Site, title: str, said: str) -> Desk | None:
    session_id, home = st.query_params.get("id", ""), site.pages["library"]
    if not session_id:
        st.switch_page(home)
    link, top, whose = st.columns((2, 7, 2), vertical_alignment="center")
    try:
        desk = _desk(site.folder, session_id, site.key)
    except Refused as problem:
        st.session_state.pop("apart", None)
        link.page_link(home, label=say("all_sessions"))
        st.title(say("not_opened_title"), anchor=False)
        st.text(own_line(problem.message))
        return None
    link.page_link(
        site.pages["session"],
        label=say("to_session"),
        query_params={"id": session_id},
    )
    top.title(say(title, session_id=session_id), anchor=False)
    writing.ask_code(whose)
    st.text(say(said))
    return desk


def _desk(folder: Path, session_id: str, key: str) -> Desk:
    """Open the session, or give what this viewer has open while nothing changed on disk."""
    library, held = Library(folder), st.session_state.get("apart")
    if (
        isinstance(held, Desk)
        and held.session.stamp == library.stamp(session_id)
        and held.session.report.consent == library.allowed(session_id)
    ):
        return held
    session = opened.opened(folder, session_id)
    desk = Desk(session, player.packed(player.bare(session.report)), key)
    st.session_state["apart"] = desk
    return desk


def _room(desk: Desk, **more: object) -> Iterator[Mapping[str, Any]]:
    session = desk.session
    silent = opened.silent(session)
    key = f"apart {session.session_id}"
    player.mount(
        desk.scene,
        stamp=session.stamp,
        session=session.session_id,
        audio=None if silent else desk.address(serving.AUDIO_PATH),
        note=None if silent is None else str(silent),
        bare=True,
        code=writing.viewer(),
        on_told=partial(told.take_up, key, writing.take_code),
        key=key,
        **more,  # type: ignore[arg-type]
    )
    return told.waiting(key)
