"""What this machine knows of consents: every grant, withdrawal and erasure, by a recording's hash.

Conventions
-----------
One small SQLite file in the user's data folder, beside no recording and in no library, so that
neither a library nor a consent record that comes back from a backup brings back what was withdrawn.
Rows are only ever added: the database itself refuses to change or delete one, and each holds a
digest of the one before it. Times are UTC, and each is later than any before it and than any that
a library here has, whatever the clock says: what is said now is said last. The latest day seen, by
which an expiry is judged, never runs backwards either. It also knows where libraries are, so that a
withdrawal reaches all of them, and the head of each library's audit. It names nobody: hashes,
codes, dates and folders.
"""

import hashlib
import json
import sqlite3
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from diarize.errors import Refused
from diarize.messages import message
from diarize.recording.register_file import place, reading, writing

__all__ = [
    "FORGOTTEN",
    "GRANTED",
    "WITHDRAWN",
    "Event",
    "anchor",
    "anchored",
    "copies",
    "head",
    "history",
    "holds",
    "latest",
    "latest_day",
    "latest_time",
    "libraries",
    "moved",
    "news",
    "saw",
    "say",
    "sound",
    "strike",
    "today",
]

GRANTED, WITHDRAWN, FORGOTTEN = "granted", "withdrawn", "forgotten"
_NEXT = timedelta(microseconds=1)  # the finest that a time is written in
_TOLD = "at, what, sha256, by, given_on, scopes, expires_on, session_id"  # as digests take them


@dataclass(frozen=True, slots=True)
class Event:
    """One row: what was granted, withdrawn or forgotten.

    Parameters
    ----------
    what : str
        ``granted``, ``withdrawn`` or ``forgotten`` (a session was erased; the consent stands).
    sha256 : str
        Of the recording.
    by, given_on, scopes, expires_on
        Of the consent; empty where nothing is said of it.
    session_id : str
        Of what was forgotten.
    at : str
        When, in UTC; given by :func:`say`.
    """

    what: str
    sha256: str
    by: str = ""
    given_on: str = ""
    scopes: tuple[str, ...] = ()
    expires_on: str = ""
    session_id: str = ""
    at: str = ""


def say(event: Event) -> Event:
    """Add an event, durably, before anything follows from it; gives it with its time.

    Raises
    ------
    Refused
        If the register cannot be written.
    """
    with writing() as held:
        row = held.execute("SELECT digest FROM events ORDER BY n DESC LIMIT 1").fetchone()
        (digest,) = row or ("",)
        at = _after(_latest(held))
        told = replace(event, at=at)
        plain = (
            *(at, told.what, told.sha256, told.by, told.given_on),
            *(",".join(told.scopes), told.expires_on, told.session_id),
        )
        held.execute(
            f"INSERT INTO events ({_TOLD}, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*plain, _digest(digest, plain)),
        )
    return told


def _after(before: str) -> str:
    """Give the time, or the one after another where the clock does not say a later one."""
    now = datetime.now(UTC)
    with suppress(ValueError, TypeError, OverflowError):  # no time: somebody altered it
        now = max(now, datetime.fromisoformat(before) + _NEXT)
    return now.isoformat(timespec="microseconds")


def _latest(held: sqlite3.Connection) -> str:
    rows = held.execute("SELECT max(at) FROM events UNION ALL SELECT max(latest) FROM times")
    return max((at for (at,) in rows if isinstance(at, str)), default="")


def latest_time() -> str:
    """Give the latest time that was said here or seen in a library; empty where there is none."""
    with reading() as held:
        if held is None:
            return ""
        if held.execute("PRAGMA user_version").fetchone() >= (4,):
            return _latest(held)
        row = held.execute("SELECT max(at) FROM events").fetchone()  # of an older version
        return row[0] or ""


def saw(at: str) -> None:
    """Keep a time that a library has, of a machine whose clock was ahead.

    What is said here from then on is later.
    """
    with writing() as held:
        if at > _latest(held):
            held.execute("DELETE FROM times")
            held.execute("INSERT INTO times VALUES (?)", (at,))


def _digest(before: str, plain: tuple[str, ...]) -> str:
    return hashlib.sha256(json.dumps([before, *plain]).encode()).hexdigest()


def history(sha256: str) -> tuple[Event, ...]:
    """Give what is known of a recording, oldest first."""
    return _events("WHERE sha256 = ?", sha256)


def latest(sha256: str) -> Event | None:
    """Give the last grant or withdrawal of a recording; None where there is none."""
    told = [event for event in history(sha256) if event.what != FORGOTTEN]
    return told[-1] if told else None


def head() -> tuple[int, str]:
    """Give the number and digest of the last event; 0 and an empty text where there is none."""
    with reading() as held:
        query = "SELECT n, digest FROM events ORDER BY n DESC LIMIT 1"
        row = held.execute(query).fetchone() if held else None
    return (0, "") if row is None else (int(row[0]), str(row[1]))


