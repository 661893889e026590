"""Many sessions on disk: save, load, list, forget.

Conventions
-----------
The library is a folder; each session is one folder in it, named by its session id, holding
``session.json`` (ids and dates), ``report.json``, ``report.html``, ``frames.npz``,
``corrections.json`` and ``heard.json`` once a person corrected something, ``agenda.json`` once a
person changed the agenda, and ``audio.flac`` where the consent covers playing back. Nothing in it
carries a person's name, a file name or a path. A session appears whole or not at all: it is
written beside its place and renamed into it. Folders are 0700 and files 0600.
"""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from filelock import FileLock, Timeout

from diarize.errors import Refused
from diarize.runtime.stopping import undone_if_stopped
from prosody.features.frames import Frames
from prosody.features.frames import load as load_frames
from prosody.report import codec
from prosody.report.model import Report

__all__ = [
    "AGENDA",
    "Correction",
    "Entry",
    "Heard",
    "audio_path",
    "corrections",
    "entry",
    "find",
    "forget",
    "frames",
    "heard",
    "list_sessions",
    "load",
    "locked",
    "root",
    "save",
    "session_id_of",
]

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
AGENDA = "agenda.json"
_HEARD = "heard.json"
_WORK, _ASIDE = ".unfinished-", ".aside-"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the library: pseudonymous ids and dates, no name and no path.

    `key` is a hash of everything the report follows from: recording, options, settings, code
    and weights. The same key gives the same report.
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


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person changed, kept for ever and applied again after a new analysis.

    `kind` says what, and `detail` of each holds the fields named here (times in seconds):

    * ``role``: voice, role
    * ``turn_voice``, ``words_voice``: start_s, end_s, was, voice
    * ``turn_text``: start_s, end_s, voice, text
    * ``text``: sha256 of the transcript the words are from, and those words
    * ``turns``: sha256 of the file the turns are from, turns as [start_s, end_s, voice], new
      (voices nobody had heard before), and words where the file has some; words are [start_s,
      end_s, text, probability, voice, doubtful]
    * ``rename``: names, of the voices, old to new
    * ``behaviour``: action, behaviour, to, start_s, end_s, role, of (``turn`` or ``time``)
    * ``warmth``: left_out, components the warmth proxy does without, spaces between
    * ``silence``: start_s, reading
    * ``motivational_interviewing``: is, yes or no

    `by` is a code, `on` an ISO date; `undone_by` and `undone_on` say who took it back and when.
    A field may be missing in what an older version wrote.
    """

    kind: str
    by: str
    on: str
    detail: Mapping[str, Any]
    undone_by: str | None = None
    undone_on: str | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What the analysis heard before a person corrected it: a report without its findings.

    `corrected` is how many corrections are in it already: older versions kept no such record.
    """

    report: Report
    corrected: int = 0


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
        raise Refused(
            f"session id {wanted!r}: use up to 64 letters, digits, dots, dashes or underscores"
        )
    return wanted


