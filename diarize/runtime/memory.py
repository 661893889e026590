"""Memory that is freed goes back to the system.

Conventions
-----------
glibc gives every thread a heap of its own and raises, from use to use, the size from which freed
blocks go back at once. Networks that are run side by side leave much of that behind: with one heap
and a fixed size a recording that is written down needs about 180 MB less at its peak, for no
measured time. Smaller blocks stay until they are asked for: after a step that made many, they are
given back by `trimmed`. Pages of a file that was mapped and read count as held until they are let
go of: an hour of sound is 230 MB, so who copies a cut out of it lets go of the rest (`let_go`).
Other libraries have no such switch, and are left as they are.

Python looks for cycles among all objects whenever many new ones are made. Where what is made are
records, which hold no cycles, and soon done, that finds nothing: `uncollected` puts it off.
"""

import ctypes
import gc
import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

__all__ = ["given_back", "let_go", "trimmed", "uncollected"]

_TRIM, _MMAP, _HEAPS = -1, -3, -8  # of malloc.h: M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX
_BLOCK = 8 << 20  # bytes, from which freed ones go back at once


@cache
def given_back() -> bool:
    """Let freed memory go back from here on; say whether the system's library knows how."""
    try:
        set_to = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):
        return False
    return all(set_to(*row) for row in ((_HEAPS, 1), (_MMAP, _BLOCK), (_TRIM, _BLOCK)))


class _Waiting:
    """How many threads wait for the collector to stay away, and whether it was at work before."""

    def __init__(self) -> None:
        self.lock, self.threads, self.was = Lock(), 0, False


_waiting = _Waiting()


@contextmanager
def uncollected() -> Iterator[None]:
    """Look for no cycles while the block lasts, or another like it in another thread."""
    with _waiting.lock:
        if not _waiting.threads:
            _waiting.was = gc.isenabled()
            gc.disable()
        _waiting.threads += 1
    try:
        yield
    finally:
        with _waiting.lock:
            _waiting.threads -= 1
            if not _waiting.threads and _waiting.was:
                gc.enable()


def let_go(*mapped: Any) -> None:
    """Give back the pages read of arrays that map a file: they are read again when asked for.

    Parameters
    ----------
    *mapped : ndarray
        Views of mapped files; others are left alone.
    """
    for array in mapped:
        file = _file_under(array)
        if file is not None:
            file.madvise(mmap.MADV_DONTNEED)


def trimmed(*mapped: Any) -> None:
    """Give back what was freed, and the pages read of arrays that map a file (`let_go`)."""
    let_go(*mapped)
    if given_back():
        ctypes.CDLL(None).malloc_trim(0)


def _file_under(array: Any) -> mmap.mmap | None:
    """Give the mapped file an array is a view of, unless writing to it leaves the file as it is."""
    if not hasattr(mmap, "MADV_DONTNEED"):
        return None
    while array is not None and not isinstance(array, mmap.mmap):
        if getattr(array, "mode", None) == "c":  # also where a plain view of such an array is given
            return None
        array = getattr(array, "base", None)
    return array
