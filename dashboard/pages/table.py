"""The table of pages: one row is all there is to one, from its address to what it draws."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from dashboard.pages import apart_page, cohort_page, library_page, session_page, trends_page
from dashboard.pages.given import Site

__all__ = ["Page", "registered", "table"]


@dataclass(frozen=True, slots=True)
class Page:
    """One row; the first is what is opened without an address.

    Parameters
    ----------
    path : str
        Its address, and what other pages call it by.
    title : str
        Code of its title.
    show : callable
        Draws it with Streamlit.
    door : str
        Code of the words on the link that leads to it from the list of sessions; "" where it is of
        one session or person and is opened from there.
    icon : str
        Streamlit's name of the sign before that link.
    """

    path: str
    title: str
    show: Callable[[Site], None]
    door: str = ""
    icon: str = ":material/open_in_new:"


_ROWS = [
    Page("library", "dashboard.page_library", library_page.show),
    Page("session", "dashboard.page_session", session_page.show),
    Page(
        "cohort",
        "dashboard.page_cohort",
        cohort_page.show,
        door="dashboard.open_cohort",
        icon=":material/table_chart:",
    ),
    Page("review", "dashboard.page_review", apart_page.review),
    Page("coding", "dashboard.page_coding", apart_page.code),
    Page("over_time", "dashboard.page_over_time", trends_page.show),
]


def table() -> tuple[Page, ...]:
    """Give every page."""
    return tuple(_ROWS)


@contextmanager
def registered(row: Page, *, at: int | None = None) -> Iterator[Page]:
    """Add a page, last or at a place, for as long as the context lasts."""
    _ROWS.insert(len(_ROWS) if at is None else at, row)
    try:
        yield row
    finally:
        _ROWS.remove(row)