@contextmanager
def locked(folder: Path, *, name: str = ".lock", wait_s: float = 60.0) -> Iterator[None]:
    """Hold the library for writing; the lock frees itself when the process ends.

    Parameters
    ----------
    folder : Path
        The library; made where it is missing.
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
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # A lock of the system's own, never a marker file: a killed run must not leave one behind.
        lock = FileLock(folder / name, timeout=wait_s, mode=0o600, fallback_to_soft=False)
        lock.acquire()
    except Timeout:
        raise Refused(
            f"library {folder}: another run is writing to it; wait for it to end"
        ) from None
    except OSError as error:
        raise Refused(
            f"library {folder}: cannot be written ({error.strerror}); choose another with --library"
        ) from None
    try:
        if name != ".lock":
            yield
            return
        _recover(folder)
        with undone_if_stopped(partial(_recover, folder)):
            yield
    finally:
        lock.release()


def _recover(folder: Path) -> None:
    """Undo what a killed run left: half-written sessions go, sessions set aside come back."""
    for leftover in folder.glob(_WORK + "*"):
        shutil.rmtree(leftover, ignore_errors=True)
    for aside in folder.glob(_ASIDE + "*"):
        place = folder / aside.name.removeprefix(_ASIDE)
        if place.exists():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.rename(place)


def save(
    folder: Path,
    entry: Entry,
    report: Report,
    html: str,
    write_frames: Callable[[Path], None] | None,
    *,
    write_audio: Callable[[Path], None] | None = None,
    keep_audio: bool = True,
    keep: tuple[Correction, ...] = (),
    heard: Heard | None = None,
) -> Path:
    """Save one session whole, replacing an older one of the same id only when all is written.

    Parameters
    ----------
    folder : Path
        The library, held with :func:`locked`.
    write_frames, write_audio : callable
        Given the path to write; without `write_frames` the frames that are kept stay.
    keep_audio : bool
        Whether, without `write_audio`, audio that is kept already stays.
    keep : tuple of Correction
        What people corrected.
    heard : Heard, optional
        What they corrected, as the analysis heard it.
    """
    place = folder / entry.session_id
    work = Path(tempfile.mkdtemp(prefix=_WORK, dir=folder))
    try:
        (work / "session.json").write_text(json.dumps(asdict(entry), indent=1) + "\n", "utf-8")
        (work / "report.json").write_text(codec.to_json(report), "utf-8")
        (work / "report.html").write_text(html, "utf-8")
        if write_frames is None:
            os.link(place / "frames.npz", work / "frames.npz")
        else:
            write_frames(work / "frames.npz")
        if keep:
            (work / "corrections.json").write_text(_rows(keep), "utf-8")
        if heard is not None:
            plain = {
                "corrected": heard.corrected,
                "report": json.loads(codec.to_json(heard.report)),
            }
            (work / _HEARD).write_text(json.dumps(plain, ensure_ascii=False) + "\n", "utf-8")
        if write_audio is not None:
            write_audio(work / "audio.flac")
        elif keep_audio and (place / "audio.flac").exists():
            os.link(place / "audio.flac", work / "audio.flac")
        if (place / AGENDA).exists():  # a person's file: no new analysis takes it away
            os.link(place / AGENDA, work / AGENDA)
        _seal(work)
        _swap(work, place)
    except OSError as error:
        raise Refused(
            f"library {folder}: the session could not be written ({error.strerror}); "
            "what was there before is untouched"
        ) from None
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return place


def _rows(kept: tuple[Correction, ...]) -> str:
    """Write corrections one a line: some hold the words of a whole session."""
    rows = ({k: v for k, v in asdict(c).items() if v is not None} for c in kept)
    return "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]\n"


def _seal(work: Path) -> None:
    """Make files private and durable before they take their place."""
    for path in work.iterdir():
        path.chmod(0o600)
        with path.open("r+b") as file:  # Windows flushes only what it may write
            os.fsync(file.fileno())


def _swap(work: Path, place: Path) -> None:
    # A folder cannot replace a full one in one step: the old one steps aside first and comes
    # back if the new one cannot take its place.
    aside = place.with_name(_ASIDE + place.name)
    if place.exists():
        place.rename(aside)
    try:
        work.rename(place)
    except OSError:
        if aside.exists():
            aside.rename(place)
        raise
    shutil.rmtree(aside, ignore_errors=True)
    if os.name == "posix":  # elsewhere a folder cannot be opened, and its rename is journalled
        handle = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def list_sessions(folder: Path) -> tuple[Entry, ...]:
    """List the sessions, oldest first; an empty or missing library gives none."""
    if not folder.is_dir():
        return ()
    found = (
        entry(folder, place.name)
        for place in folder.iterdir()
        if not place.name.startswith(".") and (place / "session.json").is_file()
    )
    return tuple(sorted(found, key=lambda e: (e.date or e.added_on, e.session_id)))


def entry(folder: Path, session_id: str) -> Entry:
    """Read one session's line.

    Raises
    ------
    Refused
        If there is no such session.
    """
    path = _place(folder, session_id) / "session.json"
    try:
        return Entry(**json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        raise Refused(
            f"session {session_id}: not readable in this library; analyse the recording again"
        ) from None


def find(folder: Path, sha256: str) -> tuple[Entry, ...]:
    """Find the sessions made from one recording."""
    return tuple(e for e in list_sessions(folder) if e.sha256 == sha256)


def load(folder: Path, session_id: str, *, today: date | None = None) -> Report:
    """Load a session's report.

    Raises
    ------
    Refused
        If there is no such session, its report cannot be read, or its consent has expired.
    """
    path = _place(folder, session_id) / "report.json"
    try:
        report = codec.from_json(path.read_text("utf-8"), where=f"session {session_id}")
    except OSError:
        raise Refused(
            f"session {session_id}: its report cannot be read; analyse the recording again"
        ) from None
    if (today or date.today()).isoformat() > report.consent.expires_on:
        raise Refused(
            f"session {session_id}: consent expired on {report.consent.expires_on}; "
            f"erase it with: prosody forget {session_id}"
        )
    return report


def frames(folder: Path, session_id: str) -> Frames:
    """Load a session's frame features.

    Raises
    ------
    Refused
        If there is no such session, or its frames cannot be read.
    """
    path = _place(folder, session_id) / "frames.npz"
    try:
        return load_frames(path)
    except (OSError, ValueError, KeyError, BadZipFile):
        raise Refused(
            f"session {session_id}: its frames cannot be read; analyse the recording again"
        ) from None


def audio_path(folder: Path, session_id: str) -> Path | None:
    """Where the audio kept for playing back is; None where the consent did not cover it."""
    path = _place(folder, session_id) / "audio.flac"
    return path if path.is_file() else None


def corrections(folder: Path, session_id: str) -> tuple[Correction, ...]:
    """Read what people corrected in a session, oldest first."""
    path = folder / session_id / "corrections.json"
    if not path.is_file():
        return ()
    try:
        return tuple(Correction(**row) for row in json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        raise Refused(
            f"session {session_id}: its corrections.json cannot be read; mend it or erase the "
            f"session with: prosody forget {session_id}"
        ) from None


def heard(folder: Path, session_id: str) -> Heard | None:
    """Read what the analysis heard before anybody corrected it; None where nobody has.

    Raises
    ------
    Refused
        If it cannot be read.
    """
    path = folder / session_id / _HEARD
    if not path.is_file():
        return None
    where = f"session {session_id}: what was heard before it was corrected"
    try:
        plain = json.loads(path.read_text("utf-8"))
        text = json.dumps(plain["report"])
        return Heard(codec.from_json(text, where=where), int(plain["corrected"]))
    except (OSError, ValueError, TypeError, KeyError):
        raise Refused(f"{where} cannot be read; analyse the recording again") from None


def forget(folder: Path, session_id: str) -> tuple[str, ...]:
    """Erase a session and everything derived from it; gives the names of the files erased.

    Raises
    ------
    Refused
        If there is no such session, or something of it could not be erased.
    """
    place = _place(folder, session_id)
    names = tuple(sorted(str(p.relative_to(place)) for p in place.rglob("*") if p.is_file()))
    try:
        shutil.rmtree(place)
    except OSError as error:
        raise Refused(
            f"session {session_id}: could not be erased whole ({error.strerror}); "
            "mend the permissions of the library and try again"
        ) from None
    return names


def _place(folder: Path, session_id: str) -> Path:
    place = folder / session_id
    if not _ID.fullmatch(session_id) or not (place / "session.json").is_file():
        raise Refused(f"session {session_id}: not in this library; see: prosody list")
    return place
