"""The file of the register: where it is, its tables, and how it is opened.

Conventions
-----------
It is there whole or not at all, from its first moment on: who reads while it is made finds none.
Tables that came with later versions are added by the next change, in its transaction.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

from diarize.errors import Refused
from diarize.runtime.atomic import open_unlinked, private_folder, write_whole

__all__ = ["place", "reading", "writing"]

_EVENTS = (
    """CREATE TABLE IF NOT EXISTS events (
    n INTEGER PRIMARY KEY, at TEXT NOT NULL, what TEXT NOT NULL, sha256 TEXT NOT NULL,
    by TEXT NOT NULL, given_on TEXT NOT NULL, scopes TEXT NOT NULL, expires_on TEXT NOT NULL,
    session_id TEXT NOT NULL, digest TEXT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS by_recording ON events (sha256, n)",
    "CREATE TRIGGER IF NOT EXISTS kept BEFORE DELETE ON events"
    " BEGIN SELECT RAISE(ABORT, 'kept'); END",
    "CREATE TRIGGER IF NOT EXISTS fixed BEFORE UPDATE ON events"
    " BEGIN SELECT RAISE(ABORT, 'kept'); END",
    """CREATE TABLE IF NOT EXISTS libraries (
    place TEXT PRIMARY KEY, audit_n INTEGER NOT NULL, audit_digest TEXT NOT NULL)""",
    "CREATE TABLE IF NOT EXISTS days (latest TEXT NOT NULL)",
)
_PARTS = """CREATE TABLE IF NOT EXISTS together (
    whole TEXT NOT NULL, part TEXT NOT NULL, PRIMARY KEY (whole, part))"""
_HEADS = """CREATE TABLE IF NOT EXISTS heads (
    library TEXT NOT NULL, place TEXT NOT NULL, audit_n INTEGER NOT NULL,
    audit_digest TEXT NOT NULL, PRIMARY KEY (library, place))"""
_TIMES = "CREATE TABLE IF NOT EXISTS times (latest TEXT NOT NULL)"
_VERSIONS = (_EVENTS, (_PARTS,), (_HEADS,), (_TIMES,))  # what each added, from the first on


def place() -> Path:
    """Where the register is."""
    from platformdirs import user_data_path

    return user_data_path("prosody", appauthor=False) / "register.db"


def _mark(held: sqlite3.Connection) -> None:
    day = date.today().isoformat()
    (latest,) = held.execute("SELECT max(latest) FROM days").fetchone()
    if latest is None or day > latest:
        held.execute("DELETE FROM days")
        held.execute("INSERT INTO days VALUES (?)", (day,))


@contextmanager
def reading() -> Iterator[sqlite3.Connection | None]:
    """Open the register for reading; None where there is none.

    Raises
    ------
    Refused
        If it cannot be read.
    """
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
def writing() -> Iterator[sqlite3.Connection]:
    """Open the register for one change, made whole or not at all; the day has been seen then.

    Raises
    ------
    Refused
        If it cannot be written.
    """
    path = place()
    try:
        private_folder(path.parent)
        if not os.path.lexists(path):
            _make(path)
        os.close(open_unlinked(path, os.O_RDWR))
        with closing(sqlite3.connect(path, timeout=30.0, isolation_level=None)) as held:
            held.execute("PRAGMA synchronous = FULL")
            held.execute("BEGIN IMMEDIATE")
            try:
                _bring_up_to_date(held)
                yield held
                _mark(held)
                held.execute("COMMIT")
            except BaseException:
                if held.in_transaction:  # on a full disk SQLite has taken it back by itself
                    held.execute("ROLLBACK")
                raise
    except (OSError, sqlite3.Error) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise Refused("consent.register_not_written", file=str(path), why=why) from None


def _make(path: Path) -> None:
    """Put an empty register there, whole: whoever reads meanwhile finds none, or all its tables.

    Two that make one at the same time make one, so that nothing is said into one that is replaced.
    """
    from filelock import FileLock  # which no command needs that finds a register

    with FileLock(path.with_suffix(".making"), timeout=30.0, mode=0o600):
        if not os.path.lexists(path):
            with closing(sqlite3.connect(":memory:", isolation_level=None)) as empty:
                _bring_up_to_date(empty)
                write_whole(path, empty.serialize())


def _bring_up_to_date(held: sqlite3.Connection) -> None:
    """Add the tables that came with later versions, in the transaction that is open."""
    (version,) = held.execute("PRAGMA user_version").fetchone()
    for number, added in enumerate(_VERSIONS[version:], start=version + 1):
        for statement in added:
            held.execute(statement)
        held.execute(f"PRAGMA user_version = {number}")
