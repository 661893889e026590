"""Scopes of a consent are rows, a place in a batch and a voice's key have columns of their own."""

import base64
from typing import Any

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0004"
down_revision = "0003"
_VOICE = "voice "  # with what facts began that held a voice's key: a name and a time followed


def upgrade() -> None:
    """Make the tables and carry over what stood in one text, row by row."""
    held = op.get_bind()
    _scopes(held)
    _places(held)
    _voices(held)


def _scopes(held: sa.Connection) -> None:
    """Nothing is said otherwise than it was: the rows of the history stay, under their numbers.

    The column goes before rows refer to the history: SQLite may have to write the table anew.
    """
    told = _rows(held, "SELECT n, scopes FROM consents ORDER BY n")
    with op.batch_alter_table("consents") as table:
        table.drop_column("scopes")
    scopes = op.create_table(
        "consent_scopes",
        sa.Column("consent", sa.Integer(), sa.ForeignKey("consents.n"), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("consent", "n"),
    )
    for row in told:
        each = filter(None, row.scopes.split(",") if isinstance(row.scopes, str) else ())
        op.bulk_insert(
            scopes, [{"consent": row.n, "n": n, "scope": one} for n, one in enumerate(each, 1)]
        )


def _places(held: sa.Connection) -> None:
    kept = [dict(row._mapping) for row in _rows(held, "SELECT * FROM jobs")]
    op.drop_table("jobs")
    optional = ("code", "session_id", "began_at", "ended_at")
    jobs = op.create_table(
        "jobs",
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=True) for name in optional),
        sa.PrimaryKeyConstraint("batch", "row"),
    )
    op.bulk_insert(jobs, [{c.name: row[c.name] for c in jobs.c} for row in kept])


def _voices(held: sa.Connection) -> None:
    keys = op.create_table(
        "voice_keys",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", "at"),
    )
    begins = {"begins": f"{_VOICE}%"}
    for row in _rows(held, "SELECT name, value FROM meta WHERE name LIKE :begins", **begins):
        name, _, at = row.name.removeprefix(_VOICE).partition(" ")
        key = base64.b64decode(row.value)
        op.bulk_insert(keys, [{"name": name, "at": at, "sealed_key": key}])
    held.execute(sa.text("DELETE FROM meta WHERE name LIKE :begins"), begins)


def _rows(held: sa.Connection, asked: str, **values: str) -> list[Any]:
    return list(held.execute(sa.text(asked), values).all())
