"""Opening a session for reading: what its consent allows today, and what is on disk now.

Nothing is kept here: what is read belongs to whoever asked for it and goes with it.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from diarize.errors import Refused
from diarize.messages import Message, message
from diarize.recording.register import today as latest_day
from prosody.features.frames import Frames
from prosody.report.model import ConsentFacts, Report
from prosody.store import agenda, amend
from prosody.store.agenda import Items
from prosody.store.amend import State
from prosody.store.corrections import Correction
from prosody.store.library import Library

__all__ = ["Opened", "opened", "refusal", "report", "silent", "silent_because"]


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A session as it was on disk when `stamp` was taken; without frames if they are damaged."""

    folder: Path
    session_id: str
    stamp: str
    report: Report
    frames: Frames | None
    items: Items
    corrections: tuple[Correction, ...]
    state: State | None = None


def opened(folder: Path, session_id: str, *, made: State | None = None) -> Opened:
    """Read a session, if its consent still holds.

    Parameters
    ----------
    folder : Path
        The library.
    session_id : str
        Which session.
    made : State, optional
        What a correction just made of it; nothing is read again while that, and
        its consent, is what is kept.

    Raises
    ------
    Refused
        As `report`, or if its agenda or its corrections cannot be read.
    """
    library = Library(folder)
    stamp, state = library.stamp(session_id), made
    if state is None or state.stamp != stamp or state.report.consent != library.allowed(session_id):
        state = _read(library, session_id)
    found = report(folder, session_id) if state is None else _allowed(session_id, state.report)
    frames = None if state is None else state.frames
    items = agenda.of(folder, session_id, found)
    rows = library.corrections(session_id)
    return Opened(folder, session_id, stamp, found, frames, items, rows, state)


def _read(library: Library, session_id: str) -> State | None:
    """Read all of a session; None where its frames are damaged, and it opens without curves."""
    try:
        return amend.read(library, session_id)
    except Refused as problem:
        if problem.code == "library.frames_unreadable":
            return None
        raise


def report(folder: Path, session_id: str) -> Report:
    """Load a session's report, if its consent still holds.

    Raises
    ------
    Refused
        If there is no such session, its report cannot be read, or its consent has expired or
        does not cover analysis.
    """
    return _allowed(session_id, Library(folder).load(session_id))


def _allowed(session_id: str, found: Report) -> Report:
    problem = refusal(found.consent)
    if problem is not None:
        raise Refused("dashboard.not_open", session=session_id, why=problem)
    return found


def refusal(facts: ConsentFacts, *, today: date | None = None) -> Message | None:
    """Say why a session may not be opened today, or None.

    Examples
    --------
    >>> str(refusal(ConsentFacts(("analyse",), "2020-01-31"), today=date(2020, 2, 1)))
    'consent expired on 2020-01-31'
    """
    if (today or latest_day()).isoformat() > facts.expires_on:
        return message("dashboard.consent_expired", on=facts.expires_on)
    if "analyse" not in facts.scopes:
        return message("dashboard.consent_without_analysis")
    return None


def silent(session: Opened) -> Message | None:
    """Say why an open session cannot be played back: its consent, or no sound is there; or None.

    Raises
    ------
    Refused
        If its consent was withdrawn meanwhile.
    """
    if (problem := silent_because(session.report.consent)) is not None:
        return problem
    found = Library(session.folder).sound(session.session_id)
    return None if found and found.there else message("dashboard.no_sound_kept")


def silent_because(facts: ConsentFacts, *, today: date | None = None) -> Message | None:
    """Say why a session may not be played back today, or None.

    Examples
    --------
    >>> silent_because(ConsentFacts(("analyse",), "2030-01-31"), today=date(2020, 2, 1)).code
    'dashboard.consent_without_sound'
    """
    problem = refusal(facts, today=today)
    if problem is not None:
        return message("dashboard.silent", why=problem)
    return None if "play_back" in facts.scopes else message("dashboard.consent_without_sound")
