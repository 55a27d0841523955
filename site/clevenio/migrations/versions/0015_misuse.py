"""Alerts about unusual logins and exports."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Alerts about unusual logins and exports."""
    op.create_table(
        "misuse_alerts",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("rule", sa.String(length=32), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("acknowledged_at", UtcDateTime(), nullable=True),
        sa.Column("acknowledged_by", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_misuse_alerts")),
        sa.UniqueConstraint("key", name=op.f("uq_misuse_alerts_key")),
    )
    op.create_index(
        op.f("ix_misuse_alerts_acknowledged_at"), "misuse_alerts", ["acknowledged_at"], unique=False
    )
    op.create_table(
        "misuse_read_up_to",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_misuse_read_up_to")),
    )
