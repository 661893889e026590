"""Many sessions: save, load, list, find, forget.

Conventions
-----------
A library is a folder with a database (`prosody.store.schema`) and a folder per session, named by
its id, holding ``heard.json`` (what was heard, exactly: all that the report follows from but the
frames), ``frames.npz``, ``report.json`` and ``report.html`` (its findings, for others to read),
``agenda.json`` once a person changed the agenda, and ``audio.flac`` where the consent covers
playing back. Nothing in it carries a person's name, a file name or a path. What is in the database
is true: a session is there whole or not at all, whatever a killed command left in the folder, and a
file that is not the one that was saved is not read. Consent is asked at every opening and every
save, of what was said last. Callers give and take records and know nothing of files or tables.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import TypeVar

from sqlalchemy import ColumnElement, select

from diarize.conversation import Conversation
from diarize.errors import Refused
from diarize.messages import message
from diarize.runtime.atomic import private_folder, write_whole
from prosody.features.frame_files import load as load_frames
from prosody.features.frames import Frames
from prosody.report import codec
from prosody.report.model import ConsentFacts, Report
from prosody.store import consented, folders, older, saving, searching, settling
from prosody.store.addresses import ADDRESSES, has_password, home_of
from prosody.store.corrections import Correction
from prosody.store.record import Record, record_in, talk_in
from prosody.store.saving import AGENDA
from prosody.store.schema import corrections as corrections_table
from prosody.store.schema import sessions
from prosody.store.shelf import OWN, URL, Entry, Shelf, entry_of, file_row, may_be_called
from prosody.store.sound import NAME, Sound

Read = TypeVar("Read")

__all__ = ["AGENDA", "Entry", "Library", "place_of", "root", "session_id_of"]


def root(path: Path | None = None) -> Path:
    """Give the library folder: `path`, or the platform's user data folder."""
    if path is not None:
        return path.expanduser()
    from platformdirs import user_data_path

    return user_data_path("prosody", appauthor=False) / "library"


def place_of(named: PathLike[str] | str | None) -> Path:
    """Give the folder of the library that somebody named; None is the usual one.

    Of one in PostgreSQL it is the folder that keeps its files, made if need be. Refused are an
    empty name, what cannot be written, and a password in an address, which everybody here sees.
    """
    if named == "":
        raise Refused("library.unnamed")
    if not isinstance(named, str) or not named.startswith(ADDRESSES):
        return root(None if named is None else Path(named))
    if has_password(named):
        raise Refused("library.password_in_address")
    folder = home_of(named)
    try:
        private_folder(folder)
    except OSError as error:
        raise Refused("library.cannot_write", folder=str(folder), why=error.strerror) from None
    if not (folder / URL).is_file():
        write_whole(folder / URL, named + "\n")
    return folder


def session_id_of(sha256: str, wanted: str | None = None) -> str:
    """Give the session id: the one wanted, or one made from the recording's hash.

    Raises
    ------
    Refused
        If the wanted id could not name a folder safely.
    """
    if wanted is None:
        return f"s-{sha256[:10]}"
    if not may_be_called(wanted):
        raise Refused("library.bad_id", session=repr(wanted))
    return wanted


