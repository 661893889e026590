"""The tables of a library.

Conventions
-----------
The database says which sessions there are, under which ids, what consents say of them, what people
corrected, and what was done; it holds a session's turns, words, measures, events and links so that
a library of thousands can be searched. Sound, frames and reports lie in a folder beside it. Every
row that belongs to a session goes with it. `body` is text of a session or of a person: as UTF-8,
or sealed with the session's own key where the library is encrypted. Histories (`consents` and their
scopes, `parts`, `tombstones`, `audit`) are only ever added to; the database refuses anything else.
No text holds several things with signs between: a list is a table of its own or JSON, a key of two
parts two columns.
"""

import json
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

__all__ = [
    "HEAD",
    "HISTORIES",
    "audit",
    "comments",
    "consent_scopes",
    "consents",
    "corrections",
    "covariates",
    "events",
    "files",
    "goals",
    "intents",
    "jobs",
    "links",
    "listed",
    "measures",
    "meta",
    "metadata",
    "parts",
    "ratings",
    "sessions",
    "tombstones",
    "turns",
    "voice_keys",
    "words",
]

HEAD = "0005"  # the revision in `migrations` that these tables are at
metadata = MetaData()


class _Bytes(LargeBinary):
    """Bytes as they were written; what is none, as a hostile database may hold, is empty."""

    def result_processor(self, dialect: Any, coltype: Any) -> Any:
        """Give what reads a value; the library's own would make a number into so many zeros."""
        return _bytes


def _bytes(value: Any) -> bytes | None:
    if value is None or isinstance(value, bytes):
        return value
    return bytes(value) if isinstance(value, memoryview) else b""


def listed(text: object) -> tuple[str, ...]:
    """Read a list of texts out of a column; what is none, as a hostile database may hold, is empty.

    Examples
    --------
    >>> listed('["a", "b"]'), listed("a b"), listed(None)
    (('a', 'b'), (), ())
    """
    try:
        found = json.loads(text) if isinstance(text, str) else ()
    except (ValueError, RecursionError):
        return ()
    return tuple(filter(lambda one: isinstance(one, str), found)) if isinstance(found, list) else ()


def _text(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, Text, nullable=null)


def _number(name: str) -> Column[float]:
    return Column(name, Float)


def _whole(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, Integer, nullable=null)


def _counted() -> Column[int]:
    return Column("n", Integer, primary_key=True, autoincrement=True)


def _of_session(name: str, *columns: Column[Any] | Index) -> Table:
    """Make a table of rows of a session, counted from 1 within it."""
    owner = ForeignKey("sessions.session_id", ondelete="CASCADE")
    return Table(
        name,
        metadata,
        Column("session_id", Text, owner, primary_key=True),
        Column("n", Integer, primary_key=True, autoincrement=False),
        *columns,
    )


meta = Table("meta", metadata, Column("name", Text, primary_key=True), _text("value"))

sessions = Table(
    "sessions",
    metadata,
    Column("session_id", Text, primary_key=True),
    Column("sha256", Text, nullable=False, index=True),
    _text("added_on"),
    _number("duration_s"),
    _text("dyad_id", null=True),
    _text("date", null=True),
    _text("therapist_id", null=True),
    _text("client_id", null=True),
    _text("key", null=True),  # what it follows from, part by part (`prosody.store.stages`)
    _text("setting", null=True),  # this and the next two as the report says, for tables
    _text("quality", null=True),  # a list of the checks that were not ok
    _number("role_certainty"),
    _text("saved_at"),  # UTC; a consent withdrawn later than this erases the session
    _whole("stamp"),  # grows with every change of what a viewer sees
    Column("words_kept", Boolean, nullable=False),
    Column("sound_kept", Boolean, nullable=False),
    Column("sealed_key", _Bytes),  # the session's own, sealed with the library's
    _whole("report_schema", null=True),
    Index("by_time", "date", "added_on"),
)

consents = Table(
    "consents",
    metadata,
    _counted(),
    Column("sha256", Text, nullable=False, index=True),
    _text("at"),
    _text("what"),  # as of `diarize.recording.register`
    _text("by"),
    _text("given_on"),
    _text("expires_on"),
)

