"""The consent ledger: notices, decisions, heads, standing and seals."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime
from clevenio.migrations.append_only import make_append_only

revision = "0001"
down_revision = None


def upgrade() -> None:
    """The consent ledger: notices, decisions, heads, standing and seals."""
    op.create_table(
        "consent_notices",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_notices")),
    )
    op.create_table(
        "consent_decisions",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("purpose", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("basis", sa.String(length=16), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("notice", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice"], ["consent_notices.id"], name=op.f("fk_consent_decisions_notice_consent_notices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_decisions")),
        sa.UniqueConstraint("subject", "sequence", name=op.f("uq_consent_decisions_subject")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "consent_heads",
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_consent_heads")),
    )
    op.create_table(
        "consent_standing",
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("basis", sa.String(length=16), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("notice", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("subject", "purpose", name=op.f("pk_consent_standing")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_consent_standing_purpose_state",
        "consent_standing",
        ["purpose", "state", "subject", "basis", "notice"],
        unique=False,
    )
    op.create_table(
        "consent_seals",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("signature", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_seals")),
    )
    # The same wording is archived by whoever shows it first; to come second is no fault.
    make_append_only("consent_notices", ignores_doubles=True)
    make_append_only("consent_decisions")
    make_append_only("consent_seals")
