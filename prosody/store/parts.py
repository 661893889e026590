"""Of which files a session in several is made, as its library keeps it.

Conventions
-----------
What is said of the consent of one file counts for every session that it is a part of, on whatever
machine it is said; so a library takes along which files those are. A row counts only where the
session's hash follows from it: a library that somebody sent names no other recording as a part.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, insert, select, true

from diarize.recording import wholes
from prosody.store.schema import parts, sessions

__all__ = ["each", "every", "keep", "unkept"]


def keep(held: Connection, whole: str, files: Sequence[str]) -> None:
    """Keep the files that a session is made of, unless they are kept."""
    if not wholes.is_made_of(whole, files) or len(each(held, whole)) > 1:
        return
    rows = [{"whole": whole, "n": n, "part": part} for n, part in enumerate(files, 1)]
    held.execute(insert(parts), rows)


def each(held: Connection, sha256: str) -> tuple[str, ...]:
    """Give the hash of a recording, and of every file that it is made of."""
    return (sha256, *_made_of(held, parts.c.whole == sha256).get(sha256, ()))


def every(held: Connection) -> dict[str, tuple[str, ...]]:
    """Give the files of every session in several, by its hash."""
    return _made_of(held, true())


def _made_of(held: Connection, which: ColumnElement[bool]) -> dict[str, tuple[str, ...]]:
    wanted = select(parts.c.whole, parts.c.part).where(which).order_by(parts.c.whole, parts.c.n)
    found = wholes.grouped((str(whole), str(part)) for whole, part in held.execute(wanted))
    return {whole: files for whole, files in found.items() if wholes.is_made_of(whole, files)}


def unkept(held: Connection) -> dict[str, tuple[str, ...]]:
    """Give the files of sessions here as this machine knows them and the library does not."""
    known = wholes.every()
    if not known:
        return {}
    kept = every(held)
    here = held.execute(select(sessions.c.sha256)).scalars()
    return {whole: known[whole] for whole in here if whole in known and whole not in kept}
