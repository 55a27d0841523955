"""Few messages have an image, and few of those are opened: both are found without going through all deliveries."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"


def upgrade() -> None:
    """Index those with an image by campaign, and the opened ones by number, the order in which a sweep goes through them."""
    op.create_index(
        "ix_deliveries_measured",
        "deliveries",
        ["campaign"],
        sqlite_where=sa.text("is_measured = 1"),
        postgresql_where=sa.text("is_measured"),
    )
    is_opened = sa.text("opened_at IS NOT NULL")
    op.create_index(
        "ix_deliveries_opened",
        "deliveries",
        ["id"],
        sqlite_where=is_opened,
        postgresql_where=is_opened,
    )
