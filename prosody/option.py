"""A row of a table of options: how a thing is asked for, typed, filed and told in help."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from diarize.messages import own_words

__all__ = ["Option"]


@dataclass(frozen=True, slots=True)
class Option:
    """One thing a person may ask for.

    Parameters
    ----------
    name : str
        In snake case: the manifest's column, and with dashes the flag.
    help : str, or a function that gives it
        One line for the command's help and the guide; a function is asked each time, so that a
        row added to another table is named at once.
    kind : str
        ``text``, ``path``, ``choice``, ``number`` (a whole one), ``seconds``, ``flag``, ``switch``
        (on, off or as it is), ``channels`` (a role for each, from 1) or ``voice`` (the name of an
        enrolled one).
    choices : tuple of str, or a function that gives them
        Of a ``choice``; the first is the default. A function is asked each time, so that a row
        added to another table is a choice at once.
    least, most : int, optional
        Bounds of a ``number``.
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
    """

    name: str
    help: str | Callable[[], str]
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
        own = self.help() if callable(self.help) else self.help
        return own_words(f"options.{self.name}", own)

    @property
    def known(self) -> tuple[str, ...]:
        """What may be chosen now."""
        return self.choices() if callable(self.choices) else self.choices
