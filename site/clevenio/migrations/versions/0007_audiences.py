"""Saved segments, exports of audiences, who was in them, and the links to fetch them."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """The tables of the audiences room."""
    op.create_table(
        "audience_segments",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("description", sa.String(length=300), nullable=False),
        sa.Column("criteria", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audience_segments")),
        sa.UniqueConstraint("name", name=op.f("uq_audience_segments_name")),
    )
    op.create_table(
        "audience_exports",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("vendor", sa.String(length=32), nullable=False),
        sa.Column("segment", sa.String(length=64), nullable=False),
        sa.Column("criteria", sa.JSON(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("ledger_position", sa.BigInteger(), nullable=False),
        sa.Column("notices", sa.JSON(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("rejects", sa.JSON(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audience_exports")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audience_exports_platform", "audience_exports", ["platform", "kind"], unique=False)
    op.create_table(
        "audience_memberships",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("export_id", sa.Integer(), nullable=False),
        sa.Column("has_email", sa.Boolean(), nullable=False),
        sa.Column("has_phone", sa.Boolean(), nullable=False),
        sa.Column("has_advertising_id", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["export_id"],
            ["audience_exports.id"],
            name=op.f("fk_audience_memberships_export_id_audience_exports"),
        ),
        sa.PrimaryKeyConstraint("person_id", "export_id", name=op.f("pk_audience_memberships")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audience_downloads",
        sa.Column("handle", sa.String(length=20), nullable=False),
        sa.Column("export_id", sa.Integer(), nullable=False),
        sa.Column("staff", sa.String(length=64), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["export_id"],
            ["audience_exports.id"],
            name=op.f("fk_audience_downloads_export_id_audience_exports"),
        ),
        sa.PrimaryKeyConstraint("handle", name=op.f("pk_audience_downloads")),
    )
