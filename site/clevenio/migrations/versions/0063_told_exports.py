"""When the privacy officers were told by mail that an audience file had left."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime

revision = "0063"
down_revision = "0062"


def upgrade() -> None:
    """A moment on each file; of those of the last days the next mail tells."""
    op.add_column("audience_exports", sa.Column("told_at", UtcDateTime(), nullable=True))
