"""Limits of sending that every sender draws from."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    """Limits of sending that every sender draws from."""
    op.create_table(
        "buckets",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("taken", sa.JSON(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_buckets")),
    )
    op.create_index(op.f("ix_buckets_until"), "buckets", ["until"])
