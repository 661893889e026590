"""A session's folder appears whole or not at all.

Conventions
-----------
It is written beside its place under a name of its own and renamed into it; what was there before
steps aside first, and comes back if the new one cannot take its place. After a kill `recover` puts
the library right.
"""

import os
import shutil
from pathlib import Path

__all__ = ["WORK", "recover", "seal", "swap"]

WORK, _ASIDE = ".unfinished-", ".aside-"


def recover(folder: Path) -> None:
    """Undo what a killed run left: half-written sessions go, sessions set aside come back."""
    for leftover in folder.glob(WORK + "*"):
        shutil.rmtree(leftover, ignore_errors=True)
    for aside in folder.glob(_ASIDE + "*"):
        place = folder / aside.name.removeprefix(_ASIDE)
        if place.exists():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.rename(place)


def seal(work: Path) -> None:
    """Make files private and durable before they take their place."""
    for path in work.iterdir():
        path.chmod(0o600)
        with path.open("r+b") as file:  # Windows flushes only what it may write
            os.fsync(file.fileno())


def swap(work: Path, place: Path) -> None:
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
