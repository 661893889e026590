"""How many suggestions the people of a library confirmed, of all that they judged, by kind."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import chain, groupby
from types import MappingProxyType

from sqlalchemy import select

from diarize.errors import Refused
from prosody.store import saving
from prosody.store.corrections import Correction
from prosody.store.library import Library
from prosody.store.schema import corrections

__all__ = ["confirmed"]

_JUDGED = ("confirm", "remove", "change")


def confirmed(
    library: Library, now: Mapping[str, Sequence[Correction]] = MappingProxyType({})
) -> dict[str, tuple[int, int]]:
    """Count, by kind, the suggestions that people confirmed, and all that they judged.

    What a person added by themselves was no suggestion; what was taken back counts nothing, nor
    does a session whose corrections cannot be read. `now` gives those of sessions that are about
    to be saved.
    """
    counts: dict[str, tuple[int, int]] = {}
    for row in chain.from_iterable({**_rows(library), **now}.values()):
        action = row.detail.get("action")
        if row.kind != "behaviour" or row.undone_by or action not in _JUDGED:
            continue
        yes, of = counts.get(row.detail["behaviour"], (0, 0))
        counts[row.detail["behaviour"]] = yes + (action == "confirm"), of + 1
    return counts


def _rows(library: Library) -> dict[str, Sequence[Correction]]:
    """Give what people said of behaviours, by session."""
    if not library.begun:
        return {}
    found: dict[str, Sequence[Correction]] = {}
    mine = corrections.c.kind == "behaviour"
    order = corrections.c.session_id, corrections.c.n
    with library.opened() as held:
        rows = held.execute(select(corrections).where(mine).order_by(*order)).all()
        for name, own in groupby(rows, key=lambda row: str(row.session_id)):
            with suppress(Refused), library.readable("corrections", name):
                key = library.key_of(held, library.row_of(held, name))
                found[name] = saving.corrections_of(list(own), key)
    return found
