"""Find the few people whose data is restricted without reading everybody."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Find the few people whose data is restricted without reading everybody."""
    few = sa.text("restricted_at IS NOT NULL")
    op.create_index(
        "ix_people_restricted_at", "people", ["restricted_at"], sqlite_where=few, postgresql_where=few
    )
