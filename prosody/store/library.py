"""Many sessions on disk: save, load, list, forget.

Conventions
-----------
A library is a folder; each session is one folder in it, named by its session id, holding
``session.json`` (ids and dates), ``heard.json`` (what was heard, exactly: all that the report
follows from but the frames), ``frames.npz``, ``report.json`` and ``report.html`` (its findings,
for others to read), ``corrections.json`` once a person corrected something, ``agenda.json`` once
a person changed the agenda, and ``audio.flac`` where the consent covers playing back. Nothing in
it carries a person's name, a file name or a path. A session appears whole or not at all: it is
written beside its place and renamed into it. Folders are 0700 and files 0600. Callers give and
take records and know nothing of files.
"""

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from filelock import FileLock, Timeout

from diarize.conversation import Conversation
from diarize.errors import Refused
from diarize.runtime.atomic import write_whole
from diarize.runtime.stopping import undone_if_stopped
from prosody.features.frame_files import load as load_frames
from prosody.features.frames import Frames
from prosody.report import codec
from prosody.report.model import ConsentFacts, Report
from prosody.store.corrections import Correction
from prosody.store.record import (
    Record,
    corrections_in,
    corrections_text,
    heard_text,
    record_in,
    talk_in,
)
from prosody.store.whole import put, recover

__all__ = ["AGENDA", "Entry", "Library", "root", "session_id_of"]

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
AGENDA = "agenda.json"
_HEARD = "heard.json"
_CORRECTIONS = "corrections.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the library: pseudonymous ids and dates, no name and no path.

    `key` is a hash of everything the report follows from: recording, options, settings, code
    and weights. The same key gives the same report. `consent` is the report's own, kept here too
    so that many sessions can be listed without opening one; None in what an older version wrote.
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


def root(path: Path | None = None) -> Path:
    """Give the library folder: `path`, or the platform's user data folder."""
    if path is not None:
        return path.expanduser()
    from platformdirs import user_data_path

    return user_data_path("prosody", appauthor=False) / "library"


def session_id_of(sha256: str, wanted: str | None = None) -> str:
    """Give the session id: the one wanted, or one made from the recording's hash.

    Raises
    ------
    Refused
        If the wanted id could not name a folder safely.
    """
    if wanted is None:
        return f"s-{sha256[:10]}"
    if not _ID.fullmatch(wanted):
        raise Refused("library.bad_id", session=repr(wanted))
    return wanted


