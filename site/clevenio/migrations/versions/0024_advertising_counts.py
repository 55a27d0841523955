"""Counts of signups and inquiries by campaign."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Make the table, without a row identifier of SQLite's own: rows tell no order."""
    op.create_table(
        "advertising_counts",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("campaign", sa.String(length=60), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "kind", "source", "campaign", name="pk_advertising_counts"),
        sqlite_with_rowid=False,
    )
