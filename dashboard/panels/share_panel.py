"""Sharing: a pack without speech, or with chosen clips, where the consent covers it."""

from collections.abc import Iterable, Sequence

import streamlit as st

from dashboard.panels.desk import Desk
from dashboard.view.words import for_the_page, say
from diarize.errors import Refused
from diarize.timeline import Span
from prosody.store import reviews, sharing
from prosody.store.library import Library
from prosody.store.sharing import Pack

__all__ = ["show"]


def show(desk: Desk) -> None:
    """Draw the panel."""
    session = desk.session
    library = Library(session.folder)
    st.subheader(say("panel_share"), anchor=False)
    if sharing.SHARE not in library.consent(session.session_id).scopes:
        st.text(say("share_not_covered"))
        return
    st.text(say("share_said"))
    length = session.report.recording.duration_s
    pins = reviews.clips(library, session.session_id)
    named = {
        say("clip_by", at=p.value or 0.0, by=p.by): reviews.played(p, length) for p in pins
    } | {say("turn_at", at=i.start_s): i.span for i in session.items}
    chosen = _chosen(named, session.session_id)
    also = st.text_input(say("share_also"), key="share also").split()
    shown = st.text_input(say("share_shown"), key="share shown").split()
    if st.button(say("share_prepare"), key="share prepare"):
        _prepare(desk, [named[name] for name in chosen], also, shown)


def _chosen(names: Iterable[str], session_id: str) -> list[str]:
    """Offer the clips as boxes to tick: a menu of Streamlit's for several speaks English."""
    keys = {name: f"share {session_id} {name}" for name in names}
    ticked = {name for name, key in keys.items() if st.session_state.get(key)}
    st.text(say("share_clips") if keys else say("share_no_clips"))
    full = len(ticked) >= reviews.CLIPS
    return [
        name
        for name, key in keys.items()
        if st.checkbox(name, key=key, disabled=full and name not in ticked)
    ]


def _prepare(desk: Desk, clips: Sequence[Span], also: list[str], shown: list[str]) -> None:
    session = desk.session
    try:
        with st.spinner(say("preparing")):
            made = sharing.pack(
                Library(session.folder),
                session.session_id,
                by=desk.by(),
                clips=clips,
                also=also,
                shown=shown,
            )
    except Refused as problem:
        st.text(say("not_changed", why=for_the_page(problem.message)))
        return
    _made(made)


def _made(made: Pack) -> None:
    st.text(say("share_covered", words=sorted(made.cover.words) or [say("share_nothing")]))
    for span, seconds in made.clips:
        st.text(say("share_clip", at=span.start, seconds=span.duration, bleeped=seconds))
    st.text(say("share_look"))
    st.download_button(
        say("share_download"), made.zipped, "shared.zip", "application/zip", on_click="ignore"
    )
