"""Whom a campaign is narrowed down to."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    """Campaigns there are already went to everybody on their topic."""
    op.add_column("campaigns", sa.Column("segment", sa.String(length=64), nullable=True))
    op.add_column("campaigns", sa.Column("criteria", sa.JSON(none_as_null=True), nullable=True))
