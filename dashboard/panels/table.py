"""The table of panels: one row is all there is to one, from its place to what it draws."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from dashboard.panels import (
    agenda_panel,
    coding_panel,
    filing_panel,
    findings_panels,
    goal_panel,
    history_panel,
    listening_panel,
    review_panel,
    roles_panel,
    share_panel,
    warmth_panel,
    what_if_panel,
)
from dashboard.panels.desk import Desk

__all__ = ["Panel", "registered", "table"]


@dataclass(frozen=True, slots=True)
class Panel:
    """One row.

    Parameters
    ----------
    section : str
        The part of the page it stands in, as `dashboard.pages.session_page.SECTIONS` has them.
    show : callable
        Draws it with Streamlit.
    """

    section: str
    show: Callable[[Desk], None]


_ROWS = [
    Panel("findings", findings_panels.glance),
    Panel("findings", listening_panel.show),
    Panel("findings", warmth_panel.show),
    Panel("findings", findings_panels.links),
    Panel("findings", findings_panels.measures),
    Panel("findings", what_if_panel.show),
    Panel("supervision", agenda_panel.show),
    Panel("supervision", review_panel.clips),
    Panel("supervision", goal_panel.show),
    Panel("supervision", coding_panel.summary),
    Panel("supervision", share_panel.show),
    Panel("trust", findings_panels.caveats),
    Panel("trust", roles_panel.show),
    Panel("trust", filing_panel.show),
    Panel("trust", history_panel.show),
    Panel("trust", findings_panels.trust),
]


def table() -> tuple[Panel, ...]:
    """Give every panel, in the order of the page."""
    return tuple(_ROWS)


@contextmanager
def registered(row: Panel, *, at: int | None = None) -> Iterator[Panel]:
    """Add a panel, last or at a place, for as long as the context lasts."""
    _ROWS.insert(len(_ROWS) if at is None else at, row)
    try:
        yield row
    finally:
        _ROWS.remove(row)
