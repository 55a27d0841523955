"""Requests about people's rights, restrictions, and the erasure ledger."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime
from clevenio.migrations.append_only import make_append_only

revision = "0014"
down_revision = "0013"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Requests about people's rights, restrictions, and the erasure ledger."""
    op.create_table(
        "restrictions",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("address_key", sa.String(length=320), nullable=False),
        sa.Column("ground", sa.String(length=32), nullable=False),
        sa.Column("request", sa.Uuid(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restrictions")),
        sa.UniqueConstraint("address_key", "ground", name=op.f("uq_restrictions_address_key")),
    )
    op.create_index(op.f("ix_restrictions_request"), "restrictions", ["request"], unique=False)
    op.create_table(
        "erasures",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("ground", sa.String(length=16), nullable=False),
        sa.Column("lifted", sa.Boolean(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_erasures_key"), "erasures", ["key"], unique=False)
    make_append_only("erasures")
    _requests()


def _requests() -> None:
    op.create_table(
        "rights_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("submission", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("asker", sa.String(length=16), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("identity", sa.String(length=16), nullable=True),
        sa.Column("answer_to", sa.String(length=320), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_requests")),
    )
    for column in ("submission", "subject", "key", "received_at", "state"):
        op.create_index(op.f(f"ix_rights_requests_{column}"), "rights_requests", [column], unique=False)
    op.create_table(
        "rights_events",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("request", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("act", sa.String(length=32), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_events")),
    )
    op.create_index(op.f("ix_rights_events_request"), "rights_events", ["request"], unique=False)
    op.create_table(
        "rights_under_way",
        sa.Column("request", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("address_key", sa.String(length=320), nullable=False),
        sa.Column("email_ascii", sa.String(length=320), nullable=False),
        sa.Column("answer", sa.Uuid(), nullable=True),
        sa.Column("answer_file", sa.String(length=120), nullable=True),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("forgotten_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("request", name=op.f("pk_rights_under_way")),
    )
    op.create_table(
        "rights_keeps",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("holding", sa.String(length=32), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_keeps")),
        sa.UniqueConstraint("subject", "holding", name=op.f("uq_rights_keeps_subject")),
    )
    op.create_index(op.f("ix_rights_keeps_key"), "rights_keeps", ["key"], unique=False)
    op.create_index(op.f("ix_rights_keeps_until"), "rights_keeps", ["until"], unique=False)
