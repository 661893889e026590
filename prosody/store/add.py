"""One recording into the library: analysed, with earlier corrections applied, and filed.

Conventions
-----------
A session's key (`prosody.store.stages`) is a hash of everything its report follows from: recording,
options, settings, rule files, code, weights. One whose key has not changed need not be analysed
again, and of one where only thresholds, rules or roles changed no model listens again.
"""

import errno
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from diarize.errors import Refused
from diarize.formats.table import beside as taken_beside
from diarize.messages import message
from diarize.recording.admission import Recording, admit_again, admit_all
from diarize.recording.consent import Consent
from prosody.option import LABELS
from prosody.options import Asked
from prosody.report.model import ConsentFacts, Report
from prosody.store import amend
from prosody.store.confirmed import confirmed
from prosody.store.filing import file_under, read_ids
from prosody.store.library import Entry, Library, session_id_of
from prosody.store.stages import key_of, renewed
from prosody.trained.weights import coder, own_file

if TYPE_CHECKING:
    from prosody.pipeline import Session

__all__ = ["IDS", "Added", "ToDo", "add_session"]

IDS = tuple(name for name in LABELS if name != "session_id")
Say = Callable[[object], None]
Progress = Callable[[str, float | None], None]


@dataclass(frozen=True, slots=True)
class Added:
    """A session that is in the library now.

    Parameters
    ----------
    entry : Entry
        Its line.
    fresh : bool
        False where what was there already still holds.
    report : callable
        Gives its report, which is read only then where it was there already.
    """

    entry: Entry
    fresh: bool
    report: Callable[[], Report]


class ToDo(Exception):
    """A recording would have to be analysed."""


def add_session(
    path: Path | Sequence[Path],
    asked: Asked,
    folder: Path,
    *,
    parallel: bool = False,
    session_id: str | None = None,
    ids: Mapping[str, str | None] | None = None,
    more: Mapping[str, str | None] | None = None,
    force: bool = True,
    analyse: bool = True,
    progress: Progress = lambda stage, share: None,
    say: Say = lambda line: None,
) -> Added:
    """Analyse one recording into the library.

    Parameters
    ----------
    path : Path or sequence of Path
        The recording, or the files of one session in order.
    asked : Asked
        What a person asked for.
    folder : Path
        The library.
    parallel : bool
        Whether several files ran side by side.
    session_id : str, optional
        Its id; without it one is made from the recording's hash.
    ids : mapping, optional
        ``dyad_id``, ``date``, ``therapist_id``, ``client_id`` as the manifest has them. What is
        not named stays as it was, and None takes it away.
    more : mapping, optional
        Covariates by their names, likewise.
    force : bool
        Analyse even what is done already.
    analyse : bool
        Whether to do what is not done; raise otherwise.

    Raises
    ------
    Refused
        If the recording may not or cannot be analysed; the library is then as before.
    ToDo
        If it is not done and is not to be analysed now.
    """
    ids = read_ids(ids or {})
    paths = [path] if isinstance(path, Path) else list(path)
    recording = admit_all(paths, parallel=parallel)
    asked = _with_sidecar(paths, asked, say)
    named = session_id_of(recording.sha256, session_id)
    key, library = key_of(recording.sha256, asked, folder), Library(folder)
    there = next(iter(library.sessions({"session_id": named})), None)
    if there is None:
        _no_other_capitals(library, named)
    elif there.sha256 != recording.sha256:
        raise Refused("session.id_taken", session_id=named)
    if there is not None and not force:
        if there.key == key:
            library.allowed(named)
            _as_saved(library, named)
            file_under(library, named, ids, more)
            return Added(library.entry(named), False, partial(library.load, named))
        if not analyse:
            raise ToDo
        renewed_to = renewed(library, there, key, asked)
        if renewed_to is not None:
            file_under(library, named, ids, more)
            return Added(library.entry(named), True, lambda: renewed_to)
    if not analyse:
        raise ToDo
    _check_writable(library)  # before anything is decoded
    known = {name: getattr(there, name) for name in IDS} if there else {}
    named_as = {**known, **ids}
    entry, report = _analysed(recording, asked, folder, named, key, named_as, progress, say)
    file_under(library, named, {}, more)
    return Added(entry, True, lambda: report)


