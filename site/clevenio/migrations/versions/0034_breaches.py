"""The register of personal data breaches: entries and what is added to them, never changed or removed."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime
from clevenio.migrations.append_only import make_append_only

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    """Both tables may only grow."""
    op.create_table(
        "breaches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("opened_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breaches")),
    )
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "breach_additions",
        sa.Column("id", number, autoincrement=True, nullable=False),
        sa.Column("breach", sa.Uuid(), nullable=False),
        sa.Column("aspect", sa.String(length=16), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("moment", UtcDateTime(), nullable=True),
        sa.Column("decision", sa.String(length=16), nullable=True),
        sa.Column("delay", sa.Text(), nullable=True),
        sa.Column("people", sa.BigInteger(), nullable=True),
        sa.Column("records", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach_additions")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_breach_additions_breach"), "breach_additions", ["breach"])
    make_append_only("breaches")
    make_append_only("breach_additions")
