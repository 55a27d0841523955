"""Which messages have an image, of people who let us see that they opened one, and when they did."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    """What was sent before had none."""
    op.add_column(
        "deliveries", sa.Column("is_measured", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("deliveries", sa.Column("opened_at", UtcDateTime(), nullable=True))
