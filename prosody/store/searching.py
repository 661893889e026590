"""Questions to a whole library: which sessions, which words, how a figure goes over time.

Conventions
-----------
The database answers; no report is opened. Words are read and compared in memory, one session after
another, and no index of them is kept anywhere. A session whose consent does not allow it today is
not among the answers.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Row, select

from diarize.errors import Refused
from prosody.option import Option, checked
from prosody.store import consented
from prosody.store.saving import key_of, text_in
from prosody.store.schema import measures, sessions, turns, words

if TYPE_CHECKING:
    from prosody.store.library import Library

__all__ = ["BY", "Figure", "Hit", "figures", "search", "where"]

_DAYS = ("date", "since", "until")
_DAY = Option("where", "", "date")
# what a session can be asked for by: a column, and how it is compared
BY = ("session_id", "dyad_id", "therapist_id", "client_id", "date", "since", "until")


@dataclass(frozen=True, slots=True)
class Hit:
    """A turn in which words were found; its index counts from 0, as in a report."""

    session_id: str
    turn: int
    start_s: float
    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One session's value of one cue for one role; None where it is not available."""

    session_id: str
    on: str
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    unit: str
    reason_code: str | None


def where(asked: Mapping[str, str]) -> list[ColumnElement[bool]]:
    """Give what a session must be, by the names of `BY`; days as ISO dates.

    Raises
    ------
    Refused
        If there is no such name, or a day is none.
    """
    rules = []
    for name, given in asked.items():
        if name not in BY:
            raise Refused("library.no_such_column", name=name, known=BY)
        value = checked(_DAY, given) if name in _DAYS else given
        if name in ("since", "until"):
            rules.append(sessions.c.date >= value if name == "since" else sessions.c.date <= value)
        else:
            rules.append(sessions.c[name] == value)
    return rules


def search(
    library: "Library",
    wanted: str,
    asked: Mapping[str, str],
    *,
    lost: Callable[[Refused], None] = lambda refusal: None,
) -> Iterator[Hit]:
    """Find the turns that hold some words, upper and lower case alike.

    Parameters
    ----------
    library : Library
        Where to look.
    wanted : str
        The words, as they stand one after another.
    asked : mapping
        What the sessions must be, see `where`.
    lost : callable
        Told why a session's words cannot be read; the others are searched all the same.

    Raises
    ------
    Refused
        If there is no library, or its key is not at hand.
    """
    needle = " ".join(wanted.casefold().split())
    library.unlock()
    with library.opened() as held:
        given = consented.allowed_now(held)
        table = select(sessions).where(sessions.c.words_kept, *where(asked))
        for row in held.execute(table.order_by(sessions.c.session_id)).all():
            if row.sha256 not in given or "keep_words" not in given[row.sha256].scopes:
                continue
            try:
                with library.readable("words", row.session_id):
                    spoken = list(_spoken(library, held, row))
            except Refused as refusal:
                lost(refusal)
                continue
            yield from (hit for hit in spoken if needle in " ".join(hit.text.casefold().split()))


def _spoken(library: "Library", held: Connection, row: Row[Any]) -> Iterator[Hit]:
    """Read every turn of a session."""
    key = key_of(library, held, row)
    columns = (turns.c.n, turns.c.start_s, turns.c.role, words.c.body)
    same = (turns.c.session_id == words.c.session_id) & (turns.c.n == words.c.n)
    mine = turns.c.session_id == row.session_id
    joined = select(*columns).join(words, same).where(mine).order_by(turns.c.n)
    for n, start_s, role, body in held.execute(joined).all():
        yield Hit(row.session_id, n - 1, start_s, role, text_in(key, body))


def figures(
    library: "Library", cue: str, role: str, asked: Mapping[str, str]
) -> tuple[Figure, ...]:
    """Give a cue of one role over the sessions, oldest first.

    What a strange database has in the place of numbers and texts is left out.
    """
    on = sessions.c.date
    m = measures.c
    columns = (sessions.c.session_id, sessions.c.sha256, on, sessions.c.added_on)
    rule = [m.cue == cue, m.role == role, *where(asked)]
    table = select(*columns, m.value, m.low, m.high, m.count, m.unit, m.reason_code)
    with library.opened() as held:
        rows = held.execute(table.join_from(sessions, measures).where(*rule)).all()
        given = consented.allowed_now(held)
    found = [_figure(row) for row in rows if row[1] in given]
    return tuple(sorted(found, key=lambda f: (f.on, f.session_id)))


def _figure(row: Sequence[Any]) -> Figure:
    session_id, _, day, added_on = row[:4]
    *numbers, unit, reason = row[4:]
    on = _of(str, day) or _of(str, added_on) or ""
    value, low, high, n = (_of((int, float), number) for number in numbers)
    return Figure(session_id, on, value, low, high, n, _of(str, unit) or "", _of(str, reason))


def _of(kind: type | tuple[type, ...], cell: Any) -> Any:
    return cell if isinstance(cell, kind) else None
