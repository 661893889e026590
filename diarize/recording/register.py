"""What this machine knows of consents: every grant, withdrawal and erasure, by a recording's hash.

Conventions
-----------
One small SQLite file in the user's data folder, beside no recording and in no library, so that
neither a library nor a consent record that comes back from a backup brings back what was withdrawn.
Rows are only ever added: the database itself refuses to change or delete one, and each holds a
digest of the one before it. Times are UTC and never run backwards, whatever the clock says; so does
the latest day seen, by which an expiry is judged. It also knows where libraries are, so that a
withdrawal reaches all of them, and the head of each library's audit. It names nobody: hashes,
codes, dates and folders.
"""

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from diarize.errors import Refused
from diarize.messages import message
from diarize.runtime.atomic import open_unlinked, private_folder

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
    "join",
    "latest",
    "latest_day",
    "libraries",
    "moved",
    "news",
    "parts",
    "place",
    "say",
    "sound",
    "strike",
    "today",
    "wholes",
]

GRANTED, WITHDRAWN, FORGOTTEN = "granted", "withdrawn", "forgotten"
_TABLES = """
CREATE TABLE IF NOT EXISTS events (
    n INTEGER PRIMARY KEY, at TEXT NOT NULL, what TEXT NOT NULL, sha256 TEXT NOT NULL,
    by TEXT NOT NULL, given_on TEXT NOT NULL, scopes TEXT NOT NULL, expires_on TEXT NOT NULL,
    session_id TEXT NOT NULL, digest TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS by_recording ON events (sha256, n);
CREATE TRIGGER IF NOT EXISTS kept BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'kept'); END;
CREATE TRIGGER IF NOT EXISTS fixed BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'kept'); END;
CREATE TABLE IF NOT EXISTS libraries (
    place TEXT PRIMARY KEY, audit_n INTEGER NOT NULL, audit_digest TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS days (latest TEXT NOT NULL);
"""
_PARTS = """
CREATE TABLE IF NOT EXISTS together (
    whole TEXT NOT NULL, part TEXT NOT NULL, PRIMARY KEY (whole, part));
"""
_HEADS = """
CREATE TABLE IF NOT EXISTS heads (
    library TEXT NOT NULL, place TEXT NOT NULL, audit_n INTEGER NOT NULL,
    audit_digest TEXT NOT NULL, PRIMARY KEY (library, place));
"""
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


def place() -> Path:
    """Where the register is."""
    from platformdirs import user_data_path

    return user_data_path("prosody", appauthor=False) / "register.db"


def say(event: Event) -> Event:
    """Add an event, durably, before anything follows from it; gives it with its time.

    Raises
    ------
    Refused
        If the register cannot be written.
    """
    with _writing() as held:
        row = held.execute("SELECT at, digest FROM events ORDER BY n DESC LIMIT 1").fetchone()
        before, digest = row or ("", "")
        at = max(datetime.now(UTC).isoformat(timespec="microseconds"), before)
        told = replace(event, at=at)
        plain = (
            *(at, told.what, told.sha256, told.by, told.given_on),
            *(",".join(told.scopes), told.expires_on, told.session_id),
        )
        held.execute(
            f"INSERT INTO events ({_TOLD}, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*plain, _digest(digest, plain)),
        )
        _mark(held)
    return told


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
    with _reading() as held:
        query = "SELECT n, digest FROM events ORDER BY n DESC LIMIT 1"
        row = held.execute(query).fetchone() if held else None
    return (0, "") if row is None else (int(row[0]), str(row[1]))


def holds(number: int, digest: str) -> bool:
    """Whether this register has an event of that number and digest: another machine's has not."""
    with _reading() as held:
        query = "SELECT 1 FROM events WHERE n = ? AND digest = ?"
        return bool(held and held.execute(query, (number, digest)).fetchone())


def news(after: int) -> tuple[Event, ...]:
    """Give the events after a number."""
    return _events("WHERE n > ?", after)


def _events(where: str, value: str | int) -> tuple[Event, ...]:
    with _reading() as held:
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
        with suppress(Refused), _writing() as to:  # one that cannot be written keeps what it knows
            _mark(to)
    return max(day, seen or day)


def latest_day() -> date | None:
    """Give the latest day this machine has seen, and write nothing; None without a register."""
    with _reading() as held:
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
    with _reading() as held:
        query = f"SELECT {_TOLD}, digest FROM events ORDER BY n"
        for *plain, digest in held.execute(query) if held else ():
            if digest != _digest(before, tuple(plain)):
                return False
            before = digest
    return True


