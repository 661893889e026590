"""Which files a session in several is made of, by their hashes, as the register keeps it.

Conventions
-----------
What is said of a file's consent counts for every session that the file is a part of.
"""

from collections.abc import Sequence

from diarize.recording.register import reading, writing

__all__ = ["join", "parts", "wholes"]


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
    """Give the files of a session in several, by their hashes."""
    return _pairs("part", "whole", whole)


def _pairs(wanted: str, known: str, value: str) -> tuple[str, ...]:
    with reading() as held:
        if held is None or held.execute("PRAGMA user_version").fetchone() < (2,):
            return ()
        query = f"SELECT {wanted} FROM together WHERE {known} = ? ORDER BY 1"
        return tuple(found for (found,) in held.execute(query, (value,)).fetchall())
