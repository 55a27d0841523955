"""A campaign says when it began, apart from when it was written."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime

revision = "0057"
down_revision = "0056"


def upgrade() -> None:
    """Of those that began, the moment when their recipients were written down is the nearest that is known."""
    op.add_column("campaigns", sa.Column("begun_at", UtcDateTime(), nullable=True))
    op.execute(
        "UPDATE campaigns SET begun_at = COALESCE(frozen_at, scheduled_at, created_at)"
        " WHERE frozen_at IS NOT NULL OR state IN ('freezing', 'running', 'paused')"
    )
