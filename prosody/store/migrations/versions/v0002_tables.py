"""What tables for analysis need beside the figures: covariates, and three facts of a session."""

import sqlalchemy as sa
from alembic import op

__all__ = ["down_revision", "revision", "upgrade"]

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add them; of sessions that are there already the facts are read when they are asked for."""
    for name, kind in (("setting", sa.Text), ("quality", sa.Text), ("role_certainty", sa.Float)):
        op.add_column("sessions", sa.Column(name, kind(), nullable=True))
    op.create_table(
        "covariates",
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.session_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("session_id", "n"),
    )
