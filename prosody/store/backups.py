"""A library copied, brought back, and checked.

Conventions
-----------
A backup is a folder with a copy of the database as it stood and the files that go with it; it
appears whole or not at all. Bringing one back brings no session back that was withdrawn or
forgotten since: the register of this machine and the library's own tombstones are asked, as at
every opening.
"""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from diarize.errors import Refused
from diarize.messages import Message, message
from diarize.recording import register, register_file
from diarize.runtime.atomic import make_durable, private_folder
from diarize.runtime.stopping import undone_if_stopped
from prosody.store import audit, consented, encrypting, folders, saving
from prosody.store.database import FILE
from prosody.store.schema import files, sessions

if TYPE_CHECKING:
    from prosody.store.library import Library

__all__ = ["back_up", "bring_back", "check"]


def back_up(library: "Library", target: Path) -> int:
    """Copy a library into a new folder; gives how many sessions it holds.

    Raises
    ------
    Refused
        If the folder is there already or cannot be written, or the rows are in PostgreSQL.
    """
    if library.shared:
        raise Refused("library.rows_elsewhere", folder=str(library.folder))
    if target.exists():
        raise Refused("library.target_there", folder=str(target))
    work = target.with_name(f"{folders.UNFINISHED}{target.name}")
    undo, made = partial(folders.remove, work), False
    try:
        with undone_if_stopped(undo), library.locked():
            undo()
            private_folder(work)
            library.database.copy_to(work / FILE)
            ids = [entry.session_id for entry in library.sessions()]
            for name in (*ids, folders.VOICES):
                if (home := folders.within(library.folder, name)).is_dir():
                    _copy(home, work / home.name)
        work.rename(target)
        made = True
        make_durable(target.parent)
    except OSError as error:
        raise Refused("library.no_backup", folder=str(target), why=error.strerror) from None
    finally:
        if not made:  # whatever ended it: a copy of words must not stay
            with suppress(OSError):
                undo()
    return len(ids)


def _copy(source: Path, target: Path) -> None:
    target.mkdir(mode=0o700)
    for path in source.iterdir():
        if path.is_file() and not path.is_symlink():
            _copy_file(path, target / path.name)
    make_durable(target)


def _copy_file(source: Path, target: Path) -> None:
    """Copy a file so that it is nobody else's and on disk when this returns."""
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
    with source.open("rb") as old, os.fdopen(os.open(target, flags, 0o600), "wb") as new:
        shutil.copyfileobj(old, new)
        new.flush()
        os.fsync(new.fileno())


def bring_back(library: "Library", source: Path) -> None:
    """Bring a backup back into a folder that holds no library.

    Raises
    ------
    Refused
        If there is a library already, or the folder is no backup.
    """
    if library.begun:
        raise Refused("library.there_already", folder=str(library.folder))
    if not (source / FILE).is_file():
        raise Refused("library.no_such_backup", folder=str(source))
    try:
        private_folder(library.folder)
        for path in sorted(source.iterdir()):
            if path.is_dir() and not path.is_symlink():
                folders.remove(library.folder / path.name)
                _copy(path, library.folder / path.name)
        # The database last: until it is there, there is no library, and this can be done again.
        part = library.folder / f"{folders.UNFINISHED}database"
        folders.remove(part)  # of a restore that was killed
        _copy_file(source / FILE, part)
        part.replace(library.folder / FILE)
        make_durable(library.folder)
    except OSError as error:
        folder, why = str(library.folder), error.strerror
        raise Refused("library.cannot_write", folder=folder, why=why) from None
    with library.locked():
        pass


def check(library: "Library") -> Iterator[Message]:
    """Finish what was begun and look at everything; gives what is wrong, a line each.

    Raises
    ------
    Refused
        If the database itself cannot be read.
    """
    anchor = register.anchored(library.place)
    with library.locked():
        anchor = anchor or register.anchored(library.place)  # as it was elsewhere
        for problem in library.database.problems():
            yield message("library.database_problem", why=problem)
        for name in library.database.strange_tables():
            yield message("library.strange_table", table=name)
        yield from _histories(library, anchor)
        yield from _sessions(library)
        for name in library.damaged():
            yield message("library.entry_unreadable", session=name)
        for name in library.waiting:
            yield message("library.not_narrowed", session=name)
        if (stopped := encrypting.go_on(library)) is not None:
            yield stopped.message


def _histories(library: "Library", anchor: tuple[int, str] | None) -> Iterator[Message]:
    with library.database.reading() as held:
        wrong = audit.verified(held, anchor)
    if wrong:
        yield message(wrong)
    if not register.sound():
        yield message("library.register_changed", file=str(register_file.place()))


def _sessions(library: "Library") -> Iterator[Message]:
    with library.database.reading() as held:
        rows = held.execute(select(sessions.c.session_id, sessions.c.sealed_key)).all()
        sealing = consented.get_meta(held, saving.SEAL) is not None
        known = held.execute(select(files)).all()
    for row in known:
        home = folders.within(library.folder, row.session_id)
        if not _same(folders.within(home, row.name), row.sha256):
            yield message("library.file_changed", session=row.session_id, file=row.name)
    for session_id, key in rows:
        if sealing and key is None:
            yield message("library.not_encrypted_yet", session=session_id)


def _same(path: Path, sha256: str) -> bool:
    try:
        return hashlib.sha256(folders.read(path)).hexdigest() == sha256
    except (OSError, ValueError):
        return False
