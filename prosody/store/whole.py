"""A session's folder appears whole or not at all.

Conventions
-----------
It is written beside its place under a name of its own and renamed into it; what was there before
steps aside first, and comes back if the new one cannot take its place. After a kill `recover` puts
the library right.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

__all__ = ["put", "recover"]

_WORK, _ASIDE = ".unfinished-", ".aside-"


def recover(folder: Path) -> None:
    """Undo what a killed run left: half-written sessions go, sessions set aside come back."""
    for leftover in folder.glob(_WORK + "*"):
        shutil.rmtree(leftover, ignore_errors=True)
    for aside in folder.glob(_ASIDE + "*"):
        place = folder / aside.name.removeprefix(_ASIDE)
        if place.exists():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.rename(place)


def put(
    place: Path,
    texts: Mapping[str, str],
    made: Mapping[str, Callable[[Path], None]],
    kept: Iterable[str],
) -> None:
    """Write a session's folder and put it in its place.

    Parameters
    ----------
    place : Path
        The folder, there already or not.
    texts : mapping of str to str
        Texts of files by name.
    made : mapping of str to callable
        What writes other files, by name; given the path.
    kept : iterable of str
        Files that stay as they are, where there are any.

    Raises
    ------
    OSError
        If it cannot be written; what was there is untouched.
    """
    work = Path(tempfile.mkdtemp(prefix=_WORK, dir=place.parent))
    try:
        for name, text in texts.items():
            (work / name).write_text(text, "utf-8")
        for name, write in made.items():
            write(work / name)
        for name in kept:
            if (place / name).exists():
                os.link(place / name, work / name)
        _seal(work)
        _swap(work, place)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _seal(work: Path) -> None:
    """Make files private and durable before they take their place."""
    for path in work.iterdir():
        path.chmod(0o600)
        with path.open("r+b") as file:  # Windows flushes only what it may write
            os.fsync(file.fileno())


def _swap(work: Path, place: Path) -> None:
    """Put a session's new folder in its place; one step cannot replace a full folder."""
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
