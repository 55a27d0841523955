"""An app being set up belongs to one login session; mail requests that failed wait for their time."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Bind setups to sessions, and give mail requests a time; whoever is setting an app up begins anew."""
    op.execute("DELETE FROM totp_factors WHERE confirmed_at IS NULL")
    op.add_column("totp_factors", sa.Column("session", sa.String(length=64), nullable=True))
    op.add_column("mail_requests", sa.Column("due_at", UtcDateTime(), nullable=True))
