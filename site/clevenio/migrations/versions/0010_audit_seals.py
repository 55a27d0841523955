"""The audit trail's seals and checks, and entries by their time."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime
from clevenio.migrations.append_only import make_append_only

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """The audit trail's seals and checks, and entries by their time."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "audit_seals",
        sa.Column("id", number, autoincrement=True, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("signature", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_seals")),
    )
    op.create_table(
        "audit_checks",
        sa.Column("id", number, autoincrement=True, nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=True),
        sa.Column("findings", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_checks")),
    )
    op.create_index(op.f("ix_audit_entries_at"), "audit_entries", ["at"], unique=False)
    make_append_only("audit_seals")
