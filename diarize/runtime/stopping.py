"""Stopping: Ctrl-C ends the program at once, and nothing half made stays behind.

Python's own answer to Ctrl-C, an exception wherever the program happens to be, is not dependable
here: raised inside a finaliser or a callback it is dropped and the run goes on to the end; raised
while a library is being imported it turns into another error or a crash. So the process ends on
the spot, and what must not stay is undone first.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

__all__ = ["CODE", "stop_at_once", "undone_if_stopped"]

CODE = 130
# Of a terminal that is closed a system knows one or the other.
_STOPS = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    if hasattr(signal, name)
)
_undo: list[Callable[[], object]] = []
_say: list[Callable[[], object]] = []


@contextmanager
def undone_if_stopped(undo: Callable[[], object]) -> Iterator[None]:
    """While the block runs, `undo` is what a stop does before the process ends.

    Parameters
    ----------
    undo : callable
        Removes what is half made. It may run at any point of the block, and never after it.
    """
    _undo.append(undo)
    try:
        yield
    finally:
        _undo.remove(undo)


def stop_at_once(say: Callable[[], object] = lambda: None) -> None:
    """Make Ctrl-C, ``kill`` and a closed terminal end this process with exit code 130.

    What is half made is undone. A program started with one of them switched off (by ``nohup`` or
    in the background) keeps it off, and so does what it starts; ``kill`` (SIGTERM) reaches them all
    the same.

    Parameters
    ----------
    say : callable
        Told once everything is undone, just before the process ends; it may run at any point of
        the program.
    """
    _say[:] = [say]
    for number in _STOPS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)


def _stop(_number: int, _frame: FrameType | None) -> None:
    for number in _STOPS:  # a second one must not cut the undoing short
        signal.signal(number, signal.SIG_IGN)
    try:
        for undo in reversed(_undo):
            with suppress(OSError):
                undo()
        for say in _say:
            say()
    finally:
        os._exit(CODE)  # whatever an undo of ours may raise, the process ends
