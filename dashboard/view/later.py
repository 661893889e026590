"""The page of a session's findings, written when nobody waits for it.

After a correction the figures are shown first; ``report.html``, which is for other programs, is
written some time after the last one, or when the server stops. A server that is killed before
leaves the session without it, and it is written when the session is opened next.
"""

import threading
from pathlib import Path

from diarize.errors import Refused
from prosody.store import amend
from prosody.store.library import Library

__all__ = ["ensure", "finish", "later"]

_AFTER_S = 20.0
_waiting: dict[tuple[Path, str], threading.Timer] = {}
_held = threading.Lock()


def later(folder: Path, session_id: str) -> None:
    """Write the page of a session some seconds from now, counted from the last time asked."""
    one = (folder, session_id)
    timer = threading.Timer(_AFTER_S, _write, one)
    timer.daemon = True
    with _held:
        if (before := _waiting.get(one)) is not None:
            before.cancel()
        _waiting[one] = timer
    timer.start()


def ensure(folder: Path, session_id: str) -> None:
    """Write the page of a session that has none, some seconds from now."""
    if (folder, session_id) not in _waiting and Library(folder).lacks_page(session_id):
        later(folder, session_id)


def finish() -> None:
    """Write now what waits."""
    for one in tuple(_waiting):
        _write(*one)


def _write(folder: Path, session_id: str) -> None:
    with _held:
        timer = _waiting.pop((folder, session_id), None)
    if timer is None:
        return
    timer.cancel()
    try:
        amend.page_anew(Library(folder), session_id)
    except (OSError, Refused):  # erased, withdrawn or held meanwhile: nothing to write, or later
        return
