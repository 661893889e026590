"""Opening a session for reading: what its consent allows today, and what is on disk now.

Nothing here is kept between viewers but the consent facts, which hold no word of the session;
they are keyed by the report's stamp, so that a session corrected or forgotten is never served
from memory.
"""

import json
from datetime import date
from functools import lru_cache
from pathlib import Path

from diarize.errors import Refused
from prosody.report.model import ConsentFacts, Report
from prosody.store.library import AGENDA, Library

__all__ = ["agenda_stamp", "consent", "refusal", "report", "silent_because", "stamp"]

Stamp = tuple[int, int]


def stamp(folder: Path, session_id: str) -> Stamp:
    """Give the time and size of a session's report, which change whenever it does.

    Raises
    ------
    Refused
        If there is no such session.
    """
    Library(folder).entry(session_id)
    try:
        facts = (folder / session_id / "report.json").stat()
    except OSError:
        raise Refused(f"session {session_id}: has no report; analyse the recording again") from None
    return facts.st_mtime_ns, facts.st_size


def agenda_stamp(folder: Path, session_id: str) -> int:
    """Give when the agenda was last changed, 0 as long as nobody did."""
    try:
        return (folder / session_id / AGENDA).stat().st_mtime_ns
    except OSError:
        return 0


def report(folder: Path, session_id: str) -> Report:
    """Load a session's report, if its consent still holds.

    Raises
    ------
    Refused
        If there is no such session, its report cannot be read, or its consent has expired or
        does not cover analysis.
    """
    found = Library(folder).load(session_id)
    problem = refusal(found.consent)
    if problem is not None:
        raise Refused(f"session {session_id}: {problem}")
    return found


def consent(folder: Path, session_id: str) -> ConsentFacts:
    """Give the consent facts of a session as they stand on disk now.

    Raises
    ------
    Refused
        If there is no such session or its report cannot be read.
    """
    return _consent(folder, session_id, stamp(folder, session_id))


@lru_cache(maxsize=1024)
def _consent(folder: Path, session_id: str, at: Stamp) -> ConsentFacts:
    # A library shows many sessions at once: their consent is read without the rest.
    try:
        facts = json.loads((folder / session_id / "report.json").read_text("utf-8"))["consent"]
        expires_on = date.fromisoformat(facts["expires_on"]).isoformat()
        return ConsentFacts(tuple(facts["scopes"]), expires_on)
    except (OSError, ValueError, KeyError, TypeError):
        raise Refused(
            f"session {session_id}: its report cannot be read; analyse the recording again"
        ) from None


def refusal(facts: ConsentFacts, *, today: date | None = None) -> str | None:
    """Say why a session may not be opened today, or None.

    Examples
    --------
    >>> refusal(ConsentFacts(("analyse",), "2020-01-31"), today=date(2020, 2, 1))
    'consent expired on 2020-01-31'
    """
    if (today or date.today()).isoformat() > facts.expires_on:
        return f"consent expired on {facts.expires_on}"
    if "analyse" not in facts.scopes:
        return "consent does not cover analysis"
    return None


def silent_because(facts: ConsentFacts, *, today: date | None = None) -> str | None:
    """Say why a session may not be played back today, or None.

    Examples
    --------
    >>> silent_because(ConsentFacts(("analyse",), "2030-01-31"), today=date(2020, 2, 1))
    'The consent does not cover playing back, so there is no sound.'
    """
    problem = refusal(facts, today=today)
    if problem is not None:
        return f"There is no sound: {problem}."
    if "play_back" not in facts.scopes:
        return "The consent does not cover playing back, so there is no sound."
    return None
