"""The first tables."""

from typing import Any

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables as the first version had them."""
    _of_the_library()
    _sessions()
    _heard()
    _found()
    _said_by_people()


def _text(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=null)


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Float(), nullable=True)


def _whole(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=null)


def _truth(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _bytes(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary(), nullable=null)


def _named(table: str, key: str, *columns: sa.Column[Any]) -> None:
    op.create_table(table, _text(key), *columns, sa.PrimaryKeyConstraint(key))


def _counted(table: str, *columns: sa.Column[Any]) -> None:
    number = sa.Column("n", sa.Integer(), autoincrement=True, nullable=False)
    op.create_table(table, number, *columns, sa.PrimaryKeyConstraint("n"))


def _of_session(table: str, *columns: sa.Column[Any]) -> None:
    op.create_table(
        table,
        _text("session_id"),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        *columns,
        sa.ForeignKeyConstraint(["session_id"], ["sessions.session_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("session_id", "n"),
    )


def _by_recording(table: str) -> None:
    op.create_index(op.f(f"ix_{table}_sha256"), table, ["sha256"], unique=False)


def _of_the_library() -> None:
    _counted(
        "audit",
        _text("at"),
        _text("who"),
        _text("what"),
        _text("session_id", null=True),
        _text("digest"),
    )
    said = map(_text, ("at", "what", "by", "given_on", "scopes", "expires_on"))
    _counted("consents", _text("sha256"), *said)
    _by_recording("consents")
    _counted("tombstones", _text("sha256"), _text("session_id", null=True), _text("at"))
    _by_recording("tombstones")
    _counted("intents", *map(_text, ("what", "session_id", "sha256", "dropped")))
    _named(
        "jobs",
        "key",
        _text("sha256"),
        _text("status"),
        _text("code", null=True),
        _text("session_id", null=True),
        _text("began_at", null=True),
        _text("ended_at", null=True),
    )
    _named("meta", "name", _text("value"))


def _sessions() -> None:
    _named(
        "sessions",
        "session_id",
        _text("sha256"),
        _text("added_on"),
        _number("duration_s"),
        _text("dyad_id", null=True),
        _text("date", null=True),
        _text("therapist_id", null=True),
        _text("client_id", null=True),
        _text("key", null=True),
        _text("saved_at"),
        _whole("stamp"),
        _truth("words_kept"),
        _truth("sound_kept"),
        _bytes("sealed_key", null=True),
    )
    op.create_index("by_time", "sessions", ["date", "added_on"], unique=False)
    _by_recording("sessions")


def _heard() -> None:
    _of_session("files", _text("name"), _whole("bytes"), _text("sha256"))
    _of_session(
        "turns",
        _number("start_s"),
        _number("end_s"),
        _text("voice"),
        _text("role"),
        _text("kind"),
        _whole("words"),
    )
    _of_session("words", _bytes("body"))


def _found() -> None:
    _of_session(
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
        _truth("reliable"),
        _text("reason_code", null=True),
    )
    op.create_index("by_cue", "measures", ["cue", "role"], unique=False)
    _of_session(
        "events",
        _text("kind"),
        _text("role"),
        _number("start_s"),
        _number("end_s"),
        _number("confidence"),
        _text("evidence_code"),
        _whole("turn", null=True),
    )
    op.create_index("by_kind", "events", ["kind", "role"], unique=False)
    _of_session(
        "links",
        _text("behaviour"),
        _text("cue"),
        _text("role"),
        _whole("count", null=True),
        _number("difference"),
        _number("low"),
        _number("high"),
        _truth("reliable"),
        _text("reason_code", null=True),
    )


def _said_by_people() -> None:
    _of_session(
        "corrections",
        _text("kind"),
        _text("by"),
        _text("on"),
        _bytes("body"),
        _text("undone_by", null=True),
        _text("undone_on", null=True),
    )
    rated = map(_text, ("by", "at", "item"))
    _of_session("ratings", *rated, _number("value"), _bytes("body", null=True))
    written = (_number("start_s"), _bytes("body", null=True))
    _of_session("comments", _text("by"), _text("at"), *written)
    _counted(
        "goals",
        _text("therapist_id"),
        _text("by"),
        _text("at"),
        _text("cue", null=True),
        _bytes("body", null=True),
        _text("closed_at", null=True),
    )