def libraries() -> tuple[str, ...]:
    """Give where libraries are, as this machine knows them."""
    with _reading() as held:
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
    with _writing() as held:
        if called:
            row = (called, library, number, digest)
            held.execute("INSERT OR REPLACE INTO heads VALUES (?, ?, ?, ?)", row)
        held.execute(
            "INSERT INTO libraries VALUES (?, ?, ?) ON CONFLICT (place)"
            " DO UPDATE SET audit_n = excluded.audit_n, audit_digest = excluded.audit_digest",
            (library, number, digest),
        )
        _mark(held)


def anchored(library: str) -> tuple[int, str] | None:
    """Give the head of a library's audit as it was kept here."""
    with _reading() as held:
        query = "SELECT audit_n, audit_digest FROM libraries WHERE place = ?"
        row = held.execute(query, (library,)).fetchone() if held else None
    return None if row is None else (int(row[0]), str(row[1]))


def copies(called: str) -> tuple[str, ...]:
    """Give every place at which a library that calls itself so was seen."""
    with _reading() as held:
        known = "SELECT 1 FROM sqlite_master WHERE name = 'heads'"
        if held is None or held.execute(known).fetchone() is None:  # of an older version
            return ()
        query = "SELECT place FROM heads JOIN libraries USING (place) WHERE library = ? ORDER BY 1"
        return tuple(place for (place,) in held.execute(query, (called,)).fetchall())


def strike(library: str) -> None:
    """Forget where a library was, because it is there no more; its audit's head stays."""
    with _writing() as held:
        held.execute("DELETE FROM libraries WHERE place = ?", (library,))


def moved(called: str) -> tuple[int, str] | None:
    """Give the last head of the audit of a library that is not any more where it was seen."""
    with _reading() as held:
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


def join(whole: str, parts: Sequence[str]) -> None:
    """Keep of which files a session in several is made, each by its hash."""
    if set(parts) <= set(_pairs("part", "whole", whole)):
        return
    with _writing() as held:
        rows = [(whole, part) for part in parts]
        held.executemany("INSERT OR IGNORE INTO together VALUES (?, ?)", rows)
        _mark(held)


def wholes(part: str) -> tuple[str, ...]:
    """Give the sessions in several files that a file is a part of, by their hashes."""
    return _pairs("whole", "part", part)


def parts(whole: str) -> tuple[str, ...]:
    """Give the files of a session in several, by their hashes."""
    return _pairs("part", "whole", whole)


def _pairs(wanted: str, known: str, value: str) -> tuple[str, ...]:
    with _reading() as held:
        if held is None or held.execute("PRAGMA user_version").fetchone() < (2,):
            return ()
        query = f"SELECT {wanted} FROM together WHERE {known} = ? ORDER BY 1"
        return tuple(found for (found,) in held.execute(query, (value,)).fetchall())


def _mark(held: sqlite3.Connection) -> None:
    day = date.today().isoformat()
    (latest,) = held.execute("SELECT max(latest) FROM days").fetchone()
    if latest is None or day > latest:
        held.execute("DELETE FROM days")
        held.execute("INSERT INTO days VALUES (?)", (day,))


@contextmanager
def _reading() -> Iterator[sqlite3.Connection | None]:
    """Open the register for reading; None where there is none."""
    path = place()
    if not path.is_file():
        yield None
        return
    try:
        with closing(sqlite3.connect(path, timeout=30.0)) as held:
            yield held
    except (sqlite3.Error, UnicodeError) as error:
        raise Refused("consent.register_unreadable", file=str(path), why=str(error)) from None


@contextmanager
def _writing() -> Iterator[sqlite3.Connection]:
    path = place()
    try:
        private_folder(path.parent)
        os.close(open_unlinked(path, os.O_CREAT | os.O_RDWR))
        with closing(sqlite3.connect(path, timeout=30.0, isolation_level=None)) as held:
            held.execute("PRAGMA synchronous = FULL")
            if held.execute("PRAGMA user_version").fetchone() == (0,):
                held.executescript(_TABLES + "PRAGMA user_version = 1;")
            if held.execute("PRAGMA user_version").fetchone() == (1,):
                held.executescript(_PARTS + "PRAGMA user_version = 2;")
            if held.execute("PRAGMA user_version").fetchone() == (2,):
                held.executescript(_HEADS + "PRAGMA user_version = 3;")
            held.execute("BEGIN IMMEDIATE")
            try:
                yield held
                held.execute("COMMIT")
            except BaseException:
                held.execute("ROLLBACK")
                raise
    except (OSError, sqlite3.Error) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise Refused("consent.register_not_written", file=str(path), why=why) from None
