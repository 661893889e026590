"""What a person changes from the dashboard: who spoke, what was said, what it was, who is who.

Everything goes where corrections from the command line go, the session's ``corrections.json``:
with a code and a date, kept through a new analysis, forgotten with the session. It is done by the
functions that the command line calls; a reading of a silence changes no number and is only noted.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from dashboard.view import later
from diarize.errors import Refused
from diarize.messages import message
from prosody.findings import KEEP_WORDS
from prosody.option import Option
from prosody.report.model import Report
from prosody.store import amend
from prosody.store.amend import State
from prosody.store.corrections import Correction
from prosody.store.kinds import KINDS
from prosody.store.library import Library
from prosody.store.requests import Request

__all__ = ["carry_out", "caution", "correct", "readings", "take_back"]


def readings(rows: Iterable[Correction]) -> dict[str, str]:
    """Give the latest reading of each silence, by its start in seconds as text."""
    found = (row.detail for row in rows if row.kind == "silence")
    return {f"{float(detail['start_s']):.2f}": str(detail["reading"]) for detail in found}


def correct(
    folder: Path, session_id: str, *, by: str, held: State | None = None, **asked: Any
) -> State:
    """Correct what is asked for; figures follow, page and tables for others a little later.

    Parameters
    ----------
    folder : Path
        The library.
    session_id : str
        Which session.
    by : str
        The code of who says so.
    held : State, optional
        The session as whoever corrects has it open.
    **asked
        Options of a correction, as `prosody.store.kinds` has them.

    Raises
    ------
    Refused
        If it cannot be done; nothing is changed then.
    """
    request = Request(**asked)
    made = amend.changed(Library(folder), session_id, request, by=by, held=held, page=False)
    later.later(folder, session_id)
    return made


def caution(report: Report) -> str:
    """Say what a correction would take away from a session; empty where nothing is lost."""
    if KEEP_WORDS in report.consent.scopes or report.engines["transcriber"].name == "none":
        return ""
    older = not report.conversation.has_words
    return str(message("corrections.all_words_lost" if older else "corrections.turn_words_lost"))


def take_back(folder: Path, session_id: str, number: int, *, by: str) -> None:
    """Take one correction back, by its place in the history from 1; all follows as in `correct`.

    Raises
    ------
    Refused
        If it cannot be done; nothing is changed then.
    """
    amend.undo(Library(folder), session_id, number, by=by, page=False)
    later.later(folder, session_id)


def carry_out(
    folder: Path, session_id: str, said: Mapping[str, Any], *, by: str, held: State | None = None
) -> State:
    """Correct a turn, words of it, its text, or a behaviour, as the listening room asks.

    Parameters
    ----------
    folder : Path
        The library.
    session_id : str
        Which session.
    said : mapping
        ``turn`` (its number) or ``at`` (seconds), and one of: ``voice``, with or without
        ``words`` (first and last, from 1); ``text``; ``is`` and ``is_not`` (kinds of behaviour).
        Or ``roles`` alone: of each voice ``VOICE=ROLE``.
    by, held
        As in :func:`correct`.

    Raises
    ------
    Refused
        If it cannot be done; nothing is changed then.
    """
    if "roles" in said:
        roles = tuple(map(_plain, said["roles"]))
        return correct(folder, session_id, by=by, held=held, roles=roles)
    try:
        asked = {option.key: _READ[option.kind](said[option.name]) for option in _asked(said)}
        if "words" in asked:
            first, last = said["words"]
            asked["words"] = f"{int(first)}-{int(last)}"
        if not asked.keys() - {"turn", "at"}:
            raise KeyError("what")
    except (KeyError, TypeError, ValueError):
        # It came from a browser: whatever it is, none of it is repeated.
        raise Refused("requests.unreadable") from None
    return correct(folder, session_id, by=by, held=held, **asked)


def _asked(said: Mapping[str, Any]) -> list[Option]:
    """Give the options that the page may set and did; an empty text empties, else says nothing."""
    placed = (kind for kind in KINDS.values() if kind.at)
    own = {o.name: o for kind in placed for o in (*kind.at, *kind.takes, *kind.beside)}
    return [
        o for o in own.values() if said.get(o.name) is not None and (said[o.name] != "" or o.piped)
    ]


def _plain(text: object) -> str:
    """Give a text without the half letters that a browser may send."""
    return str(text).encode("utf-8", "replace").decode("utf-8")


_READ: Mapping[str, Callable[[Any], Any]] = {"number": int, "seconds": float, "text": _plain}
