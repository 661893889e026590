"""Who did what to which session: a history that shows whether it was changed.

Conventions
-----------
Each row holds a digest of itself and of the digest before it. The last number and digest are kept
in the register of this machine too, away from the library, so that rows cut off at the end are
missed. No row holds a word, a name or a path.
"""

import hashlib
import json
from contextlib import suppress
from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select

from diarize.errors import Refused
from diarize.recording import register
from prosody.store import consented
from prosody.store.schema import audit

__all__ = ["anchor", "head", "holds", "known", "told", "verified"]


def told(held: Connection, what: str, session_id: str | None = None, *, who: str = "user") -> None:
    """Add a row, in the transaction that does what it says."""
    number, before = head(held)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    digest = _digest(before, number + 1, at, who, what, session_id)
    row = {"n": number + 1, "at": at, "who": who, "what": what, "session_id": session_id}
    held.execute(insert(audit), {**row, "digest": digest})


def head(held: Connection) -> tuple[int, str]:
    """Give the last number and digest; 0 and an empty text where nothing was done."""
    row = held.execute(
        select(audit.c.n, audit.c.digest).order_by(audit.c.n.desc()).limit(1)
    ).first()
    return (0, "") if row is None else (row.n, row.digest)


def holds(held: Connection, anchor: tuple[int, str]) -> bool:
    """Whether the history still has a row that was kept elsewhere."""
    number, digest = anchor
    found = held.execute(select(audit.c.digest).where(audit.c.n == number)).scalar()
    return number == 0 or found == digest


def known(held: Connection, place: str) -> tuple[int, str] | None:
    """Give the head as this machine knows it, also of where the library was before."""
    called = consented.get_meta(held, "library") or ""
    return register.anchored(place) or register.moved(called)


def anchor(held: Connection, place: str) -> None:
    """Keep the last number and digest away from the library, if they are not kept yet.

    A history that was cut is not forgotten, also where the library was moved meanwhile:
    `prosody library check` tells.
    """
    called = consented.get_meta(held, "library") or ""
    here, before = register.anchored(place), known(held, place)
    kept = before if before is not None and not holds(held, before) else head(held)
    if here != kept:
        with suppress(Refused):
            register.anchor(place, *kept, called=called)


def verified(held: Connection, anchor: tuple[int, str] | None) -> str | None:
    """Say what is wrong with the history, as a code, or None.

    Parameters
    ----------
    held : Connection
        To the library.
    anchor : tuple of int and str, optional
        A number and digest that were kept elsewhere.
    """
    before, found = "", anchor is None or anchor[0] == 0
    for number, row in enumerate(held.execute(select(audit).order_by(audit.c.n)), 1):
        if row.n != number:
            return "library.audit_gap"
        before = _digest(before, row.n, row.at, row.who, row.what, row.session_id)
        if row.digest != before:
            return "library.audit_changed"
        found = found or (row.n, row.digest) == anchor
    return None if found else "library.audit_cut"


def _digest(before: str, *row: object) -> str:
    # `repr` is of what another program put there: no such row has the digest that it says
    return hashlib.sha256(json.dumps([before, *row], default=repr).encode()).hexdigest()
