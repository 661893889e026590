"""Codes and their sentences: what the program has to say, as data.

Conventions
-----------
A code is ``area.what`` in snake case; ``en/AREA.toml`` holds its sentence under ``what``; a table
whose rows bring their own words along lends them (:func:`lend`). Modules
hand each other codes and fields, never sentences: only this catalogue knows how they are worded,
so that wording can be improved, or translated, in one place. A field may be a number, a text, a
sequence of either, or a message. In a sentence ``{name}`` is a field and ``{name:SPEC}`` a field
with a format: Python's own (``.1f``), or

* ``clock``: seconds as minutes and seconds (``4:05``)
* ``clocks 8``: so a sequence of times, at most eight of them and how many more there are
* ``list``, ``either``, ``joined``: a sequence as "a, b and c", "a, b or c", "a; b; c"
* ``count turn|turns``: the number and the right word of the two
* ``plural is|are``: the right word of the two alone
* ``percent``: a share as a whole percentage
* ``label AREA``: the sentence of ``AREA.value``
* ``labels AREA``: the same of each value of a sequence, with semicolons between
* ``Capital``: with a capital letter first
* ``small``: with a small letter first, but for abbreviations
"""

import string
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Union

from diarize.timeline import Span

__all__ = [
    "Field",
    "Message",
    "Note",
    "clock",
    "is_known",
    "lend",
    "message",
    "sentence",
    "written",
]

Field = Union[str, int, float, bool, None, "Message", Sequence["Field"]]
_HERE = Path(__file__).parent
_LENT: dict[str, Callable[[str], str | None]] = {}


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to say: a code and the fields of its sentence; its text is the sentence."""

    code: str
    fields: Mapping[str, Field] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        """Give the sentence."""
        return sentence(self.code, self.fields)


@dataclass(frozen=True, slots=True)
class Note:
    """What a person must know of an analysis.

    Parameters
    ----------
    code, fields
        As of a `Message`.
    severity : str
        ``info`` (worth knowing), ``caution`` (read figures with care) or ``withhold`` (figures
        are withheld because of it).
    spans : tuple of Span
        Where in the recording, if it concerns parts of it.
    """

    code: str
    fields: Mapping[str, Field] = field(default_factory=dict, hash=False)
    severity: str = "info"
    spans: tuple[Span, ...] = ()

    def __str__(self) -> str:
        """Give the sentence."""
        return sentence(self.code, self.fields)


def message(code: str, /, **fields: Field) -> Message:
    """Make a message.

    Examples
    --------
    >>> str(message("role.therapist"))
    'therapist'
    """
    return Message(code, fields)


def is_known(code: str) -> bool:
    """Whether the catalogue has a sentence for a code."""
    return _written(code) is not None


def written(area: str) -> Mapping[str, str]:
    """Give the sentences of an area as they are written, for a program that fills them itself."""
    return dict(_area(area))


def lend(area: str, say: Callable[[str], str | None]) -> None:
    """Let a table say the words of its own rows, in an area beside what its file holds.

    Parameters
    ----------
    area : str
        First part of the codes.
    say : callable
        Gives the sentence for what comes after ``area.``, or None where it has none.
    """
    _LENT[area] = say


def sentence(code: str, fields: Mapping[str, Field] | None = None) -> str:
    """Give the sentence of a code.

    A code without an entry, as an extension may bring, is shown as it is with its fields.
    """
    written = _written(code)
    if written is None:
        shown = ", ".join(f"{name}={value}" for name, value in (fields or {}).items())
        return f"{code} ({shown})" if shown else code
    return _WRITER.vformat(written, (), dict(fields or {}))


def clock(seconds: float) -> str:
    """Write a time in the session.

    Examples
    --------
    >>> clock(65.4), clock(3671)
    ('1:05', '1:01:11')
    """
    whole = int(max(0.0, seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"


def _written(code: str) -> str | None:
    area, _, what = code.partition(".")
    found = _area(area).get(what)
    if isinstance(found, str):
        return found
    return _LENT[area](what) if area in _LENT else None


@cache
def _area(name: str) -> Mapping[str, Any]:
    file = _HERE / "en" / f"{name}.toml"
    return tomllib.loads(file.read_text("utf-8")) if name.isidentifier() and file.is_file() else {}


class _Writer(string.Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        kind, _, rest = format_spec.partition(" ")
        if kind in _FORMATS:
            return _FORMATS[kind](value, rest)
        return format(value, format_spec)


def _joined(values: Sequence[Field], last: str) -> str:
    shown = [str(value) for value in values]
    return ", ".join(shown[:-1]) + f" {last} {shown[-1]}" if len(shown) > 1 else "".join(shown)


def _plural(value: float, words: str) -> str:
    one, _, many = words.partition("|")
    return one if value == 1 else many


def _clocks(seconds: Sequence[float], most: str) -> str:
    shown = ", ".join(clock(at) for at in seconds[: int(most)])
    more = len(seconds) - int(most)
    return f"{shown} and {more} more" if more > 0 else shown


def _small(text: str) -> str:
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


_FORMATS: Mapping[str, Callable[[Any, str], str]] = {
    "clock": lambda value, _: clock(value),
    "clocks": _clocks,
    "list": lambda value, _: _joined(value, "and"),
    "either": lambda value, _: _joined(value, "or"),
    "joined": lambda value, _: "; ".join(str(item) for item in value),
    "count": lambda value, words: f"{value} {_plural(value, words)}",
    "plural": _plural,
    "percent": lambda value, _: f"{100 * value:.0f}%",
    "label": lambda value, area: sentence(f"{area}.{value}"),
    "labels": lambda value, area: "; ".join(sentence(f"{area}.{part}") for part in value),
    "small": lambda value, _: _small(str(value)),
    "Capital": lambda value, _: str(value)[:1].upper() + str(value)[1:],
}
_WRITER = _Writer()
