"""Codes and their sentences: what the program has to say, as data.

Conventions
-----------
A code is ``area.what`` in snake case; ``en/AREA.toml`` holds its sentence under ``what``; a table
whose rows bring their own words along lends them (:func:`lend`). Modules
hand each other codes and fields, never sentences: only this catalogue knows how they are worded,
so that wording can be improved, or translated, in one place. Another language is another folder
beside ``en`` with the same files; what it lacks is said in English. Which one is spoken is one
variable of the environment (:func:`speak`), so that every program of ours that is started speaks
as this one does; its file ``language`` says how it joins words and writes numbers. A field may be
a number, a text, a sequence of either, or a message. In a sentence ``{name}`` is a field and
``{name:SPEC}`` a field with a format: Python's own (``.1f``), or

* ``clock``: a place in the session as minutes and seconds (``4:05``), the second it lies in
* ``length``: how long something lasts, likewise, to the nearest second
* ``clocks 8``: so a sequence of times, at most eight of them and how many more there are
* ``list``, ``either``, ``joined``: a sequence as "a, b and c", "a, b or c", "a; b; c"
* ``count turn|turns``: the number and the right word of the two
* ``plural is|are``: the right word of the two alone
* ``percent``: a share as a whole percentage
* ``label AREA``: the sentence of ``AREA.value``
* ``labels AREA``: the same of each value of a sequence, with semicolons between
* ``Capital``: with a capital letter first
* ``small``: with a small letter first, but for abbreviations, in a language that writes so
* ``ended``, ``Sentence``: with a full stop where there is none yet; and with a capital letter
* ``unit``: a unit as it follows its number, in the language; nothing where there is none
* ``point``: a number as a command takes it, with Python's format (``point .1f``)
"""

import os
import string
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Union

from diarize.timeline import Span

__all__ = [
    "ENGLISH",
    "VARIABLE",
    "Field",
    "Message",
    "Note",
    "clock",
    "decimal",
    "is_known",
    "languages",
    "lend",
    "length",
    "message",
    "outline",
    "own_words",
    "percent",
    "sentence",
    "small",
    "speak",
    "spoken",
    "written",
]

Field = Union[str, int, float, bool, None, "Message", Sequence["Field"]]
ENGLISH = "en"  # which has every sentence
VARIABLE = "PROSODY_INTERFACE_LANGUAGE"
_HERE = Path(__file__).parent
_ENDS = (".", "!", "?", "…", ".”", ".“")  # what a sentence ends with
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


def languages() -> tuple[str, ...]:
    """Give the languages that the program can be read in, by their codes, English first.

    Examples
    --------
    >>> languages()[0]
    'en'
    """
    found = sorted(file.parent.name for file in _HERE.glob("*/language.toml"))
    return (ENGLISH, *(code for code in found if code != ENGLISH))


def speak(language: str) -> None:
    """Say everything in a language from now on, here and in every program started from here.

    Raises
    ------
    ValueError
        If there is no such language.
    """
    if language not in languages():
        raise ValueError(language)
    os.environ[VARIABLE] = language


def spoken() -> str:
    """Give the language in which sentences are said; English where none that is here was chosen."""
    asked = os.environ.get(VARIABLE, ENGLISH)
    return asked if asked == ENGLISH or _area(asked, "language") else ENGLISH


def own_words(code: str, own: str, **fields: Any) -> str:
    """Give what a row of a table says of itself, in the language that is spoken.

    Parameters
    ----------
    code : str
        Where a language's files hold it.
    own : str
        The row's own English words: what is said where they hold nothing.
    **fields
        What either may name, such as the settings whose values they say.
    """
    area, _, what = code.partition(".")
    said = _area(spoken(), area).get(what, own)
    return _WRITER.vformat(said, (), fields) if fields and "{" in said else said


def is_known(code: str) -> bool:
    """Whether the catalogue has a sentence for a code."""
    return _written(code) is not None


