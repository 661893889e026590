"""What other programs read of a session, written when nobody waits for it.

After a correction the figures are shown first; ``report.html``, and the session's rows in the
tables that a library keeps in itself, follow some time after the last one, or when the server
stops. A server that is killed before leaves the session without its page, and both are written when
the session is opened next.
"""

import threading
from pathlib import Path

from diarize.errors import Refused
from prosody.batch.tables import renew_rows
from prosody.store import amend
from prosody.store.library import Library

__all__ = ["ensure", "finish", "later"]

_AFTER_S = 20.0
_waiting: dict[tuple[Path, str], threading.Timer] = {}
_held = threading.Lock()


def later(folder: Path, session_id: str) -> None:
    """Write page and rows of a session some seconds from now, counted from the last time asked."""
    one = (folder, session_id)
    timer = threading.Timer(_AFTER_S, _write, one)
    timer.daemon = True
    with _held:
        if (before := _waiting.get(one)) is not None:
            before.cancel()
        _waiting[one] = timer
    timer.start()


def ensure(folder: Path, session_id: str) -> None:
    """Write page and rows of a session that has no page, some seconds from now."""
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
    library = Library(folder)
    try:
        with library.locked():
            renew_rows(folder, session_id)
        amend.page_anew(library, session_id)  # last: as long as it is missing, both are due
    except (OSError, Refused):  # erased, withdrawn or held meanwhile: nothing to write, or later
        return
