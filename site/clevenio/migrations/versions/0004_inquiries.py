"""Inquiries."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Inquiries."""
    op.create_table(
        "inquiries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("address_key", sa.String(length=320), nullable=False),
        sa.Column("company", sa.String(length=200), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=True),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiries")),
    )
    op.create_index(op.f("ix_inquiries_address_key"), "inquiries", ["address_key"], unique=False)
    op.create_index(op.f("ix_inquiries_received_at"), "inquiries", ["received_at"], unique=False)
    op.create_index(op.f("ix_inquiries_state"), "inquiries", ["state"], unique=False)
    op.create_index(op.f("ix_inquiries_subject"), "inquiries", ["subject"], unique=False)