class Library:
    """The sessions under one folder.

    Parameters
    ----------
    folder : Path
        Made when it is first held with :meth:`locked`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def locked(self, *, name: str = ".lock", wait_s: float = 60.0) -> Iterator[None]:
        """Hold the library for writing; the lock frees itself when the process ends.

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
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # The system's own lock, never a marker file: a killed run must not leave one behind.
            place = self.folder / name
            lock = FileLock(place, timeout=wait_s, mode=0o600, fallback_to_soft=False)
            lock.acquire()
        except Timeout:
            raise Refused("library.busy", folder=str(self.folder)) from None
        except OSError as error:
            folder, why = str(self.folder), error.strerror
            raise Refused("library.cannot_write", folder=folder, why=why) from None
        try:
            if name != ".lock":
                yield
                return
            recover(self.folder)
            with undone_if_stopped(partial(recover, self.folder)):
                yield
        finally:
            lock.release()

    def save(
        self,
        entry: Entry,
        record: Record,
        report: Report,
        html: str,
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
            The findings that follow, and the page that shows them.
        write_frames, write_audio : callable, optional
            Given the path to write; without `write_frames` the frames that are kept stay.
        keep_audio : bool
            Whether, without `write_audio`, audio that is kept already stays.

        Raises
        ------
        Refused
            If it cannot be written; what was there is untouched.
        """
        parts = {"frames.npz": write_frames, "audio.flac": write_audio}
        made = {name: write for name, write in parts.items() if write is not None}
        # The agenda is a person's file: no new analysis takes it away.
        kept = {AGENDA, "frames.npz", *(["audio.flac"] if keep_audio else [])} - made.keys()
        texts = _texts(entry, record, report, html)
        try:
            put(self.folder / entry.session_id, texts, made, kept)
        except OSError as error:
            folder, why = str(self.folder), error.strerror
            raise Refused("library.not_saved", folder=folder, why=why) from None

    def keep_corrections(self, session_id: str, rows: tuple[Correction, ...]) -> None:
        """Keep the corrections of a session, whole or not at all, where no figure changes.

        Raises
        ------
        Refused
            If there is no such session or the library cannot be written.
        """
        write_whole(self._place(session_id) / _CORRECTIONS, corrections_text(rows))

    def sessions(self) -> tuple[Entry, ...]:
        """List the sessions, oldest first; an empty or missing library gives none."""
        if not self.folder.is_dir():
            return ()
        found = (
            self.entry(place.name)
            for place in self.folder.iterdir()
            if not place.name.startswith(".") and (place / "session.json").is_file()
        )
        return tuple(sorted(found, key=lambda e: (e.date or e.added_on, e.session_id)))

    def find(self, sha256: str) -> tuple[Entry, ...]:
        """Find the sessions made from one recording."""
        return tuple(e for e in self.sessions() if e.sha256 == sha256)

    def entry(self, session_id: str) -> Entry:
        """Read one session's line.

        Raises
        ------
        Refused
            If there is no such session.
        """
        path = self._place(session_id) / "session.json"
        with _readable("entry", session_id):
            plain = json.loads(path.read_text("utf-8"))
            given = plain.pop("consent", None)
            return Entry(**plain, consent=None if given is None else _consent(given))

    def consent(self, session_id: str) -> ConsentFacts:
        """Give what a session's consent covers, as it stands on disk now.

        Raises
        ------
        Refused
            If there is no such session, or what it covers cannot be read.
        """
        known = self.entry(session_id).consent
        if known is not None:
            return known
        with _readable("report", session_id):
            text = (self._place(session_id) / "report.json").read_text("utf-8")
            return _consent(json.loads(text)["consent"])

    def stamp(self, session_id: str) -> str:
        """Give a text that changes whenever the findings of a session or its agenda do.

        Raises
        ------
        Refused
            If there is no such session, or it has no report.
        """
        place = self._place(session_id)
        with _readable("report", session_id):
            facts = (place / "report.json").stat()
        try:
            agenda = (place / AGENDA).stat().st_mtime_ns
        except OSError:  # as long as nobody changed it
            agenda = 0
        return f"{session_id} {facts.st_mtime_ns} {facts.st_size} {agenda}"

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
            If it is not there or cannot be read, or its consent has expired.
        """
        if record is not None:
            talk: Conversation | None = record.now.conversation
        else:
            with _readable("heard", session_id):
                talk = talk_in(self._heard(session_id))
        report = self._report(session_id, talk)
        _check_consent(session_id, report.consent.expires_on, today)
        return report

    def record(self, session_id: str, *, today: date | None = None) -> Record:
        """Read what was heard, what it is now, and the corrections between the two.

        Of a session that an older version saved, what its report says is taken as it stands.

        Raises
        ------
        Refused
            If there is no such session, it cannot be read, or its consent has expired.
        """
        rows = self.corrections(session_id)
        with _readable("heard", session_id):
            kept = record_in(self._heard(session_id), rows, partial(self._report, session_id))
        _check_consent(session_id, kept.now.facts.consent.expires_on, today)
        return kept

    def _report(self, session_id: str, talk: Conversation | None = None) -> Report:
        with _readable("report", session_id):
            text = (self._place(session_id) / "report.json").read_text("utf-8")
        return codec.from_json(text, where=f"session {session_id}", conversation=talk)

    def _heard(self, session_id: str) -> dict[str, Any] | None:
        path = self._place(session_id) / _HEARD
        plain: dict[str, Any] | None = None
        if path.is_file():
            plain = json.loads(path.read_text("utf-8"))
        return plain

    def frames(self, session_id: str) -> Frames:
        """Load a session's frame features.

        Raises
        ------
        Refused
            If there is no such session, or its frames cannot be read.
        """
        path = self._place(session_id) / "frames.npz"
        with _readable("frames", session_id):
            return load_frames(path)

    def audio(self, session_id: str) -> Path | None:
        """Where the audio kept for playing back is; None where the consent did not cover it."""
        path = self._place(session_id) / "audio.flac"
        return path if path.is_file() else None

    def corrections(self, session_id: str) -> tuple[Correction, ...]:
        """Read what people corrected in a session, oldest first."""
        path = self.folder / session_id / _CORRECTIONS
        if not path.is_file():
            return ()
        with _readable("corrections", session_id):
            return corrections_in(path.read_text("utf-8"))

    def forget(self, session_id: str) -> tuple[str, ...]:
        """Erase a session and everything derived from it; gives the names of the files erased.

        Raises
        ------
        Refused
            If there is no such session, or something of it could not be erased.
        """
        place = self._place(session_id)
        names = tuple(sorted(str(p.relative_to(place)) for p in place.rglob("*") if p.is_file()))
        try:
            shutil.rmtree(place)
        except OSError as error:
            raise Refused("library.not_erased", session=session_id, why=error.strerror) from None
        return names

    def _place(self, session_id: str) -> Path:
        place = self.folder / session_id
        if not _ID.fullmatch(session_id) or not (place / "session.json").is_file():
            raise Refused("library.no_session", session=session_id)
        return place


def _consent(plain: Mapping[str, Any]) -> ConsentFacts:
    expires_on = date.fromisoformat(plain["expires_on"]).isoformat()
    return ConsentFacts(tuple(plain["scopes"]), expires_on)


def _check_consent(session_id: str, expires_on: str, today: date | None) -> None:
    if (today or date.today()).isoformat() > expires_on:
        raise Refused("library.consent_expired", session=session_id, on=expires_on)


@contextmanager
def _readable(what: str, session_id: str) -> Iterator[None]:
    """Say of what cannot be read that it cannot be read; a refusal stays as it is."""
    try:
        yield
    except Refused:
        raise
    except (OSError, ValueError, TypeError, KeyError, AttributeError, BadZipFile):
        raise Refused(f"library.{what}_unreadable", session=session_id) from None


def _texts(entry: Entry, record: Record, report: Report, html: str) -> dict[str, str]:
    """Give the texts of a session's files by name."""
    own = replace(entry, consent=report.consent)
    texts = {
        "session.json": json.dumps(asdict(own), indent=1) + "\n",
        "report.json": codec.to_json(report),
        "report.html": html,
        _HEARD: heard_text(record),
    }
    rows = record.corrections
    return texts | ({_CORRECTIONS: corrections_text(rows)} if rows else {})
