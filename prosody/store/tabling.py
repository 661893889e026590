"""The rows of tables for analysis: the whole library, or part of it, a session after another.

Conventions
-----------
Every row begins with the keys of its session (`KEYS`). A value that is not there is None, and the
code of why stands beside it: under ``reason`` for the value of a measure or link, else as
`prosody.store.missing` says. Nothing here holds a
word of a session. A session whose consent does not allow it today has no row.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, count
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, select, update

from diarize.errors import Refused
from prosody import catalogue, spoilt
from prosody.analysis import Analysis
from prosody.catalogue import values_by_utterance
from prosody.cues.measure import Cue
from prosody.store import consented, searching
from prosody.store.missing import beside, coded, explained, explains, of_turn, why, with_text
from prosody.store.rows import facts_of
from prosody.store.schema import covariates, events, links, listed, measures, sessions

if TYPE_CHECKING:
    from prosody.store.library import Library

__all__ = ["KEYS", "TABLES", "Keys", "Lost", "Tabled", "headlines", "keys_of", "tidy"]

Row = dict[str, Any]
# Told of a session that cannot be read: its id, the table it is not in (empty: none), and why.
Lost = Callable[[str, str, Refused], None]
_PEOPLE = ("session_id", "dyad_id", "therapist_id", "client_id", "date")
_FACTS = ("setting", "quality", "role_certainty")
KEYS = (*_PEOPLE, "session_order", *_FACTS)
_MEASURE = (
    *("cue", "role", "value", "unit", "part", "whole"),
    *("n", "low", "high", "reliable", *coded("reason")),
)
_EVENT = ("event", "kind", "role", "start_s", "end_s", "confidence", *coded("evidence"), "turn")
_LINK = (
    *("behaviour", "cue", "role", "n", "difference"),
    *("low", "high", "reliable", *coded("reason")),
)
_TURN = ("turn", "start_s", "end_s", "role", "voice", "kind", "words")
# what stands behind the name of a headline figure in its columns, and which part of it that is
_ENDS = {"": "value", "_low": "low", "_high": "high", "_n": "count", "_reliable": "reliable"}
# the code of why a cell is empty, where no other is known
_GIVEN, _INTERVAL = "missing.not_given", "missing.no_interval"
_LACKING = {"value": "missing.not_measured", "low": _INTERVAL}
_KEYS_LACKING = dict.fromkeys(("dyad_id", "therapist_id", "client_id", "date"), _GIVEN)
_KEYS_LACKING["session_order"] = "missing.no_pair"
_OF_FIGURES = {"part": "missing.no_share", "whole": "missing.no_share", "low": _INTERVAL}


@dataclass(frozen=True, slots=True)
class Keys:
    """What every row of a session begins with, how long it is, and the columns of covariates."""

    plain: Mapping[str, Any]
    duration_s: float
    checks: tuple[str, ...] = ()  # that were not ok
    covariates: Mapping[str, str] = field(default_factory=dict)  # column of each

    @property
    def session_id(self) -> str:
        """Which session."""
        return str(self.plain["session_id"])


@dataclass(frozen=True, slots=True)
class Tabled:
    """One table.

    Parameters
    ----------
    columns : callable
        Names its columns after the keys, given a library.
    rows : callable
        Gives the rows of a session without its keys.
    lacking : callable
        Names the columns that may be empty, each with the code where no other reason is known.
    """

    columns: Callable[["Library"], tuple[str, ...]]
    rows: Callable[["Library", Keys], Iterator[Row]]
    lacking: Callable[["Library"], Mapping[str, str]] = lambda _: {}

    def names(self, library: "Library") -> tuple[str, ...]:
        """Name every column: the keys, its own, and beside each why it is empty."""
        codes = self.lacking(library)
        own = beside(self.columns(library), codes)
        return (*KEYS, *own, *(why(name) for name in KEYS if name in codes))

    def told(self, library: "Library") -> Callable[[Keys], Iterator[Row]]:
        """Give what gives the whole rows of a session."""
        codes = self.lacking(library)
        return lambda keys: (
            explained({**keys.plain, **row}, codes) for row in self.rows(library, keys)
        )


def tidy(name: str) -> str:
    """Name a column after a cue: no dots and no dashes, which R and formulas read otherwise.

    Examples
    --------
    >>> tidy("turns.response_latency")
    'turns_response_latency'
    """
    return "".join(c if c.isalnum() else "_" for c in name).lower()


def keys_of(
    library: "Library",
    where: Mapping[str, str],
    lost: Lost = lambda *_: None,
) -> tuple[Keys, ...]:
    """Give the keys of every session, oldest first.

    Parameters
    ----------
    library : Library
        Whose sessions.
    where : mapping
        What they must be, by the names of `prosody.store.searching.BY`.
    lost : callable
        Told of a session that cannot be read; it has no row in any table.
    """
    with library.opened() as held:
        given = consented.allowed_now(held)
        every = held.execute(select(sessions)).all()
        wanted = {
            row.session_id
            for row in held.execute(select(sessions.c.session_id).where(*searching.where(where)))
        }
    numbered: Counter[str] = Counter()
    named, found = _covariates(library), []
    for row in sorted(every, key=lambda row: (str(row.date or row.added_on), row.session_id)):
        if row.dyad_id is not None:
            numbered[row.dyad_id] += 1
        if row.session_id not in wanted or row.sha256 not in given:
            continue
        order = numbered[row.dyad_id] if row.dyad_id is not None else None
        try:
            older = row.role_certainty is None
            known = _read(library, row.session_id) if older else row._mapping
        except Refused as why:
            lost(row.session_id, "", why)
            continue
        facts = {name: known[name] for name in _FACTS}
        checks = listed(facts["quality"])
        facts["quality"] = " ".join(checks) or "ok"  # in a cell of a table
        plain = {name: getattr(row, name) for name in _PEOPLE} | {"session_order": order} | facts
        found.append(Keys(plain, row.duration_s, checks, named))
    return tuple(found)


def _read(library: "Library", session_id: str) -> dict[str, Any]:
    """Read the facts of a session that an older version saved, and keep them."""
    facts = facts_of(library.load(session_id))
    with library.database.writing() as held:
        held.execute(update(sessions).where(sessions.c.session_id == session_id).values(**facts))
    return facts


def _own(library: "Library", table: Table, keys: Keys) -> list[Any]:
    with library.opened() as held:
        mine = select(table).where(table.c.session_id == keys.session_id).order_by(table.c.n)
        return list(held.execute(mine).all())


# Sessions ---------------------------------------------------------------------------------------


def headlines() -> dict[str, tuple[Cue, str, str]]:
    """Give the columns of the headline figures: each one's cue, role, and part of the measure."""
    return {
        f"{tidy(cue.name)}_{role}{end}": (cue, role, part)
        for cue in catalogue.headlines()
        for role in cue.roles
        for end, part in _ENDS.items()
    }


