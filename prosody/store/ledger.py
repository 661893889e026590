"""The ledger of batches: what became of each recording, written as it goes.

Conventions
-----------
A row of `prosody.store.schema.jobs` is a recording of a batch. It names the row of the manifest and
the session, never a file or a person, and goes when the session is erased.
"""

import secrets
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, delete, func, insert, select, update

from diarize.errors import Refused
from prosody.store.schema import jobs

if TYPE_CHECKING:
    from prosody.store.library import Library

__all__ = ["RUNNING", "Line", "begun", "ended", "last", "opened"]

RUNNING = "running"


@dataclass(frozen=True, slots=True)
class Line:
    """One recording of a batch.

    Parameters
    ----------
    row : int
        Its place in the folder or manifest, from 1.
    status : str
        ``running``, or as of `prosody.batch.run.Outcome`. One still ``running`` after its batch
        ended was cut short.
    code, session_id : str, optional
        Why it failed; what is in the library now.
    began_at, ended_at : str, optional
        UTC.
    """

    row: int
    status: str
    code: str | None
    session_id: str | None
    began_at: str | None
    ended_at: str | None


def opened() -> str:
    """Give a new batch its name; later ones sort after it."""
    return f"{_now()} {secrets.token_hex(2)}"


def begun(library: "Library", batch: str, row: int) -> None:
    """Say that a recording is being analysed."""
    place = {"batch": batch, "row": row}
    line = {**place, "sha256": "", "status": RUNNING, "began_at": _now()}
    with library.database.writing() as held:
        held.execute(delete(jobs).where(*_at(batch, row)))
        held.execute(insert(jobs), line)


def ended(
    library: "Library",
    batch: str,
    row: int,
    status: str,
    *,
    code: str | None = None,
    session_id: str | None = None,
) -> None:
    """Say what became of it."""
    change = {"status": status, "code": code, "session_id": session_id, "ended_at": _now()}
    with library.database.writing() as held:
        held.execute(update(jobs).where(*_at(batch, row)).values(**change))


def last(library: "Library") -> tuple[Line, ...]:
    """Give the rows of the batch that was begun last.

    Raises
    ------
    Refused
        If there is no library, or no batch was ever begun in it.
    """
    with library.opened() as held:
        newest = held.execute(select(func.max(jobs.c.batch))).scalar()
        if newest is None:
            raise Refused("library.no_batch", folder=str(library.folder))
        own = [jobs.c[field.name] for field in fields(Line)]
        same = select(*own).where(jobs.c.batch == newest).order_by(jobs.c.row)
        return tuple(Line(**row) for row in held.execute(same).mappings())


def _at(batch: str, row: int) -> tuple[ColumnElement[bool], ...]:
    return jobs.c.batch == batch, jobs.c.row == row


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
