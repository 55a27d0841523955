"""Few people have an advertising identifier; who shares one, and who has one, is found without looking at everybody."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"


def upgrade() -> None:
    """Index the few advertising identifiers there are."""
    is_there = sa.text("advertising_id IS NOT NULL")
    op.create_index(
        "ix_people_advertising_id",
        "people",
        ["advertising_id"],
        sqlite_where=is_there,
        postgresql_where=is_there,
    )
