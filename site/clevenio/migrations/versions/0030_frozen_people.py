"""Tell those whose data is frozen on a guardian's word from those whose data is restricted otherwise."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """Add when somebody was frozen. Until now a guardian's message was the one ground there was."""
    op.add_column("people", sa.Column("frozen_at", UtcDateTime(), nullable=True))
    op.execute(sa.text("UPDATE people SET frozen_at = restricted_at WHERE restricted_at IS NOT NULL"))