def written(area: str) -> Mapping[str, str]:
    """Give the sentences of an area as they are written, for a program that fills them itself."""
    return {**_area(ENGLISH, area), **_area(spoken(), area)}


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

    A code without an entry, as an extension may bring, is shown as it is with its fields; so is
    one that was kept before its sentence had a field that it has now.
    """
    written = _written(code)
    if written is not None and "{" not in written:
        return written  # most of what names something; a page has thousands
    given = dict(fields or {})
    if written is not None:
        with suppress(KeyError):
            return _WRITER.vformat(written, (), given)
    shown = ", ".join(f"{name}={value}" for name, value in given.items())
    return f"{code} ({shown})" if shown else code


def outline(code: str) -> str:
    """Give the sentence of a code with the names of its fields, in brackets, in their places.

    Examples
    --------
    >>> outline("measure.few_stops")
    '[n] pauses, at least [least] needed'
    """
    pieces = []
    for before, name, spec, _ in _WRITER.parse(_written(code) or code):
        kind, _, words = (spec or "").partition(" ")
        many = words.partition("|")[2]
        shown = {"plural": many, "count": f"[{name}] {many}"}.get(kind, f"[{name}]")
        pieces += [before, shown if name else ""]
    return "".join(pieces)


def clock(seconds: float) -> str:
    """Write a place in the session by the second that it lies in, as players do.

    Examples
    --------
    >>> clock(65.4), clock(3671)
    ('1:05', '1:01:11')
    """
    whole = int(max(0.0, seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"


def length(seconds: float) -> str:
    """Write how long something lasts, to the nearest second.

    Examples
    --------
    >>> length(186.9), clock(186.9)
    ('3:07', '3:06')
    """
    return clock(round(seconds))


def decimal(text: str) -> str:
    """Give a number that was written with a decimal point as the language writes it."""
    return text.replace(".", _own("decimal"))


def percent(share: float, spec: str = ".0f") -> str:
    """Write a share as a percentage.

    Examples
    --------
    >>> percent(0.413)
    '41%'
    """
    return _own("percent").format(n=decimal(format(100 * share, spec)))


def small(text: str) -> str:
    """Give a name as it stands within a sentence.

    Examples
    --------
    >>> small("Open question"), small("MITI")
    ('open question', 'MITI')
    """
    written_so = _own("small") == "yes" and text[1:2].islower()
    return text[:1].lower() + text[1:] if written_so else text


def _own(what: str) -> str:
    """Give how the language that is spoken does something."""
    own = _area(spoken(), "language")
    return own[what] if what in own else _area(ENGLISH, "language")[what]


def _written(code: str) -> str | None:
    area, _, what = code.partition(".")
    for language in (spoken(), ENGLISH):
        if (found := _area(language, area).get(what)) is not None:
            return found
    return _LENT[area](what) if area in _LENT else None


@cache
def _area(language: str, name: str) -> Mapping[str, str]:
    """Read an area of a language: texts by what comes after the area in their code."""
    file = _HERE / language / f"{name}.toml"
    if not (language.isalpha() and name.isidentifier() and file.is_file()):
        return {}
    return dict(_flat(tomllib.loads(file.read_text("utf-8"))))


def _flat(data: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Give a file's texts by their dotted names."""
    for name, found in data.items():
        if isinstance(found, str):
            yield before + name, found
        else:
            yield from _flat(found, f"{before}{name}.")


class _Writer(string.Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        kind, _, rest = format_spec.partition(" ")
        if kind in _FORMATS:
            return _FORMATS[kind](value, rest)
        written_out = format(value, format_spec)
        if not isinstance(value, int | float):
            return written_out
        return decimal(written_out).replace("-", "−")


def _joined(values: Sequence[Field], last: str) -> str:
    shown, last = [str(value) for value in values], _own(last)
    return ", ".join(shown[:-1]) + f" {last} {shown[-1]}" if len(shown) > 1 else "".join(shown)


def _plural(value: float, words: str) -> str:
    one, _, many = words.partition("|")
    return one if value == 1 else many


def _clocks(seconds: Sequence[float], most: str) -> str:
    shown = ", ".join(clock(at) for at in seconds[: int(most)])
    more = len(seconds) - int(most)
    return _own("more").format(shown=shown, n=more) if more > 0 else shown


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _ended(text: str) -> str:
    return text if text.endswith(_ENDS) else f"{text}."


def _unit(name: str) -> str:
    if name == "%":
        return _own("percent").format(n="")
    return f" {own_words(f'units.{name}', name)}" if name else ""


_FORMATS: Mapping[str, Callable[[Any, str], str]] = {
    "clock": lambda value, _: clock(value),
    "length": lambda value, _: length(value),
    "clocks": _clocks,
    "list": lambda value, _: _joined(value, "and"),
    "either": lambda value, _: _joined(value, "or"),
    "joined": lambda value, _: "; ".join(str(item) for item in value),
    "count": lambda value, words: f"{value} {_plural(value, words)}",
    "plural": _plural,
    "percent": lambda value, _: percent(value),
    "point": lambda value, spec: format(value, spec),
    "label": lambda value, area: sentence(f"{area}.{value}"),
    "labels": lambda value, area: "; ".join(sentence(f"{area}.{part}") for part in value),
    "small": lambda value, _: small(str(value)),
    "Capital": lambda value, _: _capital(str(value)),
    "ended": lambda value, _: _ended(str(value)),
    "Sentence": lambda value, _: _ended(_capital(str(value))),
    "unit": lambda value, _: _unit(value),
}
_WRITER = _Writer()
