"""Codes that people gave the therapist's turns of a session, and how far they agree.

Conventions
-----------
A rater's codes are one row of the table ``ratings`` (item ``codes``; `value` is 1 once the rater
is done). A mark says which kinds a stretch of time shows; it belongs to the therapist's turn that
lies most under it, so codes outlive a correction of roles or words. A turn without a mark shows
none of the kinds, once its rater is done. Raters see nothing of each other's codes until two are
done, and nobody who is still coding sees any: the pages and commands of this program keep to that;
the library itself is a file of this machine.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path

from diarize.conversation import Role, TurnKind, Utterance
from diarize.errors import Refused
from diarize.formats.elan import tiers
from diarize.messages import Message, message
from diarize.runtime.atomic import open_regular
from diarize.timeline import Span
from prosody.listening import behaviours
from prosody.listening.agreement import Agreement, Codes, compared
from prosody.report.model import Report
from prosody.settings import Intervals
from prosody.store import written
from prosody.store.library import Library
from prosody.store.written import RATINGS, Written

__all__ = [
    "TOOL",
    "Coding",
    "Mark",
    "agreements",
    "codable",
    "coded",
    "finish",
    "imported",
    "keep",
    "of_tool",
    "on_units",
    "read",
    "seen_by",
    "units",
    "why_not_the_tool",
]

TOOL = "tool"
_ITEM = "codes"
_MOST_BYTES = 5_000_000
_READ = ("turn", "start_s", "end_s", "codes")  # the columns that are read, of those a file may have


@dataclass(frozen=True, slots=True)
class Mark:
    """What a rater says of a stretch: its kinds, none where it shows none of them."""

    span: Span
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coding:
    """One rater's codes; `source` is ``page``, ``csv`` or ``eaf``, `n` the number of its row."""

    by: str
    marks: tuple[Mark, ...] = ()
    done: bool = False
    source: str = "page"
    n: int = 0


def codable() -> tuple[behaviours.Behaviour, ...]:
    """Give the kinds that a turn of the therapist can be given."""
    rows = (row for row in behaviours.of(Role.THERAPIST) if row.where == "turn")
    return tuple(row for row in rows if row.kind != TurnKind.BACKCHANNEL)  # no unit is one


def units(report: Report) -> tuple[Utterance, ...]:
    """Give what is coded: the therapist's turns, without backchannels, in order of time."""
    return tuple(
        t for t in report.turns if t.role == Role.THERAPIST and t.kind != TurnKind.BACKCHANNEL
    )


def read(library: Library, session_id: str) -> tuple[Coding, ...]:
    """Give every rater's codes; `seen_by` says which of them somebody may see.

    Raises
    ------
    Refused
        As `prosody.store.written.read`.
    """
    rows = written.read(library, session_id, RATINGS)
    with library.readable("written", session_id):
        return tuple(_coding(row) for row in rows if row.item == _ITEM)


def _coding(row: Written) -> Coding:
    marks = tuple(Mark(Span(a, b), tuple(kinds)) for a, b, kinds in row.detail["marks"])
    return Coding(row.by, marks, row.value == 1, str(row.detail["source"]), row.n)


def keep(library: Library, session_id: str, coding: Coding) -> None:
    """Keep a rater's codes in the place of those they gave before.

    Raises
    ------
    Refused
        If the rater was done already, or the library cannot be written.
    """
    before = next((c for c in read(library, session_id) if c.by == coding.by), None)
    if before is not None and before.done:
        raise Refused("codes.done_already", by=coding.by)
    marks = [[m.span.start, m.span.end, list(m.kinds)] for m in coding.marks]
    detail = {"marks": marks, "source": coding.source}
    row = Written(_ITEM, 1.0 if coding.done else 0.0, detail, coding.by)
    if before is None:
        written.put(library, session_id, RATINGS, [row])
    else:
        written.change(library, session_id, RATINGS, replace(row, n=before.n), by=coding.by)


def finish(library: Library, session_id: str, by: str) -> None:
    """Say that a rater is done with the codes they gave so far.

    Raises
    ------
    Refused
        As of :func:`keep`, or if they gave none.
    """
    own = next((c for c in read(library, session_id) if c.by == by), None)
    if own is None:
        raise Refused("codes.none_given", by=by)
    keep(library, session_id, replace(own, done=True))


def seen_by(codings: Iterable[Coding], viewer: str) -> tuple[Coding, ...]:
    """Give the codings that somebody may see: their own, and all that are done once two are.

    Who is still coding sees nobody else's.
    """
    every = tuple(codings)
    own = tuple(c for c in every if c.by == viewer)
    done = tuple(c for c in every if c.done)
    if any(not c.done for c in own) or len(done) < 2:
        return own
    return done


def on_units(coding: Coding, turns: Sequence[Utterance]) -> tuple[Codes, ...]:
    """Give the kinds of each turn: those of the marks of which it lies under the most."""
    given: list[set[str]] = [set() for _ in turns]
    for at, mark in _marked(coding, turns):
        given[at].update(mark.kinds)
    return tuple(frozenset(kinds) for kinds in given)


def coded(coding: Coding, turns: Sequence[Utterance]) -> int:
    """Count the turns of which a rater says something, be it that they show none of the kinds."""
    return len({at for at, _ in _marked(coding, turns)})


def _marked(coding: Coding, turns: Sequence[Utterance]) -> Iterator[tuple[int, Mark]]:
    """Give each mark with the place of its turn; one that lies on none is left out."""
    for mark in coding.marks:
        shared = [t.span.overlap(mark.span) for t in turns]
        most = max(shared, default=0.0)
        if most > 0:
            yield shared.index(most), mark


