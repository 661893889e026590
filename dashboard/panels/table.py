"""The table of panels: one row is all there is to one, from its tab to what it draws."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from dashboard.panels import (
    agenda_panel,
    findings_panels,
    history_panel,
    listening_panel,
    warmth_panel,
)
from dashboard.panels.desk import Desk

__all__ = ["Panel", "registered", "table"]


@dataclass(frozen=True, slots=True)
class Panel:
    """One row.

    Parameters
    ----------
    title : str
        Code of what its tab is called.
    show : callable
        Draws it with Streamlit.
    """

    title: str
    show: Callable[[Desk], None]


_ROWS = [
    Panel("dashboard.panel_glance", findings_panels.glance),
    Panel("dashboard.panel_listening", listening_panel.show),
    Panel("dashboard.panel_agenda", agenda_panel.show),
    Panel("dashboard.panel_history", history_panel.show),
    Panel("dashboard.panel_warmth", warmth_panel.show),
    Panel("dashboard.panel_measures", findings_panels.measures),
    Panel("dashboard.panel_links", findings_panels.links),
    Panel("dashboard.panel_trust", findings_panels.trust),
]


def table() -> tuple[Panel, ...]:
    """Give every panel, in the order of the tabs."""
    return tuple(_ROWS)


@contextmanager
def registered(row: Panel, *, at: int | None = None) -> Iterator[Panel]:
    """Add a panel, last or at a place, for as long as the context lasts."""
    _ROWS.insert(len(_ROWS) if at is None else at, row)
    try:
        yield row
    finally:
        _ROWS.remove(row)
