"""Which changes of an account's address staff began, for whoever has lost the old mailbox."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Add who began a change. One that waits with its old address confirmed as it began was staff's."""
    op.add_column(
        "address_changes",
        sa.Column("by_staff", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.execute(
        sa.text(
            "UPDATE address_changes SET by_staff = true, old_confirmed_at = NULL"
            " WHERE old_confirmed_at = created_at"
        )
    )