def of_tool(report: Report) -> tuple[Codes, ...]:
    """Give the kinds of each turn as the tool suggests them, or a person corrected them."""
    known = {row.kind for row in codable()}
    given: dict[int | None, set[str]] = {}
    for event in report.events:
        if event.kind in known and event.role == Role.THERAPIST:
            given.setdefault(event.utterance, set()).add(event.kind)
    return tuple(frozenset(given.get(t.index, ())) for t in units(report))


def agreements(
    report: Report, codings: Sequence[Coding], *, rules: Intervals = Intervals()
) -> tuple[tuple[str, str, tuple[Agreement, ...]], ...]:
    """Compare every two raters who are done, and each with the tool (`TOOL`).

    Returns
    -------
    tuple
        Of each pair both names and the agreement, all kinds together first.
    """
    turns = units(report)
    done = [(c.by, on_units(c, turns)) for c in codings if c.done]
    every = [*done, (TOOL, of_tool(report))]
    return tuple(
        (one, other, compared(a, b, rules=rules))
        for at, (one, a) in enumerate(done)
        for other, b in every[at + 1 :]
    )


def why_not_the_tool(report: Report) -> Message | None:
    """Say why the tool has nothing to be compared with, or None."""
    unread = next((t.reason for t in report.totals if t.n is None and t.reason), None)
    return message("codes.tool_unread", why=unread) if unread is not None else None


def imported(
    path: Path, report: Report, *, by: str, tier: str | None = None, whole: bool = False
) -> Coding:
    """Read a rater's codes from a file; they are done if it says something of every turn.

    Parameters
    ----------
    path : Path
        A CSV with the columns ``start_s``, ``end_s`` and ``codes`` or ``turn`` and ``codes``
        (kinds of behaviour, separated by spaces), or an ELAN file.
    report : Report
        Of the session, whose turns are meant by ``turn``.
    by : str
        The rater's code.
    tier : str, optional
        The tier of the ELAN file; needed where it has several and none is called ``codes``.
    whole : bool
        Whether they are done with it in any case: a turn it does not name shows none of the kinds.

    Raises
    ------
    Refused
        If it cannot be read, or names a kind or a turn that there is not.
    """
    source = path.suffix.lower().lstrip(".")
    if source not in ("csv", "eaf"):
        raise Refused("codes.not_read", file=path.name)
    try:
        with open_regular(path) as file:
            held = file.read(_MOST_BYTES + 1)
        if len(held) > _MOST_BYTES:
            raise Refused("codes.too_large", file=path.name, most=_MOST_BYTES)
        text = held.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "UTF-8"
        raise Refused("codes.unreadable", file=path.name, why=why) from None
    marks = _rows(path, text, report) if source == "csv" else _tier(path, text, tier)
    if not marks:
        raise Refused("codes.none", file=path.name)
    found, turns = Coding(by, tuple(marks), source=source), units(report)
    return replace(found, done=whole or coded(found, turns) == len(turns))


def _rows(path: Path, text: str, report: Report) -> list[Mark]:
    rows = csv.DictReader(StringIO(text), strict=True)
    turns = {turn.index: turn.span for turn in report.turns}
    marks = []
    try:
        heads = list(rows.fieldnames or ())
        names = set(heads)
        if "codes" not in names or not ({"start_s", "end_s"} <= names or "turn" in names):
            raise Refused("codes.columns", file=path.name, found=sorted(names))
        for name in _READ:
            if heads.count(name) > 1:  # which of the two is meant, nobody can know
                raise Refused("codes.column_twice", file=path.name, column=name)
        for row in rows:
            kinds = _kinds(path, row["codes"] or "")
            marks.append(Mark(_span(path, row, turns, rows.line_num), kinds))
    except csv.Error:
        raise Refused("codes.unreadable", file=path.name, why="CSV") from None
    return marks


def _span(path: Path, row: dict[str, str | None], turns: dict[int, Span], line: int) -> Span:
    try:
        if row.get("start_s") and row.get("end_s"):
            start, end = float(row["start_s"] or ""), float(row["end_s"] or "")
            if not 0 <= start < end < float("inf"):
                raise ValueError
            return Span(start, end)
        return turns[int(row.get("turn") or "")]
    except (KeyError, ValueError):
        raise Refused("codes.no_place", file=path.name, line=line) from None


def _tier(path: Path, text: str, wanted: str | None) -> list[Mark]:
    try:
        found = dict(tiers(text))
    except Refused as refusal:
        raise Refused("codes.unreadable", file=path.name, why=refusal.message) from None
    name = wanted if wanted is not None else ("codes" if len(found) != 1 else next(iter(found)))
    if name not in found:
        raise Refused("codes.no_tier", file=path.name, tier=name, found=sorted(found))
    return [Mark(span, _kinds(path, said)) for span, said in found[name] if span.duration > 0]


def _kinds(path: Path, text: str) -> tuple[str, ...]:
    known = {row.kind: row.kind for row in codable()} | {r.label.lower(): r.kind for r in codable()}
    whole = text.strip().lower()
    parts = [whole] if whole in known else [p for p in re.split(r"[\s;,]+", whole) if p]
    for part in parts:
        if part not in known and part not in ("other", "none"):
            kinds = [row.kind for row in codable()]
            raise Refused("codes.no_such", file=path.name, code=part, known=kinds)
    return tuple(dict.fromkeys(known[p] for p in parts if p in known))