class Library(Shelf):
    """The sessions under one folder."""

    def sessions(self, where: Mapping[str, str] | None = None) -> tuple[Entry, ...]:
        """List the sessions, oldest first; an empty or missing library gives none.

        Parameters
        ----------
        where : mapping, optional
            What they must be, by the names of `prosody.store.searching.BY`.
        """
        return self._listed(*searching.where(where or {}))

    def _listed(self, *rules: ColumnElement[bool]) -> tuple[Entry, ...]:
        if not self.begun:
            return ()
        with self.opened() as held:
            columns = [sessions.c[name] for name in OWN]
            rows = held.execute(select(*columns).where(*rules)).all()
            known = consented.last_of_all(held, *rules)
        found = [entry_of(row, consented.given_by(known.get(row.sha256))) for row in rows]
        return tuple(sorted(found, key=lambda e: (e.on, e.session_id)))

    def damaged(self) -> tuple[str, ...]:
        """Name the folders in it that no session could be read from."""
        if not self.begun:
            return ()
        with self.opened() as held:
            return older.damaged(self, held, folders.listed(self.folder))

    def find(self, sha256: str) -> tuple[Entry, ...]:
        """Find the sessions made from one recording."""
        return self._listed(sessions.c.sha256 == sha256)

    def entry(self, session_id: str) -> Entry:
        """Read one session's line.

        Raises
        ------
        Refused
            If there is no such session.
        """
        with self.opened() as held:
            row = self.row_of(held, session_id)
            try:
                given = consented.facts(held, row.sha256, session_id)
            except Refused:
                given = None
        return entry_of(row, given)

    def consent(self, session_id: str) -> ConsentFacts:
        """Give what a session's consent covers, as it was said last.

        Raises
        ------
        Refused
            If there is no such session, or its consent was withdrawn.
        """
        with self.opened() as held:
            return consented.facts(held, self.row_of(held, session_id).sha256, session_id)

    def stamp(self, session_id: str) -> str:
        """Give a text that changes whenever the findings of a session or its agenda do.

        Raises
        ------
        Refused
            If there is no such session.
        """
        with self.opened() as held:
            row = self.row_of(held, session_id)
            return f"{session_id} {row.saved_at} {row.stamp}"

    def load(
        self, session_id: str, *, today: date | None = None, record: Record | None = None
    ) -> Report:
        """Load a session's findings, with who said what exactly as it was heard or corrected.

        Parameters
        ----------
        session_id : str
            Which session.
        today : date, optional
            The day its consent must still hold.
        record : Record, optional
            Of the session, where it is read already.

        Raises
        ------
        Refused
            If it is not there or cannot be read, or its consent does not allow it.
        """
        given = self.allowed(session_id, today)

        def found() -> Report:
            if record is not None:
                return self._report(session_id, record.now.conversation)
            with self.readable("heard", session_id):
                talk = talk_in(saving.plain_of(self, session_id))
            return self._report(session_id, talk)

        return replace(self._of_one_state(session_id, found), consent=given)

    def record(self, session_id: str, *, today: date | None = None) -> Record:
        """Read what was heard, what it is now, and the corrections between the two.

        Of a session that an older version saved, what its report says is taken as it stands.

        Raises
        ------
        Refused
            If there is no such session, it cannot be read, or its consent has expired.
        """
        self.allowed(session_id, today)
        return self._of_one_state(session_id, partial(self.kept, session_id))

    def _of_one_state(self, session_id: str, read: Callable[[], Read]) -> Read:
        """Read what lies in several places; again, where a run saved another state meanwhile."""
        while True:
            before, found = self.stamp(session_id), read()
            if self.stamp(session_id) == before:
                return found

    def kept(self, session_id: str) -> Record:
        """Read a session's record whatever its consent says, to take out what must not stay."""
        rows = self.corrections(session_id)
        with self.readable("heard", session_id):
            plain = saving.plain_of(self, session_id)
            return record_in(plain, rows, partial(self._report, session_id))

    def allowed(self, session_id: str, today: date | None = None) -> ConsentFacts:
        """Give what a session's consent covers, if it may be opened on a day; refuses as `load`."""
        with self.opened() as held:
            row = self.row_of(held, session_id)
            given = consented.allowed(held, row.sha256, session_id, today)
        if row.words_kept and "keep_words" not in given.scopes:
            raise Refused("library.not_narrowed", session=session_id)
        return given

    def _report(self, session_id: str, talk: Conversation | None = None) -> Report:
        with self.readable("report", session_id):
            text = self.bytes_of(session_id, "report.json").decode()
            where = message("library.named", session=session_id)
            return codec.from_json(text, where=where, conversation=talk)

    def frames(self, session_id: str) -> Frames:
        """Load a session's frame features.

        Raises
        ------
        Refused
            If there is no such session, or its frames cannot be read.
        """
        with self.readable("frames", session_id):
            return load_frames(BytesIO(self.bytes_of(session_id, "frames.npz")))

    def sound(self, session_id: str) -> Sound | None:
        """Give the sound kept for playing back; None where there is none, or not by the consent."""
        with self.opened() as held:
            row = self.row_of(held, session_id)
            given = consented.facts(held, row.sha256, session_id)
            if not row.sound_kept or "play_back" not in given.scopes:
                return None
            kept = file_row(held, session_id, NAME)
            size = kept.bytes if kept else 0
            return Sound(folders.within(self.folder, session_id), self.key_of(held, row), size)

    def corrections(self, session_id: str) -> tuple[Correction, ...]:
        """Read what people corrected in a session, oldest first."""
        try:
            with self.opened() as held:
                row = self.row_of(held, session_id)
                table = corrections_table
                mine = select(table).where(table.c.session_id == session_id).order_by(table.c.n)
                rows, key = held.execute(mine).all(), self.key_of(held, row)
        except Refused as refusal:
            if refusal.code not in ("library.no_session", "library.none"):
                raise
            return ()
        with self.readable("corrections", session_id):
            return saving.corrections_of(rows, key)

    # Changing -----------------------------------------------------------------------------------

    def save(
        self,
        entry: Entry,
        record: Record,
        report: Report,
        html: str | None,
        *,
        write_frames: Callable[[Path], None] | None = None,
        write_audio: Callable[[Path], None] | None = None,
        keep_audio: bool = True,
    ) -> None:
        """Save a session whole, replacing an older one of its id only when all is written.

        The library is held with :meth:`locked`.

        Parameters
        ----------
        entry : Entry
            Its line.
        record : Record
            What was heard and corrected.
        report, html
            The findings that follow, and the page that shows them; None where it is written later
            (:meth:`keep_page`), and an older one is taken away.
        write_frames, write_audio : callable, optional
            Given the path to write; without `write_frames` the frames that are kept stay.
        keep_audio : bool
            Whether, without `write_audio`, audio that is kept already stays.

        Raises
        ------
        Refused
            If it cannot be written, or its consent no longer covers it; what was there is
            untouched.
        """
        made = {"frames.npz": write_frames, "audio.flac": write_audio}
        written = {name: write for name, write in made.items() if write is not None}
        dropped = () if keep_audio or write_audio else ("audio.flac",)
        line = {name: getattr(entry, name) for name in OWN}
        saving.save(self, line, record, report, html, written, dropped)

    def keep_page(self, session_id: str, html: str) -> None:
        """Keep the page that shows a session's findings; nothing else changes by it.

        Raises
        ------
        Refused
            If there is no such session or the library cannot be written.
        """
        saving.put(self, session_id, {saving.PAGE: partial(saving.write_text, html)}, same=True)

    def keep_corrections(self, session_id: str, rows: tuple[Correction, ...]) -> None:
        """Keep the corrections of a session, whole or not at all, where no figure changes.

        Raises
        ------
        Refused
            If there is no such session or the library cannot be written.
        """
        saving.keep_corrections(self, session_id, rows)

    def text(self, session_id: str, name: str) -> str | None:
        """Read a person's file in a session; None where there is none.

        Raises
        ------
        Refused
            If there is no such session.
        ValueError
            If it is not as it was written.
        """
        with self.opened() as held:
            self.row_of(held, session_id)
            there = file_row(held, session_id, name)
        return None if there is None else self.bytes_of(session_id, name).decode()

    def keep_text(self, session_id: str, name: str, text: str) -> None:
        """Keep a person's file in a session, whole or not at all; the library is held.

        Raises
        ------
        Refused
            If there is no such session or the library cannot be written.
        """
        saving.put(self, session_id, {name: partial(saving.write_text, text)})

    def drop(self, session_id: str, names: tuple[str, ...]) -> None:
        """Take files, and what the database has of them, out of a session; the library is held."""
        saving.drop(self, session_id, names)

    def forget(self, session_id: str, *, who: str = "user") -> tuple[str, ...]:
        """Erase a session and everything derived from it; gives the names of the files erased.

        Raises
        ------
        Refused
            If there is no such session, or something of it could not be erased; the next command
            tries again.
        """
        self.look()
        with self.locked():
            if session_id in self.damaged():
                return saving.erase_stranger(self, session_id)
            settling.forget(self, session_id, who)
        found = [names for gone, names in self.erased if gone == session_id]
        if not found:
            raise Refused("library.no_session", session=session_id)
        return found[-1]

    def strangers_of(self, sha256: str) -> tuple[str, ...]:
        """Erase folders that no session can be read from where they name a recording.

        The library is held. Gives those that hold something and do not say of which recording.
        """
        unsure = []
        for name in self.damaged():
            holds = folders.holds(self.folder / name, sha256)
            if holds:
                self.erased.append((name, saving.erase_stranger(self, name)))
            elif holds is None:
                unsure.append(name)
        return tuple(unsure)
