"""Addresses from which a platform fetches an audience by itself."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    """The addresses, their credentials as hashes, and when they were used last."""
    op.create_table(
        "audience_pulls",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("handle", sa.String(length=20), nullable=False),
        sa.Column("username", sa.String(length=32), nullable=False),
        sa.Column("password", sa.String(length=64), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("segment_id", sa.Integer(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("pulled_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["segment_id"],
            ["audience_segments.id"],
            name=op.f("fk_audience_pulls_segment_id_audience_segments"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audience_pulls")),
        sa.UniqueConstraint("handle", name=op.f("uq_audience_pulls_handle")),
        sqlite_autoincrement=True,
    )
