"""To which open request a later one of the same kind was joined."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"


def upgrade() -> None:
    """Of those that ended before, nobody knows any more."""
    op.add_column("rights_requests", sa.Column("joined_to", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_rights_requests_joined_to"), "rights_requests", ["joined_to"], unique=False)
