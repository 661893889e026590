"""One practice goal of a therapist, carried from the session it was set in to the next ones.

Conventions
-----------
A goal is a row of the table ``ratings`` of the session it was set in (item ``goal``; `value` is 1
while it is open), so that it is sealed and erased with that session. It names one figure of the
therapist's to look at again and says in the person's own words what to try. Whether it was reached
nobody says here: the figure stands beside the band in which it would lie if nothing had changed.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from diarize.errors import Refused
from prosody import catalogue
from prosody.listening import behaviours
from prosody.report.trends import Line, Visit, trends
from prosody.store import written
from prosody.store.library import Entry, Library
from prosody.store.over_time import visits
from prosody.store.written import RATINGS, Written

__all__ = ["Goal", "choices", "close", "following", "open_at", "set_one"]

_ITEM = "goal"
_ROLE = "therapist"


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal: the figure it names (``cue`` or ``behaviour``, and which), and where it was set."""

    sort: str
    name: str
    text: str
    by: str
    session_id: str
    on: str
    n: int


def choices() -> tuple[tuple[str, str], ...]:
    """Give the figures that a goal may name: the headline cues and behaviours of the therapist."""
    cues = [("cue", c.name) for c in catalogue.headlines() if _ROLE in c.roles]
    kinds = [row.kind for row in behaviours.followed() if _ROLE in row.roles]
    return (*cues, *(("behaviour", kind) for kind in kinds))


def set_one(library: Library, session_id: str, sort: str, name: str, text: str, *, by: str) -> None:
    """Set a goal in a session; the one that was open is closed.

    Raises
    ------
    Refused
        If it is not known whose session it is, there is no such figure or no text, or somebody
        else's goal is open.
    """
    if library.entry(session_id).therapist_id is None:
        raise Refused("goal.nobody", session=session_id)
    if (sort, name) not in choices():
        raise Refused("goal.no_figure", name=name)
    if not text.strip():
        raise Refused("goal.no_text")
    if (before := open_at(library, session_id)) is not None:
        close(library, before, by=by)
    row = Written(_ITEM, 1.0, {"sort": sort, "name": name, "text": text.strip()}, by)
    written.put(library, session_id, RATINGS, [row])


def close(library: Library, goal: Goal, *, by: str) -> None:
    """Close a goal; raises as `prosody.store.written.change`."""
    detail = {"sort": goal.sort, "name": goal.name, "text": goal.text}
    row = Written(_ITEM, 0.0, detail, goal.by, n=goal.n)
    written.change(library, goal.session_id, RATINGS, row, by=by)


def open_at(library: Library, session_id: str) -> Goal | None:
    """Give the goal that is open in a session: the last that its therapist set until then.

    Raises
    ------
    Refused
        If there is no such session.
    """
    own = library.entry(session_id)
    if own.therapist_id is None:
        return None
    entries = [e for e in library.sessions({"therapist_id": own.therapist_id}) if e.on <= own.on]
    return _last(library, entries)


def _last(library: Library, entries: Iterable[Entry]) -> Goal | None:
    for entry in reversed([*entries]):
        try:
            rows = written.read(library, entry.session_id, RATINGS)
        except Refused:
            continue
        for row in reversed(rows):
            if row.item == _ITEM and row.value == 1:
                return _goal(row, entry)
    return None


def _goal(row: Written, entry: Entry) -> Goal:
    held = {name: str(row.detail.get(name, "")) for name in ("sort", "name", "text")}
    return Goal(**held, by=row.by, session_id=entry.session_id, on=entry.on, n=row.n)


def following(library: Library, session_id: str, goal: Goal) -> Line:
    """Give the goal's figure over the therapist's sessions until one, with the band of the earlier.

    Raises
    ------
    Refused
        If no session can be opened, or the figure is not among those followed.
    """
    own = library.entry(session_id)
    until = (own.on, own.session_id)
    every, _ = visits(library, str(own.therapist_id), "therapist")
    mine: list[Visit] = [v for v in every if (v.on, v.session_id) <= until]
    found = trends(mine, roles=(_ROLE,))
    wanted = (goal.sort, goal.name, _ROLE)
    line = next((x for x in found.lines if (x.sort, x.name, x.role) == wanted), None)
    if line is None:
        raise Refused("goal.no_figure", name=goal.name)
    return line
