"""The agenda of a supervision: what to listen to together, in an order a person chose.

Conventions
-----------
Until somebody changes it the agenda is the list of moments of the report. From then on it is a
person's file, ``agenda.json`` in the session's folder, with who changed what and when. Items are
found again by time, so they outlive a new analysis; no sentence of the session is kept in them.
Why one was suggested follows from the report as it stands, never from what it said before.
Numbers of items count from 1, as they are shown.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from diarize.conversation import Utterance
from diarize.errors import Refused
from diarize.messages import Message, message
from diarize.timeline import Span
from prosody.listening.moments import Moment
from prosody.render import wording
from prosody.render.fill import filled
from prosody.render.listen_first import because
from prosody.report import codec
from prosody.report.model import Report
from prosody.settings import Playing
from prosody.store.library import AGENDA, Library
from prosody.store.written import Written

__all__ = [
    "Item",
    "add",
    "drop",
    "is_kept",
    "keep",
    "move",
    "near",
    "note",
    "of",
    "page",
    "suggested",
    "turns_at",
]

FILE = AGENDA
_PLAYING = Playing()
ADDED = message("agenda.added")
GONE = message("agenda.gone")


@dataclass(frozen=True, slots=True)
class Item:
    """One place to listen to; `why` is the rule's reason, `note` what a person wrote.

    `side` is ``strong``, ``discuss`` or ``added``; `by` and `on` say who changed it last and
    when, empty as long as nobody did.
    """

    start_s: float
    end_s: float
    side: str
    why: Message
    note: str = ""
    by: str = ""
    on: str = ""

    @property
    def span(self) -> Span:
        """Where it is."""
        return Span(self.start_s, self.end_s)


Items = tuple[Item, ...]


def of(folder: Path, session_id: str, report: Report) -> Items:
    """Give the agenda: what a person kept, or the report's moments.

    An item that is one of the report's moments, by time, shows that moment's present reason.

    Raises
    ------
    Refused
        If the session is not there or its agenda cannot be read.
    """
    try:
        kept = Library(folder).text(session_id, FILE)
        if kept is None:
            return tuple(_item(moment) for moment in report.moments)
        rows = tuple(_thawed(row) for row in codec.parsed(kept)["items"])
    except Refused:
        raise
    except Exception:  # whatever reading a damaged or hostile file raises, it harms this one alone
        raise Refused("agenda.unreadable", session=session_id, file=FILE) from None
    return tuple(_renewed(item, report) for item in rows)


def is_kept(folder: Path, session_id: str) -> bool:
    """Whether a person made the agenda theirs."""
    return Library(folder).text(session_id, FILE) is not None


def _item(moment: Moment) -> Item:
    return Item(moment.span.start, moment.span.end, moment.side, moment.reason)


def _thawed(row: dict[str, Any]) -> Item:
    """Read an item; why it is there follows from the report."""
    return Item(**{**row, "why": ADDED if row["side"] == "added" else GONE})


def _plain(item: Item) -> dict[str, Any]:
    return {**asdict(item), "why": str(item.why)}


def _renewed(item: Item, report: Report) -> Item:
    """Take reason and borders of the moment that an item is now; one that is gone says so."""
    if item.side == "added":
        return item
    found = next((m for m in report.moments if m.side == item.side and _same(item, m.span)), None)
    if found is None:
        return item
    return replace(item, start_s=found.span.start, end_s=found.span.end, why=found.reason)


def _same(item: Item, other: Span) -> bool:
    """Whether two places share half of the shorter one's time."""
    own = item.span
    return own.overlap(other) > _PLAYING.same_share * min(own.duration, other.duration)


def suggested(items: Items, report: Report) -> Items:
    """Give the report's moments that are not on the agenda."""
    rows = (_item(moment) for moment in report.moments)
    return tuple(row for row in rows if not any(_same(item, row.span) for item in items))


def keep(folder: Path, session_id: str, items: Items) -> None:
    """Keep an agenda with the session, whole or not at all.

    Raises
    ------
    Refused
        If there is no such session or the library cannot be written.
    """
    library = Library(folder)
    library.entry(session_id)
    text = json.dumps({"items": [_plain(i) for i in items]}, indent=1, ensure_ascii=False)
    with library.locked():
        library.keep_text(session_id, FILE, text + "\n")


def add(items: Items, turn: Utterance, *, by: str) -> Items:
    """Put a turn at the end."""
    row = Item(turn.span.start, turn.span.end, "added", ADDED, "", by, _today())
    return (*items, row)


def drop(items: Items, number: int) -> Items:
    """Take an item off.

    Raises
    ------
    Refused
        If there is no such item; so in `move` and `note`.
    """
    at = _at(items, number)
    return items[:at] + items[at + 1 :]


def move(items: Items, number: int, to: int, *, by: str) -> Items:
    """Move an item to another place."""
    at, there = _at(items, number), _at(items, to)
    rest = [*items[:at], *items[at + 1 :]]
    rest.insert(there, replace(items[at], by=by, on=_today()))
    return tuple(rest)


def note(items: Items, number: int, text: str, *, by: str) -> Items:
    """Write a question or note to an item; an empty text takes it away."""
    at = _at(items, number)
    row = replace(items[at], note=text.strip(), by=by, on=_today())
    return (*items[:at], row, *items[at + 1 :])


def _at(items: Items, number: int) -> int:
    if not 1 <= number <= len(items):
        raise Refused("agenda.no_such_item", number=number, count=len(items))
    return number - 1


def _today() -> str:
    return date.today().isoformat()


def turns_at(item: Item, report: Report) -> tuple[Utterance, ...]:
    """Give the turns in and around an item, for its words."""
    first, last = item.start_s - _PLAYING.context_s, item.end_s + _PLAYING.context_s
    return tuple(t for t in report.turns if t.span.start < last and t.span.end > first)


def near(item: Item, at_s: float) -> bool:
    """Whether a moment belongs to an item: it lies in it or in what is played around it."""
    return item.start_s - _PLAYING.context_s <= at_s <= item.end_s + _PLAYING.context_s


def page(items: Items, report: Report, *, session_id: str, beside: Iterable[Written] = ()) -> str:
    """Write the agenda as one self-contained HTML page to print, with space for writing.

    What people wrote at moments (`beside`) stands with the item it belongs to.
    """
    notes = sorted(beside, key=lambda row: row.value or 0.0)
    return filled(
        "agenda.html",
        title=str(message("page.agenda", session_id=session_id)),
        css="agenda.css",
        media=False,
        items=[_printed(number, item, report, notes) for number, item in enumerate(items, 1)],
    )


def _printed(number: int, item: Item, report: Report, notes: Iterable[Written]) -> dict[str, Any]:
    title = message(
        "page.agenda_item",
        number=number,
        start=item.start_s,
        end=item.end_s,
        side=wording.side(item.side),
    )
    turns = [
        {
            "at": wording.clock(turn.span.start),
            "who": wording.role(turn.role),
            "text": turn.text,
            "own": turn.span.overlap(item.span) > _PLAYING.same_share * turn.span.duration,
        }
        for turn in turns_at(item, report)
        if turn.text
    ]
    own = [
        {"at": wording.clock(n.value or 0.0), "by": n.by, "text": n.detail["text"]}
        for n in notes
        if near(item, n.value or 0.0)
    ]
    said = {"title": str(title), "why": because(item.why), "note": item.note}
    return {**said, "turns": turns, "beside": own}