def _of_sessions(library: "Library") -> tuple[str, ...]:
    return ("duration_s", *headlines(), *_covariates(library).values())


def _covariates(library: "Library") -> dict[str, str]:
    """Give the column of each covariate; names that differ in nothing else are numbered."""
    with library.opened() as held:
        own = held.execute(select(covariates.c.name).distinct().order_by(covariates.c.name))
        names = list(own.scalars())
    columns = dict[str, str]()
    taken = set[str]()
    for name in names:
        plain = f"x_{tidy(name)}"
        tried = chain((plain,), (f"{plain}_{n}" for n in count(2)))
        column = next(c for c in tried if explains(c) is None and not taken & {c, why(c)})
        columns[name] = column
        taken |= {column, why(column)}
    return columns


def _session(library: "Library", keys: Keys) -> Iterator[Row]:
    row: Row = {"duration_s": keys.duration_s}
    found = {(own.cue, own.role): own for own in _own(library, measures, keys)}
    for name, (cue, role, part) in headlines().items():
        if (own := found.get((cue.name, role))) is not None:
            row[name] = getattr(own, part)
            if part in _LACKING:
                row[why(name)] = own.reason_code
    kept = _own(library, covariates, keys)
    row |= {keys.covariates[own.name]: own.value for own in kept if own.name in keys.covariates}
    yield row


def _of_sessions_lacking(library: "Library") -> dict[str, str]:
    headed = {name: _LACKING[part] for name, (*_, part) in headlines().items() if part in _LACKING}
    return headed | dict.fromkeys(_covariates(library).values(), _GIVEN) | _KEYS_LACKING


# What was found in them -------------------------------------------------------------------------


def _measures(library: "Library", keys: Keys) -> Iterator[Row]:
    for own in _own(library, measures, keys):
        row = {name: getattr(own, name) for name in _MEASURE if name in measures.c}
        yield row | _because(own) | {"n": own.count} | with_text("reason", own.reason_code)


def _because(own: Any) -> Row:
    """Say of a figure without a value that the rest of it is missing for the same reason."""
    return {why(name): own.reason_code for name in _OF_FIGURES if own.value is None}


def _turns(library: "Library", keys: Keys) -> Iterator[Row]:
    heard = library.record(keys.session_id).now
    frames = library.frames(keys.session_id)
    talk = heard.conversation
    analysis = Analysis(talk, frames, heard.settings, (), heard.read, heard.outputs)
    notes = heard.facts.notes
    values = spoilt.of_turns(values_by_utterance(analysis), notes)
    code = of_turn(analysis, spoilt.withheld_by(notes))
    for turn in talk.utterances:
        row = {
            "turn": turn.index,
            "start_s": turn.span.start,
            "end_s": turn.span.end,
            "role": str(turn.role),
            "voice": turn.voice,
            "kind": str(turn.kind),
            "words": len(turn.words) if talk.has_words else None,
        }
        for cue in catalogue.of_turns():
            row[tidy(cue.name)] = value = values[turn.index].get(cue.name)
            row[why(tidy(cue.name))] = code(cue, turn) if value is None else None
        yield row


def _of_turns(_: "Library") -> tuple[str, ...]:
    return (*_TURN, *(tidy(row.name) for row in catalogue.of_turns()))


def _of_turns_lacking(_: "Library") -> dict[str, str]:
    cues = (tidy(row.name) for row in catalogue.of_turns())
    return {"words": "measure.no_transcript", **dict.fromkeys(cues, "measure.unknown")}


def _events(library: "Library", keys: Keys) -> Iterator[Row]:
    for own in _own(library, events, keys):
        row = {name: getattr(own, name) for name in _EVENT if name in events.c}
        yield row | {"event": own.n} | with_text("evidence", own.evidence_code)


def _links(library: "Library", keys: Keys) -> Iterator[Row]:
    for own in _own(library, links, keys):
        row = {name: getattr(own, name) for name in _LINK if name in links.c}
        row[why("low")] = own.reason_code if own.difference is None else None
        yield row | {"n": own.count} | with_text("reason", own.reason_code)


TABLES: dict[str, Tabled] = {
    "sessions": Tabled(_of_sessions, _session, _of_sessions_lacking),
    "measures": Tabled(lambda _: _MEASURE, _measures, lambda _: _OF_FIGURES),
    "turns": Tabled(_of_turns, _turns, _of_turns_lacking),
    "events": Tabled(lambda _: _EVENT, _events, lambda _: {"turn": "missing.between_turns"}),
    "links": Tabled(lambda _: _LINK, _links, lambda _: {"low": _INTERVAL}),
}
