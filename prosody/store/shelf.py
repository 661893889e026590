"""A library held: its folder, its database, its lock, and what must be done before anything else.

Conventions
-----------
Whoever opens or holds a library finishes first what a killed command began, and erases what was
withdrawn (`prosody.store.settling`). What `prosody.store.library` offers to the rest of the program
stands on this.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Row, func, select

from diarize.errors import Refused
from diarize.runtime.atomic import private_folder, real
from prosody.report.model import SCHEMA, ConsentFacts
from prosody.store import audit, folders, older, saving, settling, voices
from prosody.store.addresses import kept_in
from prosody.store.database import Database
from prosody.store.schema import files, sessions
from prosody.store.sealing import ENDING

if TYPE_CHECKING:
    from prosody.store.library import Library

__all__ = ["OWN", "URL", "Entry", "Shelf", "entry_of", "file_row", "may_be_called"]

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
URL = "database.url"
# Files of a library's own, and what some machines take for another name.
_TAKEN = re.compile(r"library\.db.*|.*\.(?:csv|jsonl|parquet|url)|.*\.", re.IGNORECASE)
_PATIENCE_S = 2.0  # that reading has with a run that saves


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the library: pseudonymous ids and dates, no name and no path.

    `key` is a hash of everything the report follows from: recording, options, settings, code
    and weights. The same key gives the same report. `consent` is what the library knows last; None
    where it was withdrawn and the session waits to be erased.
    """

    session_id: str
    sha256: str
    added_on: str
    duration_s: float
    dyad_id: str | None = None
    date: str | None = None
    therapist_id: str | None = None
    client_id: str | None = None
    key: str | None = None
    consent: ConsentFacts | None = field(default=None, compare=False)

    @property
    def on(self) -> str:
        """The day it is filed under: of the session, or where nobody said it of its analysis."""
        return self.date or self.added_on[:10]


def may_be_called(session_id: str) -> bool:
    """Whether a new session may have this id: a folder of the library is called so."""
    taken = _TAKEN.fullmatch(session_id) is not None or folders.is_device(session_id)
    return _ID.fullmatch(session_id) is not None and not taken


OWN = tuple(f.name for f in fields(Entry) if f.name != "consent")


def entry_of(row: Row[Any], given: ConsentFacts | None) -> Entry:
    """Make a line of a row; what a strange database has there in the place of texts is left out.

    Parameters
    ----------
    row : Row
        Its columns are those of `OWN`, or begin with them.
    """
    own = row[: len(OWN)]
    plain: dict[str, Any] = dict(zip(OWN, own, strict=True))
    if _as_written(tuple(map(type, own))):
        return Entry(**plain, consent=given)
    texts = {name: value for name, value in plain.items() if isinstance(value, str)}
    length = plain["duration_s"] if isinstance(plain["duration_s"], int | float) else 0.0
    bare: dict[str, Any] = {"session_id": "", "sha256": "", "added_on": ""}
    line = {**bare, **texts, "duration_s": float(length)}
    return Entry(**line, consent=given)


@lru_cache(maxsize=256)  # of kinds of values, of no session
def _as_written(kinds: tuple[type, ...]) -> bool:
    """Whether the values of a line are of the kinds that this program writes."""
    given = dict(zip(OWN, kinds, strict=True))
    texts = [given.pop(name) for name in ("session_id", "sha256", "added_on")]
    return given.pop("duration_s") is float and {*texts} == {str} and {*given.values()} <= _TEXTS


_TEXTS = {str, type(None)}


