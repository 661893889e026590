"""A folder in which another program works with what a person said, gone when the work is over.

Conventions
-----------
Whoever works holds a lock in the folder. A killed process holds nothing: what it left is removed by
the next command, whatever that is, and by nobody but the account that made it.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from diarize.runtime.stopping import undone_if_stopped

__all__ = ["clear", "workplace"]

_PREFIX = "prosody-work-"
_HELD = "held"


@contextmanager
def workplace() -> Iterator[Path]:
    """Give an empty folder of mode 0700, which is removed with all that is in it afterwards."""
    from filelock import FileLock

    # Python's own such folder tries without end to remove what the system does not let go.
    place = Path(tempfile.mkdtemp(prefix=_PREFIX))
    undo = partial(shutil.rmtree, place, ignore_errors=True)
    try:
        with undone_if_stopped(undo), FileLock(place / _HELD):
            yield place
    finally:
        undo()


def clear() -> None:
    """Remove what killed processes of this account left."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):  # gone meanwhile, or another's
            if _own(folder) and (folder / _HELD).is_file():
                _unless_held(folder)


def _unless_held(folder: Path) -> None:
    from filelock import FileLock, Timeout  # which no command needs that finds nothing

    with suppress(Timeout):
        with FileLock(folder / _HELD, timeout=0):
            shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)  # where a file that is open cannot be removed


def _own(folder: Path) -> bool:
    """Whether it is a folder of this account; another's may be a trap."""
    about = folder.lstat()
    mine = not hasattr(os, "geteuid") or about.st_uid == os.geteuid()
    return folder.is_dir() and not folder.is_symlink() and mine
