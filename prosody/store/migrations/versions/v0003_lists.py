"""What stood in one text with signs between stands as a list, or in columns of its own."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0003"
down_revision = "0002"
_COLUMNS = (
    ("sessions", "report_schema", sa.Integer),
    ("intents", "token", sa.Text),
    ("jobs", "batch", sa.Text),
    ("jobs", "row", sa.Integer),
)


def upgrade() -> None:
    """Add the columns and take the texts of sessions, intents and jobs apart, once and for all.

    The schema of a report that is there already is not known and need not be: no newer version
    wrote it.
    """
    for table, name, kind in _COLUMNS:
        op.add_column(table, sa.Column(name, kind(), nullable=True))
    held = op.get_bind()
    for row in _rows(held, "SELECT session_id, key, quality FROM sessions"):
        checks = [] if row.quality in (None, "ok") else row.quality.split()
        _change(
            held,
            "UPDATE sessions SET key = :key, quality = :quality WHERE session_id = :session_id",
            session_id=row.session_id,
            key=None if row.key is None else json.dumps(row.key.split("-")),
            quality=None if row.quality is None else json.dumps(checks),
        )
    for row in _rows(held, "SELECT n, dropped FROM intents"):
        token, *dropped = row.dropped.split(" ")
        _change(
            held,
            "UPDATE intents SET token = :token, dropped = :dropped WHERE n = :n",
            n=row.n,
            token=token,
            dropped=json.dumps([name for name in dropped if name]),
        )
    for row in _rows(held, "SELECT key FROM jobs"):
        batch, _, number = row.key.rpartition(" ")
        _change(
            held,
            'UPDATE jobs SET batch = :batch, "row" = :row WHERE key = :key',
            key=row.key,
            batch=batch,
            row=int(number),
        )
    for row in _rows(held, "SELECT value FROM meta WHERE name = 'register'"):
        number, _, digest = row.value.partition(" ")
        plain = json.dumps([int(number) if number.isdecimal() else 0, digest])
        _change(held, "UPDATE meta SET value = :value WHERE name = 'register'", value=plain)


def _rows(held: sa.Connection, asked: str) -> list[Any]:
    return list(held.execute(sa.text(asked)).all())


def _change(held: sa.Connection, change: str, **values: Any) -> None:
    held.execute(sa.text(change), values)
