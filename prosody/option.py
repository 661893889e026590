"""A row of a table of options: how a thing is asked for, typed, read, filed and told in help."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from diarize.errors import Refused
from diarize.messages import own_words

__all__ = ["ISO_DATE", "LABELS", "Option", "checked", "iso_day"]

ISO_DATE = "%Y-%m-%d"
_YES, _NO = ("yes", "true", "1"), ("no", "false", "0")


@dataclass(frozen=True, slots=True)
class Option:
    """One thing a person may ask for.

    Parameters
    ----------
    name : str
        In snake case: the manifest's column, and with dashes the flag.
    help : str
        One line for the command's help and the guide.
    kind : str
        ``text``, ``path``, ``choice``, ``number`` (a whole one), ``seconds``, ``flag``, ``switch``
        (on, off or as it is), ``date`` (YYYY-MM-DD), ``code`` (one line that names somebody or
        some pair), ``channels`` (a role for each, from 1) or ``voice`` (the name of an enrolled
        one).
    choices : tuple of str, or a function that gives them
        Of a ``choice``; the first is the default. A function is asked each time, so that a row
        added to another table is a choice at once.
    least, most : int, optional
        Bounds of a ``number``; of a ``code``, its most letters.
    usual, word : int and str, optional
        Of a ``number``: the default, and what may be said instead of one, for None.
    metavar : str, optional
        What stands for the value in help.
    field : str, optional
        The field of `Asked` it sets, if not the one of its own name; where there is none, the
        value is in `Asked.more`.
    setting : str, optional
        The place in `Settings` it sets instead, such as ``pacing.pause_s``: that is stored in
        every report.
    column : bool
        Whether a manifest may have it: it may differ from recording to recording.
    many : bool
        Whether it may be given more than once.
    piped : bool
        Whether ``-`` stands for what comes on standard input.
    named : callable, optional
        Gives what the help names in braces, in any language; asked each time, so that a row added
        to another table is named at once.
    """

    name: str
    help: str
    kind: str = "text"
    choices: tuple[str, ...] | Callable[[], tuple[str, ...]] = ()
    least: int | None = None
    most: int | None = None
    usual: int | None = None
    word: str | None = None
    metavar: str | None = None
    field: str | None = None
    setting: str | None = None
    column: bool = True
    many: bool = False
    piped: bool = False
    named: Callable[[], Mapping[str, str]] = dict

    @property
    def key(self) -> str:
        """The name of what it sets."""
        return self.field or self.name

    @property
    def flag(self) -> str:
        """How it is typed."""
        return "--" + self.name.replace("_", "-")

    @property
    def default(self) -> Any:
        """What holds if nothing is said."""
        known = self.known
        return known[0] if known else False if self.kind == "flag" else self.usual

    @property
    def line(self) -> str:
        """What its help says now, in the language that is spoken."""
        return own_words(f"options.{self.name}", self.help, **self.named())

    @property
    def known(self) -> tuple[str, ...]:
        """What may be chosen now."""
        return self.choices() if callable(self.choices) else self.choices


def iso_day(text: str, form: str = ISO_DATE) -> str:
    """Write a day as an ISO date; raises ValueError if it is none in that form."""
    return datetime.strptime(text, form).date().isoformat()


def checked(option: Option, given: Any) -> Any:
    """Read a value as far as it can be without a library.

    Raises
    ------
    Refused
        If it cannot be what the option takes.
    """
    reader = {
        "path": _path, "choice": _choice, "number": _number, "seconds": _seconds, "flag": _flag,
        "channels": _channels, "date": _date, "code": _code,
    }.get(option.kind)  # fmt: skip
    return reader(option, str(given)) if reader else str(given)


def _path(_: Option, text: str) -> Path:
    return Path(text)


def _choice(option: Option, text: str) -> str:
    if text not in option.known:
        raise Refused("option.no_such_choice", option=option.flag, value=text,
                      choices=option.known)  # fmt: skip
    return text


def _number(option: Option, text: str) -> int | None:
    if text == option.word:
        return None
    least, most = option.least, option.most
    try:
        value = int(text)
    except ValueError:
        raise Refused("option.not_a_number", option=option.flag, value=text) from None
    if (least is not None and value < least) or (most is not None and value > most):
        raise Refused("option.out_of_bounds", option=option.flag, value=value,
                      least=least, most=most)  # fmt: skip
    return value


def _seconds(option: Option, text: str) -> float:
    least, most = option.least or 0, option.most or 0
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        raise Refused("option.not_a_decimal", option=option.flag, value=text) from None
    if not least <= value <= most:
        raise Refused("option.out_of_bounds", option=option.flag, value=value,
                      least=least, most=most)  # fmt: skip
    return value


def _flag(option: Option, text: str) -> bool:
    if text.lower() not in (*_YES, *_NO):
        raise Refused("option.not_yes_or_no", option=option.flag, value=text)
    return text.lower() in _YES


def _date(option: Option, text: str) -> str:
    try:
        return iso_day(text)
    except ValueError:
        raise Refused("option.not_a_date", option=option.flag, value=text) from None


def _code(option: Option, text: str) -> str:
    if len(text) > (option.most or 0) or not text.isprintable():
        raise Refused("option.not_a_code", option=option.flag, most=option.most)
    return text


def _channels(option: Option, text: str) -> dict[int, str]:
    """Read ``therapist=1,client=2`` into 0-based channels."""
    try:
        pairs = [part.split("=") for part in text.split(",")]
        found = {int(number) - 1: role.strip() for role, number in pairs}
    except ValueError:
        raise Refused("option.not_channels", option=option.flag, value=text) from None
    roles = set(found.values()) <= {"therapist", "client", "other"}
    if not roles or len(found) < len(pairs) or min(found) < 0:
        raise Refused("option.not_channels", option=option.flag, value=text)
    return found


LABELS: dict[str, Option] = {
    row.name: row
    for row in (
        Option("session_id", "Pseudonymous session id (default: derived from the recording).",
               metavar="CODE"),
        Option("dyad_id", "Code of the therapist-client pair.", "code", most=64,
               metavar="CODE"),
        Option("date", "Date of the session.", "date", metavar="YYYY-MM-DD"),
        Option("therapist_id", "Code of the therapist, never a name.", "code", most=64,
               metavar="CODE"),
        Option("client_id", "Code of the client, never a name.", "code", most=64,
               metavar="CODE"),
    )
}  # fmt: skip
