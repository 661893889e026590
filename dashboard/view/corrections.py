"""What a person changes from the dashboard: who spoke, what was said, what it was, who is who.

Everything goes where corrections from the command line go, the session's ``corrections.json``:
with a code and a date, kept through a new analysis, forgotten with the session. It is done by the
functions that the command line calls; a reading of a silence changes no number and is only noted.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from diarize.errors import Refused
from diarize.messages import message
from prosody.findings import KEEP_WORDS
from prosody.report.model import Report
from prosody.store import amend, requests
from prosody.store.corrections import Correction
from prosody.store.library import Library
from prosody.store.requests import Request

__all__ = [
    "READINGS",
    "call_motivational",
    "carry_out",
    "caution",
    "keep_reading",
    "leave_out_of_warmth",
    "readings",
    "rename",
    "set_roles",
    "swap_roles",
    "take_back",
]

# After "not said", the kinds of Levitt's pause inventory. They cannot be measured.
READINGS = (
    "not said",
    "emotional",
    "expressive",
    "reflective",
    "associational",
    "mnemonic",
    "disengaged",
    "interactional",
)
_SILENCE = "silence"


def readings(rows: Iterable[Correction]) -> dict[str, str]:
    """Give the latest reading of each silence, by its start in seconds as text."""
    found = (row.detail for row in rows if row.kind == _SILENCE)
    return {f"{float(detail['start_s']):.2f}": str(detail["reading"]) for detail in found}


def keep_reading(folder: Path, session_id: str, start_s: float, reading: str, *, by: str) -> None:
    """Keep a person's reading of the silence that starts at `start_s`, whole or not at all.

    Parameters
    ----------
    folder : Path
        The library.
    session_id : str
        Which session.
    start_s : float
        Where the silence starts, in seconds.
    reading : str
        One of `READINGS`.
    by : str
        The code of who says so.

    Raises
    ------
    Refused
        On another reading, an unknown session, or a library that cannot be written.
    """
    if reading not in READINGS:
        raise Refused("requests.reading", reading=reading, known=READINGS)
    detail: dict[str, str | float] = {"start_s": start_s, "reading": reading}
    row = Correction(_SILENCE, by, date.today().isoformat(), detail)
    amend.keep_reading(Library(folder), session_id, row)


def swap_roles(folder: Path, session_id: str, *, by: str) -> None:
    """Make the therapist the client and the other way round; all measures follow.

    Raises
    ------
    Refused
        If it cannot be done; nothing is changed then.
    """
    _correct(folder, session_id, Request(swap_roles=True), by)


def set_roles(folder: Path, session_id: str, roles: Sequence[tuple[str, str]], *, by: str) -> None:
    """Say which voice has which role, as (voice, role) pairs; all measures follow.

    Raises
    ------
    Refused
        If it cannot be done; nothing is changed then.
    """
    said = tuple(f"{voice}={role}" for voice, role in roles)
    _correct(folder, session_id, Request(roles=said), by)


def leave_out_of_warmth(
    folder: Path, session_id: str, components: Sequence[str], *, by: str
) -> None:
    """Keep which components the warmth proxy does without; none counts them all again.

    Raises
    ------
    Refused
        If it cannot be done; nothing is changed then.
    """
    _correct(folder, session_id, Request(without_warmth=tuple(components) or ("none",)), by)


def call_motivational(folder: Path, session_id: str, said: bool, *, by: str) -> None:
    """Keep whether the session is motivational interviewing; its figures follow.

    Raises
    ------
    Refused
        If it cannot be done; nothing is changed then.
    """
    _correct(folder, session_id, Request(motivational_interviewing=said), by)


def caution(report: Report) -> str:
    """Say what a correction would take away from a session; empty where nothing is lost."""
    if KEEP_WORDS in report.consent.scopes or report.engines["transcriber"].name == "none":
        return ""
    older = not report.conversation.has_words
    return str(message("corrections.all_words_lost" if older else "corrections.turn_words_lost"))


def rename(folder: Path, session_id: str, old: str, new: str, *, by: str) -> None:
    """Call a voice by another code.

    Raises
    ------
    Refused
        If it cannot be done; nothing is changed then.
    """
    _correct(folder, session_id, Request(rename=(f"{old}={new}",)), by)


def take_back(folder: Path, session_id: str, number: int, *, by: str) -> None:
    """Take one correction back, by its place in the history from 1; all measures follow.

    Raises
    ------
    Refused
        If it cannot be done; nothing is changed then.
    """
    amend.undo(Library(folder), session_id, number, by=by)


def carry_out(folder: Path, session_id: str, said: Mapping[str, Any], *, by: str) -> None:
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
    by : str
        The code of who says so.

    Raises
    ------
    Refused
        If it cannot be done; nothing is changed then.
    """
    try:
        request = _request(said)
    except (KeyError, TypeError, ValueError):
        # It came from a browser: whatever it is, none of it is repeated.
        raise Refused("requests.unreadable") from None
    _correct(folder, session_id, request, by)


def _request(said: Mapping[str, Any]) -> Request:
    at = float(said["at"]) if said.get("at") is not None else None
    turn = None if at is not None else int(said["turn"])
    if "text" in said:
        return Request(turn=turn, at=at, text=_plain(said["text"]).strip())
    if "voice" in said:
        words = None
        if said.get("words") is not None:
            first, last = said["words"]
            words = f"{int(first)}-{int(last)}"
        return Request(turn=turn, at=at, voice=_plain(said["voice"]), words=words)
    kinds = [str(said[key]) if said.get(key) else None for key in ("is", "is_not")]
    if not any(kinds):
        raise KeyError("is")
    return Request(turn=turn, at=at, is_kind=kinds[0], is_not=kinds[1])


def _plain(text: object) -> str:
    """Give a text without the half letters that a browser may send."""
    return str(text).encode("utf-8", "replace").decode("utf-8")


def _correct(folder: Path, session_id: str, request: Request, by: str) -> None:
    library = Library(folder)
    report = library.load(session_id)
    amend.correct(library, session_id, requests.corrections(report, request, by=by))
