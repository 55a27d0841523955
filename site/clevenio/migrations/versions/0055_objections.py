"""Since when the usage log has nothing about somebody, because an objection to it was granted."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime

revision = "0055"
down_revision = "0054"


def upgrade() -> None:
    """Nobody's was written down before."""
    op.add_column("people", sa.Column("objected_at", UtcDateTime(), nullable=True))
