"""Many sessions at a glance: how figures spread, what is missing, how recordings turned out."""

import streamlit as st

from dashboard.pages.given import Site
from dashboard.view import tables
from dashboard.view.tables import Grid, Line
from dashboard.view.words import own_line, say
from diarize.errors import Refused
from prosody.render import wording
from prosody.store.cohort import Group, Spread, cohort, columns
from prosody.store.library import Library

__all__ = ["show", "spreads"]

_ALL = ""


def show(site: Site) -> None:
    """Draw the page; groups stand in the order of their names."""
    st.session_state.pop("held", None)
    st.page_link(site.pages["library"], label=say("all_sessions"))
    st.title(say("page_cohort"), anchor=False)
    library = Library(site.folder)
    try:
        names = columns(library)
        by = st.selectbox(say("cohort_by"), [_ALL, *names], format_func=_named, key="cohort by")
        groups = cohort(library, by or None)
    except Refused as problem:
        st.text(own_line(problem.message))
        return
    st.text(say("cohort_read"))
    for number, group in enumerate(groups):
        _draw(group, by or None, number)


def _named(column: str) -> str:
    return column or say("cohort_all")


def _draw(group: Group, by: str | None, number: int) -> None:
    if by is not None:
        name = group.name or say("cohort_no_value")
        st.subheader(say("cohort_group", by=by, name=name), anchor=False)
    st.text(say("cohort_n", n=group.sessions, pairs=group.pairs))
    tables.mount(spreads(group), key=f"spreads {number}")
    tables.mount(_quality(group), key=f"quality {number}")


def spreads(group: Group) -> Grid:
    """Make the table of a group's headline figures."""
    names = ("middle", "half", "sessions", "unreliable", "missing")
    some = any(spread.median is not None for spread in group.spreads)
    shown = names if some else names[2:]
    lines = tuple(_line(spread, len(shown)) for spread in group.spreads)
    note = "" if some else say("cohort_none")
    return Grid(say("cohort_spreads"), tables.heads("figure", *shown), lines, 1, note)


def _line(spread: Spread, columns: int) -> Line:
    """Make a row with so many columns of figures: the counts are the last."""
    name = wording.cue_of(spread.cue, spread.role)
    quarters = (spread.low, spread.median, spread.high)
    if None in quarters:
        middle, half = wording.NOTHING, say("cohort_few")
    else:
        low, middle, high = (wording.said(spread.cue, v, spread.unit) for v in quarters)
        half = say("cohort_range", low=low, high=high)
    counts = (spread.n, spread.unreliable, sum(spread.missing.values()))
    cells = (middle, half, *map(str, counts))
    return Line((name, *cells[-columns:]), faint=None in quarters)


def _quality(group: Group) -> Grid:
    """Make the table of what was not met in how many recordings."""
    lines = (Line((wording.check(check), str(n))) for check, n in sorted(group.quality.items()))
    return Grid(say("cohort_quality"), tables.heads("check", "sessions"), tuple(lines))
