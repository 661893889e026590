"""What a session is filed under: ids, a date, and what else a manifest says of it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from prosody.option import LABELS, checked
from prosody.store import audit, rows
from prosody.store.schema import covariates, sessions

if TYPE_CHECKING:
    from prosody.store.library import Library

__all__ = ["file_under", "read_ids", "rekey"]


def read_ids(ids: Mapping[str, str | None]) -> dict[str, str | None]:
    """Read what a session is filed under, by the names of `prosody.option.LABELS`.

    Raises
    ------
    Refused
        If one cannot be what it says, such as a date that is none.
    """
    return {name: checked(LABELS[name], value) if value else None for name, value in ids.items()}


def file_under(
    library: "Library",
    session_id: str,
    ids: Mapping[str, str | None],
    more: Mapping[str, str | None] | None = None,
) -> bool:
    """File a session under other ids; no figure changes.

    Parameters
    ----------
    library : Library
        Where it is.
    session_id : str
        Which session.
    ids : mapping
        By the names of `prosody.option.LABELS`; what is not named stays, None takes away.
    more : mapping, optional
        Covariates by their names, likewise.

    Returns
    -------
    bool
        Whether anything changed.

    Raises
    ------
    Refused
        As `read_ids`; nothing is changed then.
    """
    ids = read_ids(ids)
    with library.database.reading() as held:
        row = library.row_of(held, session_id)
        mine = select(covariates.c.name, covariates.c.value)
        found = held.execute(mine.where(covariates.c.session_id == session_id)).all()
    old: dict[str, str | None] = {name: value for name, value in found}
    new = {name: value for name, value in {**old, **(more or {})}.items() if value is not None}
    changed = {name: value for name, value in ids.items() if getattr(row, name) != value}
    if not changed and new == old:
        return False
    with library.locked(), library.database.writing() as held:
        library.row_of(held, session_id)
        made = [{"n": n, "name": k, "value": v} for n, (k, v) in enumerate(sorted(new.items()), 1)]
        rows.renewed(held, session_id, {covariates: made})
        values = {**changed, "stamp": sessions.c.stamp + 1}
        held.execute(update(sessions).where(sessions.c.session_id == session_id).values(**values))
        audit.told(held, "filed", session_id)
    return True


def rekey(library: "Library", session_id: str, key: str) -> None:
    """Say under which key a session's report stands; the library is held."""
    with library.database.writing() as held:
        library.row_of(held, session_id)
        mine = sessions.c.session_id == session_id
        held.execute(update(sessions).where(mine).values(key=key))
