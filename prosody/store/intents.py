"""What is begun: changes of files that the database has decided and the disk may not have yet.

Conventions
-----------
A row each, written in the transaction that decides. `prosody.store.settling` does what it says, as
often as it takes, and takes it away when all is done.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from prosody.store.schema import intents, listed

__all__ = ["Begun", "any_begun", "begun", "done", "to_erase", "to_place"]

_PLACE, _ERASE = "place", "erase"


@dataclass(frozen=True, slots=True)
class Begun:
    """One row: files staged under `token` belong in the session, or all of it must go.

    `dropped` names files that the session has no more; `sha256` is of its recording, or empty.
    """

    n: int
    session_id: str
    sha256: str
    erases: bool
    token: str
    dropped: tuple[str, ...]


def to_place(
    held: Connection, session_id: str, *, token: str = "", dropped: Iterable[str] = ()
) -> None:
    """Say that staged files belong in a session, and which it has no more."""
    row = {"what": _PLACE, "session_id": session_id, "sha256": "", "token": token}
    held.execute(insert(intents), {**row, "dropped": json.dumps(list(dropped))})


def to_erase(held: Connection, session_id: str, sha256: str = "") -> None:
    """Say that the files of a session, and voices made from its recording, must go."""
    row = {"what": _ERASE, "session_id": session_id, "sha256": sha256, "token": ""}
    held.execute(insert(intents), {**row, "dropped": "[]"})


def any_begun(held: Connection) -> bool:
    """Whether there is any."""
    return held.execute(select(intents.c.n).limit(1)).first() is not None


def begun(held: Connection) -> tuple[Begun, ...]:
    """Give all, in their order."""
    found = []
    for row in held.execute(select(intents).order_by(intents.c.n)):
        names, erases = listed(row.dropped), row.what == _ERASE
        found.append(Begun(row.n, row.session_id, row.sha256, erases, str(row.token or ""), names))
    return tuple(found)


def done(held: Connection, rows: Iterable[Begun]) -> None:
    """Take away those that are done."""
    held.execute(delete(intents).where(intents.c.n.in_([row.n for row in rows])))
