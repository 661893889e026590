"""Analyses begun from a page: one at a time for a library, and every page of it sees the same.

What is held is a process and how far it is, nothing of a recording. It outlasts the page that began
it, so that a page that is loaded anew, or opened beside it, can follow and stop it.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from diarize.errors import Refused
from prosody.batch.beside import Beside, InTurn

__all__ = ["Going", "begin", "of", "over"]


@dataclass(frozen=True, slots=True)
class Going:
    """One analysis, or several in turn, and what they were begun with.

    Parameters
    ----------
    work : Beside or InTurn
        How far it is, and what became of it.
    typed : mapping
        What its form held, by the keys of its fields, so that none of it is lost.
    """

    work: Beside | InTurn
    typed: Mapping[str, Any] = field(default_factory=dict)


_going: dict[Path, Going] = {}
_held = threading.Lock()


def begin(
    folder: Path, work: Callable[[], Beside | InTurn], typed: Mapping[str, Any] | None = None
) -> Going:
    """Begin an analysis for a library.

    Raises
    ------
    Refused
        If one is going on.
    """
    with _held:
        if folder in _going:
            raise Refused("dashboard.one_at_a_time")
        _going[folder] = found = Going(work(), typed or {})
    return found


def of(folder: Path) -> Going | None:
    """Give what goes on for a library, or went on and was not read yet."""
    return _going.get(folder)


def over(folder: Path) -> None:
    """Take away what has ended, once its outcome was read."""
    with _held:
        found = _going.get(folder)
        if found is not None and found.work.answer is not None:
            del _going[folder]
