"""Which files a session in several is made of, by their hashes, as the register keeps it.

Conventions
-----------
What is said of a file's consent counts for every session that the file is a part of. The hash of a
session in several files is made of theirs, so that nobody can name a file as a part that is none.
"""

import hashlib
from collections.abc import Iterable, Sequence

from diarize.recording.register_file import reading, writing

__all__ = ["every", "grouped", "hash_of", "is_made_of", "join", "parts", "wholes"]


def hash_of(parts: Sequence[str], *, parallel: bool) -> str:
    """Give the hash of a session in several files, made of those of the files in their order."""
    order = "side by side" if parallel else "in order"
    return hashlib.sha256("\n".join([order, *parts]).encode()).hexdigest()


def is_made_of(whole: str, parts: Sequence[str]) -> bool:
    """Whether a session in several files is made of these, in this order.

    Examples
    --------
    >>> is_made_of(hash_of(["ab", "cd"], parallel=True), ["ab", "cd"]), is_made_of("ab", ["ab"])
    (True, False)
    """
    return whole in (hash_of(parts, parallel=each) for each in (True, False))


def join(whole: str, parts: Sequence[str]) -> None:
    """Keep of which files a session in several is made, each by its hash."""
    if set(parts) <= set(_pairs("part", "whole", whole)):
        return
    with writing() as held:
        rows = [(whole, part) for part in parts]
        held.executemany("INSERT OR IGNORE INTO together VALUES (?, ?)", rows)


def wholes(part: str) -> tuple[str, ...]:
    """Give the sessions in several files that a file is a part of, by their hashes."""
    return _pairs("whole", "part", part)


def parts(whole: str) -> tuple[str, ...]:
    """Give the files of a session in several, by their hashes, in their order."""
    return _pairs("part", "whole", whole)


def every() -> dict[str, tuple[str, ...]]:
    """Give the files of every session in several, by its hash."""
    return grouped(_rows("SELECT whole, part FROM together ORDER BY rowid"))


def grouped(pairs: Iterable[tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Give the files of each session, in the order of pairs of a session and one of its files.

    Examples
    --------
    >>> grouped([("ab", "1"), ("cd", "3"), ("ab", "2")])
    {'ab': ('1', '2'), 'cd': ('3',)}
    """
    found: dict[str, tuple[str, ...]] = {}
    for whole, part in pairs:
        found[whole] = (*found.get(whole, ()), part)
    return found


def _pairs(wanted: str, known: str, value: str) -> tuple[str, ...]:
    query = f"SELECT {wanted} FROM together WHERE {known} = ? ORDER BY rowid"  # as it was joined
    return tuple(found for (found,) in _rows(query, value))


def _rows(query: str, *values: str) -> list[tuple[str, ...]]:
    with reading() as held:
        if held is None or held.execute("PRAGMA user_version").fetchone() < (2,):
            return []
        return held.execute(query, values).fetchall()