consent_scopes = Table(
    "consent_scopes",
    metadata,
    Column("consent", Integer, ForeignKey("consents.n"), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),  # its place, from 1
    _text("scope"),
)

# of which files a session in several is made, by their hashes
parts = Table(
    "parts",
    metadata,
    Column("whole", Text, primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),  # its place, from 1
    _text("part"),
)

tombstones = Table(
    "tombstones",
    metadata,
    _counted(),
    Column("sha256", Text, nullable=False, index=True),
    _text("session_id", null=True),  # NULL: every session of the recording
    _text("at"),
)

# what a manifest says beside the columns that mean something to us, as it stands there
covariates = _of_session("covariates", _text("name"), _text("value"))
files = _of_session("files", _text("name"), _whole("bytes"), _text("sha256"))
turns = _of_session(
    "turns",
    _number("start_s"),
    _number("end_s"),
    _text("voice"),
    _text("role"),
    _text("kind"),
    _whole("words"),
)
words = _of_session("words", Column("body", _Bytes, nullable=False))
measures = _of_session(
    "measures",
    _text("cue"),
    _text("role"),
    _number("value"),
    _text("unit"),
    _number("part"),
    _number("whole"),
    _whole("count", null=True),
    _number("low"),
    _number("high"),
    Column("reliable", Boolean, nullable=False),
    _text("reason_code", null=True),
    Index("by_cue", "cue", "role"),
)
events = _of_session(
    "events",
    _text("kind"),
    _text("role"),
    _number("start_s"),
    _number("end_s"),
    _number("confidence"),
    _text("evidence_code"),
    _whole("turn", null=True),
    Index("by_kind", "kind", "role"),
)
links = _of_session(
    "links",
    _text("behaviour"),
    _text("cue"),
    _text("role"),
    _whole("count", null=True),
    _number("difference"),
    _number("low"),
    _number("high"),
    Column("reliable", Boolean, nullable=False),
    _text("reason_code", null=True),
)
corrections = _of_session(
    "corrections",
    _text("kind"),
    _text("by"),
    _text("on"),
    Column("body", _Bytes, nullable=False),
    _text("undone_by", null=True),
    _text("undone_on", null=True),
)
ratings = _of_session(
    "ratings",
    _text("by"),
    _text("at"),
    _text("item"),
    _number("value"),
    Column("body", _Bytes),
)
comments = _of_session(
    "comments", _text("by"), _text("at"), _number("start_s"), Column("body", _Bytes)
)
goals = Table(
    "goals",
    metadata,
    _counted(),
    _text("therapist_id"),
    _text("by"),
    _text("at"),
    _text("cue", null=True),
    Column("body", _Bytes),
    _text("closed_at", null=True),
)
jobs = Table(
    "jobs",
    metadata,
    Column("batch", Text, primary_key=True),
    Column("row", Integer, primary_key=True, autoincrement=False),
    _text("sha256"),
    _text("status"),
    _text("code", null=True),
    _text("session_id", null=True),
    _text("began_at", null=True),
    _text("ended_at", null=True),
)
audit = Table(
    "audit",
    metadata,
    _counted(),
    _text("at"),
    _text("who"),
    _text("what"),
    _text("session_id", null=True),
    _text("digest"),  # of this row and the digest before it
)
intents = Table(
    "intents",
    metadata,
    _counted(),
    _text("what"),  # place: files staged under `.unfinished-n` belong in the session; erase
    _text("session_id"),
    _text("sha256"),
    _text("dropped"),  # a list of the files that the new version has no more
    _text("token", null=True),
)

voice_keys = Table(
    "voice_keys",
    metadata,
    Column("name", Text, primary_key=True),  # of the voice
    Column("at", Text, primary_key=True),  # when its template was written
    Column("sealed_key", _Bytes, nullable=False),  # its own, sealed with the library's
)

HISTORIES = (consents, consent_scopes, parts, tombstones, audit)
