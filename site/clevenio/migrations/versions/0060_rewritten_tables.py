"""An erasure on PostgreSQL says when its tables were written anew, and when the server's log held nothing of it."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime

revision = "0060"
down_revision = "0059"


def upgrade() -> None:
    """Of those that ended before, nobody knows: they are left as they are."""
    op.add_column("rights_under_way", sa.Column("rewritten_at", UtcDateTime(), nullable=True))
    op.add_column("rights_under_way", sa.Column("log_emptied_at", UtcDateTime(), nullable=True))
