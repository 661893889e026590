"""What people write about a session: comments on moments, judgements of their own, codes.

Conventions
-----------
Rows of the tables ``comments`` and ``ratings``. What a person wrote is as private as the words of
the session: it is sealed where the session is, erased with it, and never in the audit, which says
only who wrote. Each row has its number within the session; it is whoever wrote it who changes it.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from diarize.errors import Refused
from prosody.report import codec
from prosody.store import audit, consented, saving
from prosody.store.library import Library
from prosody.store.schema import comments, ratings

__all__ = ["COMMENTS", "RATINGS", "Table", "Written", "change", "put", "read", "take_away"]

COMMENTS, RATINGS = comments, ratings
_LONGEST = 4000  # letters of a text


@dataclass(frozen=True, slots=True)
class Written:
    """One row.

    Parameters
    ----------
    item : str
        What it is; of a comment its sort.
    value : float or None
        Of a rating, or seconds of the recording where a comment stands.
    detail : mapping
        What was written, as JSON has it.
    by, at : str
        The code of who wrote it, and when, in UTC.
    n : int
        Its number within the session and its table; 0 before it is kept.
    """

    item: str
    value: float | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    by: str = ""
    at: str = ""
    n: int = 0


def read(library: Library, session_id: str, table: Table) -> tuple[Written, ...]:
    """Give the rows of a session, oldest first.

    Raises
    ------
    Refused
        If there is no such session, or what was written cannot be read.
    """
    with library.opened() as held:
        row = library.row_of(held, session_id)
        key = library.key_of(held, row)
        mine = select(table).where(table.c.session_id == session_id).order_by(table.c.n)
        found = held.execute(mine).all()
    with library.readable("written", session_id):
        return tuple(_thawed(one._mapping, key) for one in found)


def _thawed(row: Mapping[Any, Any], key: bytes | None) -> Written:
    detail = codec.parsed(saving.text_in(key, row["body"]))
    item = row["item"] if "item" in row else detail.pop("item")
    value = row["value"] if "value" in row else row["start_s"]
    return Written(item, value, detail, row["by"], row["at"], row["n"])


def put(library: Library, session_id: str, table: Table, rows: Iterable[Written]) -> None:
    """Keep rows with a session, all or none; each is signed with its own `by`.

    Raises
    ------
    Refused
        If there is no such session, its consent was withdrawn, a text is too long, or the library
        cannot be written.
    """
    with library.locked(), library.database.writing() as held:
        key = _key(library, held, session_id)
        last = held.execute(
            select(func.max(table.c.n)).where(table.c.session_id == session_id)
        ).scalar()
        for n, row in enumerate(rows, (last or 0) + 1):
            values = {"session_id": session_id, "n": n, "by": row.by, "at": _now()}
            held.execute(insert(table), {**values, **_frozen(table, row, key)})
            audit.told(held, "wrote", session_id, who=row.by)


def change(library: Library, session_id: str, table: Table, row: Written, *, by: str) -> None:
    """Put a row in the place of the one of its number; only who wrote it may.

    Raises
    ------
    Refused
        As `put`, and if there is no such row or somebody else wrote it.
    """
    with library.locked(), library.database.writing() as held:
        key = _key(library, held, session_id)
        _own(held, session_id, table, row.n, by)
        values = {**_frozen(table, row, key), "at": _now()}
        held.execute(update(table).where(*_is(table, session_id, row.n)).values(**values))


def take_away(library: Library, session_id: str, table: Table, n: int, *, by: str) -> None:
    """Erase a row; only who wrote it may.

    Raises
    ------
    Refused
        As `change`.
    """
    with library.locked():
        with library.database.writing() as held:
            _key(library, held, session_id)
            _own(held, session_id, table, n, by)
            held.execute(delete(table).where(*_is(table, session_id, n)))
        library.database.scrub()


def _key(library: Library, held: Connection, session_id: str) -> bytes | None:
    row = library.row_of(held, session_id)
    consented.facts(held, row.sha256, session_id)
    return library.key_of(held, row)


def _own(held: Connection, session_id: str, table: Table, n: int, by: str) -> None:
    whose = held.execute(select(table.c.by).where(*_is(table, session_id, n))).scalar()
    if whose is None:
        raise Refused("written.gone", session=session_id)
    if whose != by:
        raise Refused("written.not_yours", by=whose)


def _frozen(table: Table, row: Written, key: bytes | None) -> dict[str, Any]:
    detail = dict(row.detail)
    plain = {"item": row.item, "value": row.value}
    if table is comments:
        detail["item"], plain = row.item, {"start_s": row.value}
    longest = max((len(v) for v in detail.values() if isinstance(v, str)), default=0)
    if longest > _LONGEST:
        raise Refused("written.too_long", n=longest, most=_LONGEST)
    body = saving.body(key, json.dumps(detail, ensure_ascii=False))
    return {**plain, "body": body}


def _is(table: Table, session_id: str, n: int) -> tuple[Any, ...]:
    return (table.c.session_id == session_id, table.c.n == n)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
