"""A mail that was asked for and cannot be written is tried so often and no oftener."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Let a request know how often it failed, and when for good."""
    op.add_column("mail_requests", sa.Column("attempts", sa.Integer(), server_default="0", nullable=False))
    op.add_column("mail_requests", sa.Column("failed_at", UtcDateTime(), nullable=True))
