"""What the machine's list of processes shows of this one.

Conventions
-----------
Whoever has an account on a machine can see with what every process was started, and a recording may
be called what a person is called. What a person typed is overwritten in this process as soon as it
runs, where the system lets a process do so (Linux); the variables of a process are its owner's to
see alone.
"""

import ctypes
import sys
from collections.abc import Container
from contextlib import suppress
from pathlib import Path

__all__ = ["unlisted"]

_OWN = Path("/proc/self")
_FIRST, _LAST = 45, 46  # of what /proc/self/stat says behind the name: where arguments lie


def unlisted(shown: Container[str] = ()) -> None:
    """Take what this process was started with out of the machine's list of processes.

    Parameters
    ----------
    shown : container of str
        First arguments that stay, as the name of a command.
    """
    given = sys.argv[1:]
    kept = sys.orig_argv[: len(sys.orig_argv) - len(given)]
    kept += [word for word in given[:1] if word in shown]
    with suppress(OSError, ValueError, IndexError):
        held = (_OWN / "cmdline").read_bytes()
        where = (_OWN / "stat").read_bytes().rpartition(b")")[2].split()
        first, last = int(where[_FIRST]), int(where[_LAST])
        begins = sum(len(word) + 1 for word in held.split(b"\0")[: len(kept)])
        if len(held) == last - first and begins < len(held):
            ctypes.memset(first + begins, 0, len(held) - begins)
