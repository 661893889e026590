"""The words of the pages, from the catalogue, and what they are said with."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from diarize.messages import Message, Note, is_known, message, outline
from prosody import catalogue
from prosody.report.model import Report

__all__ = ["for_the_page", "label", "own_line", "say", "sent", "unit_of", "units"]

_FIGURES = 6  # of a value that goes to the page: three are shown, and none is rounded twice
Said = TypeVar("Said", Message, Note)


def say(code: str, /, **fields: Any) -> str:
    """Give a sentence of the area ``dashboard``.

    Examples
    --------
    >>> say("voice", voice="A")
    'voice A'
    """
    return str(message(f"dashboard.{code}", **fields))


def for_the_page(why: Said) -> Said:
    """Give what is said in words of the page, where its own name options of the command line.

    What it quotes of another message is in words of the page too.

    Examples
    --------
    >>> for_the_page(message("requests.no_words", turn=1, words="1-2")).code
    'dashboard.requests_no_words'
    """
    code = f"dashboard.{why.code.replace('.', '_')}"
    fields = {
        name: for_the_page(field) if isinstance(field, Message) else field
        for name, field in why.fields.items()
    }
    return replace(why, code=code if is_known(code) else why.code, fields=fields)


def own_line(why: Said) -> str:
    """Give what stands on the page as a line of its own, in words of the page, capital first.

    What begins with a name, of a file or of a person, keeps it as it is written.

    Examples
    --------
    >>> own_line(message("dashboard.changed_meanwhile")).split(";")[0]
    'The session was changed in the meantime'
    >>> own_line(message("disk.cannot_write", file="notes.txt", why="disk full")).split(":")[0]
    'notes.txt'
    """
    said = for_the_page(why)
    begins, _, _ = outline(said.code).partition("]")
    named = begins.startswith("[") and not isinstance(said.fields.get(begins[1:]), Message)
    return str(said) if named else say("title", text=said)


def label(kind: str, name: str) -> str:
    """Give what something is called; what has no entry is called by its own name.

    Examples
    --------
    >>> label("setting", "room"), label("setting", "new_setting")
    ('recorded in a room', 'New setting')
    """
    code = f"{kind}_{name}"
    return say(code) if is_known(f"dashboard.{code}") else name.replace("_", " ").capitalize()


def sent(value: float) -> float:
    """Give a value as it goes to the page, with more figures than are shown.

    Examples
    --------
    >>> sent(-27.12345678), sent(0.012345678)
    (-27.1235, 0.0123457)
    """
    return float(f"{value:.{_FIGURES}g}")


def units(report: Report) -> Mapping[str, str]:
    """Give the units of what a report measured, by cue."""
    return {m.cue: m.unit for m in report.measures}


def unit_of(cue: str, measured: Mapping[str, str]) -> str:
    """Give a cue's unit: as measured, or, of a turn's value and of what came next, its row's."""
    row = catalogue.named(cue)
    return measured.get(cue, row.unit if row else "")
