"""Mails asked for by an address, changes of an address, and when a person said which role they have."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Mails asked for by an address, changes of an address, and when a person said which role they have."""
    op.add_column("people", sa.Column("role_said_at", UtcDateTime(), nullable=True))
    op.create_table(
        "mail_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("about", sa.Uuid(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_requests")),
    )
    op.create_index(op.f("ix_mail_requests_created_at"), "mail_requests", ["created_at"], unique=False)
    op.create_table(
        "address_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("old_confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("new_confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_address_changes_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_changes")),
    )
    op.create_index(op.f("ix_address_changes_account_id"), "address_changes", ["account_id"], unique=False)
    op.create_index(op.f("ix_address_changes_expires_at"), "address_changes", ["expires_at"], unique=False)
