"""Days as people type them, in any language of the page.

A field of Streamlit's own for dates speaks English on every page, so days are typed as text.
"""

from contextlib import suppress
from datetime import date, datetime

from dashboard.view.words import say
from diarize.errors import Refused

__all__ = ["read_day", "read_past_day", "typed_day"]

_WRITTEN = {"YYYY-MM-DD": "%Y-%m-%d", "TT.MM.JJJJ": "%d.%m.%Y"}  # as the page says it is written


def typed_day(day: date) -> str:
    """Write a day as it is typed in the page's language."""
    return day.strftime(_WRITTEN[say("date_format")])


def read_day(typed: str) -> date | None:
    """Read a day as it is written in any language of the page; None where none was typed.

    Raises
    ------
    Refused
        If it is no date.
    """
    if not typed:
        return None
    for form in _WRITTEN.values():
        with suppress(ValueError):
            return datetime.strptime(typed, form).date()
    raise Refused("dashboard.add_no_date", typed=typed, form=say("date_format"))


def read_past_day(typed: str) -> str:
    """Read the day of a session, written as an ISO date; empty where none was typed.

    Raises
    ------
    Refused
        If it is no date, or a day to come.
    """
    day = read_day(typed)
    if day is not None and day > date.today():
        raise Refused("dashboard.add_to_come", on=day.isoformat())
    return day.isoformat() if day else ""
