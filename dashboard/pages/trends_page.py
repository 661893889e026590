"""Sessions over time: one pair's, or one therapist's, beside one another and nobody else's."""

from collections.abc import Sequence

import streamlit as st

from dashboard.pages.given import Site
from dashboard.view import over_time, tables
from dashboard.view.words import own_line, say
from diarize.errors import Refused
from diarize.messages import message
from prosody.report.trends import Trends, trends
from prosody.store.library import Entry, Library
from prosody.store.over_time import OF, visits

__all__ = ["choose", "show"]

_ACROSS = 3  # pictures beside one another


def choose(site: Site, entries: Sequence[Entry]) -> None:
    """Offer, on the page of the library, everybody who has two sessions or more."""
    named = {
        say(f"over_time_{of}", who=who): (of, who)
        for of, column in OF.items()
        for who in dict.fromkeys(getattr(entry, column) for entry in entries)
        if who and sum(getattr(entry, column) == who for entry in entries) > 1
    }
    if not named:
        return
    place, button = st.columns((6, 2), vertical_alignment="bottom")
    chosen = place.selectbox(
        say("over_time_of"),
        [*named],
        index=None,
        key="over time of",
        placeholder=str(message("player.choose")),
    )
    if button.button(say("open_over_time"), disabled=chosen not in named, key="open over time"):
        of, who = named[str(chosen)]
        st.switch_page(site.pages["over_time"], query_params={"of": of, "who": who})


def show(site: Site) -> None:
    """Draw the page of the person named in the address."""
    st.session_state.pop("held", None)
    of, who = st.query_params.get("of", "pair"), st.query_params.get("who", "")
    if not who or of not in OF:
        st.switch_page(site.pages["library"])
    st.page_link(site.pages["library"], label=say("all_sessions"))
    try:
        own, left = visits(Library(site.folder), who, of)
    except Refused as problem:  # a title is markup: no name of an address in it
        st.title(say("page_over_time"), anchor=False)
        st.text(own_line(problem.message))
        return
    st.title(say("over_time_title", who=who), anchor=False)
    roles = ("therapist",) if of == "therapist" else ("therapist", "client")
    found = trends(own, roles=roles)
    st.text(say("over_time_said", n=len(found.sessions), of=say(f"of_{of}")))
    for why in left:
        st.text(own_line(why))
    _drawn(found)


def _drawn(found: Trends) -> None:
    tables.mount(over_time.changes(found), key="changes")
    pictures = over_time.pictures(found)
    if pictures:
        st.subheader(say("over_time_figures"), anchor=False)
        tables.mount_said(say("over_time_read"), key="over time read")
    for at in range(0, len(pictures), _ACROSS):
        row = st.columns(_ACROSS)
        for place, picture in zip(row, pictures[at : at + _ACROSS], strict=False):
            with place:
                tables.mount_figure(picture.title, picture.said, picture.svg, key=picture.title)
    for grid in over_time.figures(found):
        tables.folded(grid, key=f"over time {grid.title}")
    st.subheader(say("check_ins"), anchor=False)
    tables.mount(over_time.replies(found), key="check-ins")
