"""Which account was told by mail of which version of a legal text."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Which account was told by mail of which version of a legal text."""
    op.create_table(
        "announcements",
        sa.Column("account", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(length=16), nullable=False),
        sa.Column("version", sa.String(length=10), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account"], ["accounts.id"], name=op.f("fk_announcements_account_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account", "text", "version", name=op.f("pk_announcements")),
    )
