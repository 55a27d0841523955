"""Expired chains of the ledger may go whole, by permit, and leave a tombstone."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime
from clevenio.migrations.append_only import allow_removal_by_permit, make_append_only

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Expired chains of the ledger may go whole, by permit, and leave a tombstone."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "consent_tombstones",
        sa.Column("id", number, autoincrement=True, nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("signature", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_tombstones")),
    )
    op.create_table(
        "consent_buried_links",
        sa.Column("number", number, autoincrement=False, nullable=False),
        sa.Column("tombstone", number, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["tombstone"],
            ["consent_tombstones.id"],
            name=op.f("fk_consent_buried_links_tombstone_consent_tombstones"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_consent_buried_links")),
    )
    op.create_index(op.f("ix_consent_buried_links_tombstone"), "consent_buried_links", ["tombstone"])
    op.create_table(
        "consent_removal_permits",
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_consent_removal_permits")),
    )
    make_append_only("consent_tombstones")
    make_append_only("consent_buried_links")
    allow_removal_by_permit("consent_decisions", "consent_removal_permits", "subject")