class Shelf:
    """A library's folder and database.

    Parameters
    ----------
    folder : Path
        Made when it is first held with :meth:`locked`. A file ``database.url`` in it says that its
        rows are in PostgreSQL; its files are here all the same.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.erased: list[tuple[str, tuple[str, ...]]] = []  # by this object, with their files
        self.copied = list[tuple[str, tuple[str, ...]]]()  # of these, with another name elsewhere
        self.waiting: list[str] = []  # sessions whose words it could not take out yet
        self.sealed: list[str] = []  # sessions that it encrypted
        self._looked = False

    @cached_property
    def database(self) -> Database:
        """Its database."""
        return Database(self.folder, kept_in(self.folder / URL))

    @property
    def shared(self) -> bool:
        """Whether its rows are in a database that several machines can write to."""
        return self.database.url is not None

    # Holding ------------------------------------------------------------------------------------

    @contextmanager
    def locked(self, *, name: str = ".lock", wait_s: float = 60.0) -> Iterator[None]:
        """Hold the library for writing; the lock frees itself when the process ends.

        What a killed command began is finished first, and what was withdrawn is erased.

        Parameters
        ----------
        name : str
            The lock's own file: a batch holds one of its own while its sessions are saved.
        wait_s : float
            How long to wait for another process to finish writing.

        Raises
        ------
        Refused
            If another process is writing to the library, or the folder cannot be written.
        """
        lock = self._lock(name, wait_s)
        try:
            if name == ".lock":
                with self.database.alone():
                    self._settle()
                    yield
                    self._anchor()
            else:
                yield
        finally:
            lock.release()

    def _lock(self, name: str, wait_s: float) -> FileLock:
        try:
            private_folder(self.folder)
            # The system's own lock, never a marker file: a killed run must not leave one behind.
            place = self.folder / name
            lock = FileLock(place, timeout=wait_s, mode=0o600, fallback_to_soft=False)
            lock.acquire()
        except Timeout:
            raise Refused("library.busy", folder=str(self.folder)) from None
        except OSError as error:
            folder, why = str(self.folder), error.strerror
            raise Refused("library.cannot_write", folder=folder, why=why) from None
        return lock

    def _settle(self) -> None:
        self.database.prepare()
        self._looked = True
        self.erased += settling.settle(self._whole)
        self._anchor()

    def _anchor(self) -> None:
        """Keep the head of the audit elsewhere: what is cut off at its end is missed."""
        with self.database.reading() as held:
            audit.anchor(held, self.place)

    @property
    def place(self) -> str:
        """What the register calls it."""
        return str(real(self.folder))

    def look(self) -> None:
        """Finish what waits to be finished.

        Raises
        ------
        Refused
            If there is no library.
        """
        if not self.begun:
            raise Refused("library.none", folder=str(self.folder))
        current = self.database.current
        if current:
            with self.database.reading() as held:
                current = not settling.pending(self._whole, held)
        if not current:
            self._finish_first()
        self._looked = True

    def _finish_first(self) -> None:
        try:
            with self.locked(wait_s=_PATIENCE_S):
                pass
        except Refused as refusal:
            # Reading goes on beside a run that saves, or where nothing may be written; every
            # opening asks for consent all the same.
            readable = ("library.busy", "library.cannot_write")
            if refusal.code not in readable or not self.database.current:
                raise

    def unlock(self) -> None:
        """Open the key of an encrypted library, for as long as this process lives.

        Raises
        ------
        Refused
            If it is encrypted and its key is not at hand.
        """
        if self.begun:
            with self.opened() as held:
                saving.unlock(self._whole, held)

    @property
    def begun(self) -> bool:
        """Whether the folder is a library, or one of an older version; reading makes none."""
        return self.folder.is_dir() and (self.database.there or older.any_in(self._whole))

    @property
    def _whole(self) -> "Library":
        """What every shelf is."""
        return cast("Library", self)

    # Reading ------------------------------------------------------------------------------------

    @contextmanager
    def opened(self) -> Iterator[Connection]:
        """Give a connection to read by, after whatever waits to be finished.

        Raises
        ------
        Refused
            If there is no library, or it cannot be read.
        """
        if not self._looked:
            self.look()
        with self.database.reading() as held:
            yield held

    def finish(self) -> bool:
        """Finish what stands as begun; whether anything was erased."""
        gone = settling.finish(self._whole)
        self.erased += gone
        return bool(gone)

    def forget_voices(self, *hashes: str) -> None:
        """Erase the enrolled voices made from recordings."""
        for sha256 in hashes:
            self.voices_erased += voices.erase_of(self._whole, sha256)

    @cached_property
    def voices_erased(self) -> list[str]:
        """The enrolled voices that this object erased, by name."""
        return []

    def row(self, session_id: str) -> Entry:
        """Give a session's line without asking for its consent."""
        with self.database.reading() as held:
            row = self.row_of(held, session_id)
        return Entry(*(getattr(row, name) for name in OWN))

    def line_of(self, plain: Mapping[str, Any]) -> dict[str, Any]:
        """Give the columns of a session's line, each of its own kind."""
        line = {name: plain.get(name) for name in OWN}
        texts = [v for k, v in line.items() if k != "duration_s" and v is not None]
        if not all(isinstance(v, str) for v in texts):
            raise TypeError("a line holds texts")
        date.fromisoformat(str(line["added_on"]))
        return {**line, "duration_s": float(plain["duration_s"])}

    @staticmethod
    def is_id(name: str) -> bool:
        """Whether a session could be called this."""
        return _ID.fullmatch(name) is not None

    def row_of(self, held: Connection, session_id: str) -> Row[Any]:
        """Give a session's row; refuses one that is not there."""
        row = self.any_row(held, session_id)
        if row is None:
            raise Refused("library.no_session", session=session_id)
        return row

    @staticmethod
    def any_row(held: Connection, session_id: str) -> Row[Any] | None:
        """Give a session's row; None where there is none."""
        return held.execute(select(sessions).where(sessions.c.session_id == session_id)).first()

    def alike(self, session_id: str) -> str | None:
        """Give an id of a session that differs from this one in capitals alone; None without."""
        if not self.begun:
            return None
        with self.opened() as held:
            lower = func.lower(sessions.c.session_id) == session_id.lower()
            other = lower & (sessions.c.session_id != session_id)
            found: str | None = held.execute(select(sessions.c.session_id).where(other)).scalar()
        return found

    def key_of(self, held: Connection, row: Row[Any]) -> bytes | None:
        """Give the key a session is sealed with; None where it is not."""
        return saving.key_of(self._whole, held, row)

    def bytes_of(self, session_id: str, name: str) -> bytes:
        """Read a file of a session, if it is the one that was saved.

        Raises
        ------
        OSError, ValueError
            If it is not there, or another.
        """
        try:
            return self._bytes_of(session_id, name)
        except (OSError, ValueError):
            # A run that saves may have put another in its place meanwhile, or be about to.
            self.look()
            return self._bytes_of(session_id, name)

    def _bytes_of(self, session_id: str, name: str) -> bytes:
        with self.database.reading() as held:
            row = self.row_of(held, session_id)
            known, key = file_row(held, session_id, name), self.key_of(held, row)
        if known is None:
            raise ValueError("no such file")
        return saving.read(folders.within(self.folder, session_id), known, key)

    def lacks(self, session_id: str) -> tuple[str, ...]:
        """Name the files of a session that are gone or of another size; none is read."""
        gone = self._lacks(session_id)
        if gone:
            self.look()  # what a run that saves is putting in its place is not gone
            gone = self._lacks(session_id)
        return gone

    def _lacks(self, session_id: str) -> tuple[str, ...]:
        with self.opened() as held:
            kept = held.execute(select(files).where(files.c.session_id == session_id)).all()
        home = folders.within(self.folder, session_id)
        sizes = {row.name: row.bytes for row in kept}
        places = {name: folders.within(home, name) for name in sizes}
        there = {name: place.stat().st_size for name, place in places.items() if place.is_file()}
        return tuple(name for name, size in sizes.items() if there.get(name) != size)

    def is_newer(self, session_id: str) -> bool:
        """Say whether a newer version wrote a session's report; it is not read for that."""
        with self.opened() as held:
            return (self.row_of(held, session_id).report_schema or 0) > SCHEMA

    def lacks_page(self, session_id: str) -> bool:
        """Say whether the page that shows a session's findings is still to be written."""
        with self.opened() as held:
            sealed = self.row_of(held, session_id).sealed_key is not None
            return not sealed and file_row(held, session_id, saving.PAGE) is None

    @staticmethod
    @contextmanager
    def readable(what: str, session_id: str) -> Iterator[None]:
        """Say of what cannot be read that it cannot be read; a refusal stays as it is.

        What lies in a library may be damaged or hostile: whatever reading it raises, it harms this
        session alone.
        """
        try:
            yield
        except Refused:
            raise
        except Exception:
            raise Refused(f"library.{what}_unreadable", session=session_id) from None


def file_row(held: Connection, session_id: str, name: str) -> Row[Any] | None:
    """Give the row of a session's file, sealed or not; None where it has none of this name."""
    names = files.c.name.in_([name, name + ENDING])
    return held.execute(select(files).where(files.c.session_id == session_id, names)).first()
