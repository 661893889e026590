"""Disk: a file is written whole or not at all, and what cannot be done is said in one line.

Conventions
-----------
A file is written beside its place, made durable and renamed into it, and its folder is made durable
after that, so that a kill or a full disk leaves what was there before. Files are private (mode
0600); what a kill leaves is called `WRITING` and something, so that it can be told and taken away.
"""

import errno
import hashlib
import os
import stat
import tempfile
from collections.abc import Callable
from io import BufferedReader, FileIO
from pathlib import Path
from typing import IO, Any

from diarize.errors import Refused
from diarize.runtime.stopping import undone_if_stopped

__all__ = [
    "SMALL_BYTES",
    "WRITING",
    "confirmed",
    "digest_of",
    "make_durable",
    "open_regular",
    "open_unlinked",
    "private_folder",
    "read_small",
    "real",
    "sha256_of",
    "write_whole",
]

WRITING = ".writing-"
SMALL_BYTES = 32 * 2**20
_LARGEST_BYTES = 16 * 2**30  # hashed in half a minute; six hours of stereo in 24 bits have 6


class _Told(FileIO):
    """A file that says in one line what the disk does not give, whoever reads it."""

    def readinto(self, into: Any, /) -> int | None:
        """Read into a buffer, as every other way of reading does."""
        try:
            return super().readinto(into)
        except OSError as error:
            raise Refused("disk.unreadable", file=str(self.name), why=error.strerror) from None

    def readall(self) -> bytes:
        """Read to the end."""
        try:
            return super().readall()
        except OSError as error:
            raise Refused("disk.unreadable", file=str(self.name), why=error.strerror) from None


def open_regular(path: Path) -> BufferedReader:
    """Open a file for reading.

    Raises
    ------
    Refused
        If the path is not a regular, readable file, and later where reading fails half way; a pipe
        or device is never opened.
    """
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            kind = "disk.folder" if stat.S_ISDIR(mode) else "disk.not_regular"
            raise Refused(kind, file=str(path))
        return BufferedReader(_Told(path, "rb", opener=_at_once))
    except FileNotFoundError:
        raise Refused("disk.missing", file=str(path)) from None
    except OSError as error:
        raise Refused("disk.unreadable", file=str(path), why=error.strerror) from None


def _at_once(path: str, flags: int) -> int:
    """Open without waiting, so that a pipe put in a file's place meanwhile cannot hang us."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def open_unlinked(path: Path, flags: int) -> int:
    """Open a file, never through a link, and give its handle; a new file is this account's alone.

    Raises
    ------
    OSError
        If it cannot be opened, or is a link.
    """
    own = getattr(os, "O_NOFOLLOW", None)
    if own is None and path.is_symlink():  # where the system itself would follow it
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    return os.open(path, flags | (own or 0), 0o600)


def read_small(path: Path, *, most_bytes: int = SMALL_BYTES) -> bytes:
    """Read a file that is small if it is what it should be: a table, a record, rules.

    Raises
    ------
    Refused
        As of `open_regular`, and if it holds more than `most_bytes`.
    """
    with open_regular(path) as file:
        held = file.read(most_bytes + 1)
    if len(held) > most_bytes:
        raise Refused("disk.too_large", file=str(path), largest_mib=most_bytes / 2**20)
    return held


def sha256_of(path: Path, *, most_bytes: int = _LARGEST_BYTES) -> str:
    """SHA-256 of a file's bytes, read in blocks.

    Raises
    ------
    Refused
        As of `open_regular`, and if it holds more than `most_bytes`.
    """
    with open_regular(path) as file:
        if os.fstat(file.fileno()).st_size > most_bytes:  # a sparse file has any length
            raise Refused("disk.too_large", file=str(path), largest_mib=most_bytes / 2**20)
        return digest_of(file)


def digest_of(file: BufferedReader) -> str:
    """SHA-256 of what an open file holds from here on, read in blocks."""
    return hashlib.file_digest(file, "sha256").hexdigest()


def real(path: Path) -> Path:
    """Give where a path leads; links that lead in a circle lead nowhere, and are no fault."""
    return Path(os.path.realpath(path))


def private_folder(folder: Path) -> None:
    """Make a folder, and those above it that are not there, for this account alone.

    Raises
    ------
    OSError
        If one cannot be made, or something else lies there.
    """
    for each in reversed(folder.parents):
        if not each.exists():
            each.mkdir(mode=0o700, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)


def make_durable(folder: Path) -> None:
    """Make what was renamed into a folder, or taken out of it, outlast a power cut."""
    if not hasattr(os, "O_DIRECTORY"):  # a folder cannot be opened there: renames are journalled
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_whole(path: Path, fill: bytes | str | Callable[[IO[bytes]], object]) -> None:
    """Write a file whole or not at all.

    Parameters
    ----------
    path : Path
        Its folder must be there.
    fill : bytes, str or callable
        What to write, text as UTF-8; or a function that writes into the open file. What it
        raises leaves the old file in place.

    Raises
    ------
    Refused
        If the file cannot be written, or is there and the disk does not confirm it.
    """
    temporary = None

    def undo() -> None:
        if temporary is not None:
            temporary.unlink(missing_ok=True)

    try:
        with undone_if_stopped(undo):
            with tempfile.NamedTemporaryFile(
                "wb", prefix=WRITING, dir=path.parent, delete=False
            ) as file:
                temporary = Path(file.name)
                if callable(fill):
                    fill(file)
                else:
                    file.write(fill.encode("utf-8") if isinstance(fill, str) else fill)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            temporary = None
    except OSError as error:
        raise Refused("disk.cannot_write", file=str(path), why=error.strerror) from None
    finally:
        undo()
    confirmed(path)


def confirmed(path: Path) -> None:
    """Make what was just written outlast a power cut.

    Raises
    ------
    Refused
        If the disk does not confirm it: it is there all the same.
    """
    try:
        make_durable(path if path.is_dir() else path.parent)
    except OSError as error:
        raise Refused("disk.unconfirmed", file=str(path), why=error.strerror) from None
