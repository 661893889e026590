"""Self-review: a map from memory, pins with questions and sliders, then both sides."""

from collections.abc import Iterable
from functools import partial
from typing import Any

import streamlit as st

from dashboard.panels import writing
from dashboard.panels.desk import Desk
from dashboard.view import notes, reviewing, tables
from dashboard.view.words import label, say
from prosody.listening import empathy
from prosody.store import reviews
from prosody.store.library import Library
from prosody.store.reviews import Review
from prosody.store.written import Written

__all__ = ["SORTS", "beside", "clips", "show"]

SORTS = ("pin",)


def beside(desk: Desk) -> dict[str, Any]:
    """Give what the room shows: the reviewer's own pins."""
    own = _review(desk)
    return {
        "notes": notes.notes(desk.session.report, own.pins, own.by),
        "sorts": notes.sorts(SORTS),
    }


def _review(desk: Desk) -> Review:
    library, by = Library(desk.session.folder), writing.viewer()
    return reviews.of(library, desk.session.session_id, by) if by else Review("")


def show(desk: Desk) -> None:
    """Draw the panel."""
    own = _review(desk)
    said = _remembering(desk, own)
    st.subheader(say("pins"), anchor=False)
    if not own.pins:
        st.text(say("no_pins"))
    for pin in own.pins:
        _pin(desk, pin)
    if own.revealed:
        _both(desk, own)
        return
    st.text(say("reveal_said"))
    if st.button(say("reveal"), key="reveal", disabled=not own.pins, type="primary"):
        desk.correct(desk.signed(partial(_reveal, desk, said)))


def _reveal(desk: Desk, said: dict[str, str], *, by: str) -> None:
    """Show the tool's side; what is typed of the map is kept first, for then it is closed."""
    library, session_id = Library(desk.session.folder), desk.session.session_id
    if any(said.values()):
        reviews.remember(library, session_id, said, by=by)
    reviews.reveal(library, session_id, by=by)


def _remembering(desk: Desk, own: Review) -> dict[str, str]:
    """Ask for the map from memory and give it; once the tool's side was seen, it stays as it was.

    It is no form: what a form holds is known to nobody before it is sent.
    """
    st.subheader(say("map_remembered"), anchor=False)
    st.text(say("map_said"))
    if not own.by:  # the fields are a person's: what is typed before would be lost with them
        st.text(say("code_to_begin"))
        return {}
    held = own.remembered.detail if own.remembered else {}
    session_id = desk.session.session_id
    with st.container(border=True):
        aspects = empathy.aspects()
        # A row at a time, so that Tab goes through them as they are read.
        places = (place for _ in aspects[::2] for place in st.columns(2))
        said = {
            aspect: place.text_area(
                reviewing.asked_of(aspect),
                value=str(held.get(aspect, "")),
                key=f"map {session_id} {own.by} {aspect}",
                max_chars=2000,
                disabled=own.revealed,
            )
            for aspect, place in zip(aspects, places, strict=False)
        }
        kept = st.button(say("keep_map"), key="keep map", disabled=own.revealed)
    if kept:
        library = Library(desk.session.folder)
        desk.correct(desk.signed(partial(reviews.remember, library, session_id, said)))
    return said


def _pin(desk: Desk, pin: Written) -> None:
    """Ask the questions and sliders of one pin."""
    session_id, detail = desk.session.session_id, pin.detail
    key = f"pin {session_id} {pin.n}"
    title = say("pin_at", at=pin.value or 0.0, text=detail.get("text") or "")
    with st.expander(title), st.form(key, border=False):
        answers = {
            name: st.text_area(
                label("ask", name),
                value=str(detail.get(f"answer_{name}", "")),
                key=f"{key} {name}",
                max_chars=2000,
                height=80,
            )
            for name in reviews.QUESTIONS
        }
        known = detail.get("sliders", {})
        sliders = {
            name: st.select_slider(
                label("slide", name),
                options=["–", *range(0, 101, 5)],
                value=known.get(name, "–"),
                key=f"{key} {name} slider",
                help=say("slide_help"),
            )
            for name in reviews.SLIDERS
        }
        clip = st.checkbox(say("as_clip"), value=bool(detail.get("clip")), key=f"{key} clip")
        kept = st.form_submit_button(say("keep_pin", at=pin.value or 0.0))
    if kept:
        given = {name: int(at) for name, at in sliders.items() if at != "–"}
        change = partial(
            reviews.answer,
            Library(desk.session.folder),
            session_id,
            pin,
            answers=answers,
            sliders=given,
            clip=clip,
        )
        desk.correct(desk.signed(change))


def _both(desk: Desk, own: Review) -> None:
    """Show the reviewer's side and the tool's, one beside the other."""
    session = desk.session
    st.subheader(say("both_sides"), anchor=False)
    laid = reviews.laid_beside(session.report, own.pins)
    st.text(reviewing.chance(laid))
    _grids(reviewing.sides(session.report, laid), "sides")
    found = reviews.mapped(Library(session.folder), session.session_id)
    st.subheader(say("map_both"), anchor=False)
    st.text(say("map_both_said"))
    _grids(reviewing.map_grids(session.report, own, found), "map")
    st.subheader(say("understanding"), anchor=False)
    st.text(say("understanding_said"))
    _grids(reviewing.understanding(session.report, found), "understanding")
    course = reviews.own_course(Library(session.folder), own.by)
    st.subheader(say("own_course"), anchor=False)
    _grids([reviewing.course(course)], "course")


def clips(desk: Desk) -> None:
    """Draw the clips that a reviewer chose to bring, and the way to a review of one's own."""
    session = desk.session
    st.subheader(say("panel_clips"), anchor=False)
    st.text(say("clips_said"))
    desk.link("review", say("begin_review"))
    chosen = reviews.clips(Library(session.folder), session.session_id)
    if chosen:
        tables.mount(reviewing.clips(session.report, chosen), key="review clips")


def _grids(grids: Iterable[tables.Grid], key: str) -> None:
    for at, grid in enumerate(grids):
        tables.mount(grid, key=f"review {key} {at}")