def _check_writable(library: Library) -> None:
    """Refuse a library that cannot be written; where there is none yet, none is made."""
    folder = library.folder
    if folder.is_dir():
        with library.locked():
            return
    above = next(place for place in folder.absolute().parents if os.path.lexists(place))
    why = None
    if os.path.lexists(folder) or not above.is_dir():
        why = os.strerror(errno.ENOTDIR)
    elif not os.access(above, os.W_OK | os.X_OK):
        why = os.strerror(errno.EACCES)
    if why is not None:
        raise Refused("library.cannot_write", folder=str(folder), why=why)


def _no_other_capitals(library: Library, named: str) -> None:
    """Refuse an id that differs from another's in capitals alone: some machines have one folder."""
    other = library.alike(named)
    if other is not None:
        raise Refused("session.id_other_capitals", session_id=named, other=other)


def _as_saved(library: Library, session_id: str) -> None:
    """Refuse a session whose files are not what was saved; nothing of them is parsed."""
    for what in ("heard", "report"):
        with library.readable(what, session_id):
            library.text(session_id, f"{what}.json")


def _with_sidecar(paths: Sequence[Path], asked: Asked, say: Say) -> Asked:
    """Take a transcript that lies beside the recording under its name, and say so."""
    if asked.transcript is not None or asked.transcriber != "auto":
        return asked
    places = (path.with_suffix(ending) for path in paths for ending in taken_beside())
    beside = next((place for place in places if place.is_file()), None)
    if beside is None:
        return asked
    if len(paths) > 1:
        say(message("session.transcripts_unused"))
        return asked
    say(message("session.transcript_beside", ending=beside.suffix))
    return replace(asked, transcript=beside)


def _analysed(
    recording: Recording,
    asked: Asked,
    folder: Path,
    named: str,
    key: str,
    ids: Mapping[str, str | None],
    progress: Progress,
    say: Say,
) -> tuple[Entry, Report]:
    from diarize.recording.audio import save_flac
    from prosody.features.frame_files import save
    from prosody.pipeline import analyse_as_asked
    from prosody.render.html import html

    own = partial(coder, own_file(folder))
    if own_file(folder).is_file() and (asked.transcript or asked.transcriber != "none"):
        own()  # what cannot be read is refused before anything is heard
    made = analyse_as_asked(recording, asked, coder=own, progress=progress, say=say)
    entry = Entry(
        named,
        recording.sha256,
        date.today().isoformat(),
        made.report.recording.duration_s,
        dyad_id=ids.get("dyad_id"),
        date=ids.get("date"),
        therapist_id=ids.get("therapist_id"),
        client_id=ids.get("client_id"),
        key=key,
    )
    library = Library(folder)
    with library.locked():
        # Consent may have been withdrawn or narrowed while the analysis ran or waited for the
        # library; then nothing of it is kept, or less.
        recording = _still(recording)
        made = _under(made, recording.consent)
        play_back = "play_back" in recording.consent.scopes
        report, record = amend.carried(library, entry, made)
        library.save(
            entry,
            record,
            report,
            html(
                report,
                made.frames,
                session_id=named,
                judged=confirmed(library, {named: record.corrections}),
            ),
            write_frames=lambda to: save(made.frames, to),
            write_audio=(lambda to: save_flac(made.audio, to)) if play_back else None,
            keep_audio=play_back,
        )
    return entry, report


def _still(recording: Recording) -> Recording:
    """Admit a recording again: the same bytes, under a consent that holds now."""
    now = admit_again(recording)
    if now.sha256 != recording.sha256:
        raise Refused("recording.changed", file=str(recording.path))
    return now


def _under(made: "Session", consent: Consent) -> "Session":
    """Give an analysis as far as a consent covers it that was given or narrowed since."""
    from prosody.findings import findings

    given = ConsentFacts(consent.scopes, consent.expires_on)
    if made.report.consent == given:
        return made
    heard = replace(made.heard, facts=replace(made.heard.facts, consent=given))
    return replace(made, heard=heard, report=findings(heard, made.frames))