def holds(number: int, digest: str) -> bool:
    """Whether this register has an event of that number and digest: another machine's has not."""
    with reading() as held:
        query = "SELECT 1 FROM events WHERE n = ? AND digest = ?"
        return bool(held and held.execute(query, (number, digest)).fetchone())


def news(after: int) -> tuple[Event, ...]:
    """Give the events after a number."""
    return _events("WHERE n > ?", after)


def _events(where: str, value: str | int) -> tuple[Event, ...]:
    with reading() as held:
        if held is None:
            return ()
        query = f"SELECT {_TOLD} FROM events {where} ORDER BY n"
        rows = held.execute(query, (value,)).fetchall()
    names = _TOLD.split(", ")
    return tuple(_event(dict(zip(names, row, strict=True))) for row in rows)


def _event(plain: dict[str, Any]) -> Event:
    return Event(**{**plain, "scopes": tuple(filter(None, plain["scopes"].split(",")))})


def today() -> date:
    """Give today, or the latest day this machine has seen: a clock set back revives nothing.

    A day that is asked for has been seen, whatever follows from it: it is written down.
    """
    seen, day = latest_day(), date.today()
    if seen is not None and day > seen:
        with suppress(Refused), writing():  # one that cannot be written keeps what it knows
            pass
    return max(day, seen or day)


def latest_day() -> date | None:
    """Give the latest day this machine has seen, and write nothing; None without a register."""
    with reading() as held:
        row = held.execute("SELECT max(latest) FROM days").fetchone() if held else None
    if row is None:
        return None
    try:
        return date.fromisoformat(row[0]) if row[0] else date.min
    except (TypeError, ValueError):
        why = message("consent.register_day")
        raise Refused("consent.register_unreadable", file=str(place()), why=why) from None


def sound() -> bool:
    """Say whether every row is as it was written."""
    before = ""
    with reading() as held:
        query = f"SELECT {_TOLD}, digest FROM events ORDER BY n"
        for *plain, digest in held.execute(query) if held else ():
            if digest != _digest(before, tuple(plain)):
                return False
            before = digest
    return True


def libraries() -> tuple[str, ...]:
    """Give where libraries are, as this machine knows them."""
    with reading() as held:
        rows = held.execute("SELECT place FROM libraries ORDER BY place").fetchall() if held else ()
    return tuple(place for (place,) in rows)


def anchor(library: str, number: int, digest: str, *, called: str = "") -> None:
    """Keep where a library is and the head of its audit, away from the library itself.

    Parameters
    ----------
    library : str
        Where it is.
    number, digest
        The head of its audit.
    called : str
        What the library calls itself, so that it is known where it was moved to.
    """
    with writing() as held:
        if called:
            row = (called, library, number, digest)
            held.execute("INSERT OR REPLACE INTO heads VALUES (?, ?, ?, ?)", row)
        held.execute(
            "INSERT INTO libraries VALUES (?, ?, ?) ON CONFLICT (place)"
            " DO UPDATE SET audit_n = excluded.audit_n, audit_digest = excluded.audit_digest",
            (library, number, digest),
        )


def anchored(library: str) -> tuple[int, str] | None:
    """Give the head of a library's audit as it was kept here."""
    with reading() as held:
        query = "SELECT audit_n, audit_digest FROM libraries WHERE place = ?"
        row = held.execute(query, (library,)).fetchone() if held else None
    return None if row is None else (int(row[0]), str(row[1]))


def copies(called: str) -> tuple[str, ...]:
    """Give every place at which a library that calls itself so was seen."""
    with reading() as held:
        known = "SELECT 1 FROM sqlite_master WHERE name = 'heads'"
        if held is None or held.execute(known).fetchone() is None:  # of an older version
            return ()
        query = "SELECT place FROM heads JOIN libraries USING (place) WHERE library = ? ORDER BY 1"
        return tuple(place for (place,) in held.execute(query, (called,)).fetchall())


def strike(library: str) -> None:
    """Forget where a library was, because it is there no more; its audit's head stays."""
    with writing() as held:
        held.execute("DELETE FROM libraries WHERE place = ?", (library,))


def moved(called: str) -> tuple[int, str] | None:
    """Give the last head of the audit of a library that is not any more where it was seen."""
    with reading() as held:
        known = "SELECT 1 FROM sqlite_master WHERE name = 'heads'"
        if held is None or held.execute(known).fetchone() is None:  # of an older version
            return None
        query = "SELECT audit_n, audit_digest, place FROM heads WHERE library = ? ORDER BY audit_n"
        rows = held.execute(query, (called,)).fetchall()
    gone = [(int(n), str(digest)) for n, digest, place in rows if _gone(place)]
    return gone[-1] if gone else None


def _gone(place: str) -> bool:
    """Whether nothing is there; where nobody may look, that is not known."""
    try:
        return not Path(place).exists()
    except OSError:
        return False
