"""By which mail or letter a person is told that the restriction of their data ends."""

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0064"


def upgrade() -> None:
    """What ended before needs none: it ended with the mail that told it."""
    op.add_column("restrictions", sa.Column("told_by", sa.Uuid(), nullable=True))
