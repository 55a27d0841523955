"""Campaigns that wait, pause and are cancelled; the evidence of each delivery; account mail found by its state."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    """What was frozen before has its decision and notice as evidence, as consents have now."""
    op.add_column("campaigns", sa.Column("scheduled_at", UtcDateTime(), nullable=True))
    op.add_column("campaigns", sa.Column("frozen_at", UtcDateTime(), nullable=True))
    op.add_column("campaigns", sa.Column("trouble", sa.String(length=600), nullable=True))
    op.add_column("deliveries", sa.Column("evidence", sa.JSON(none_as_null=True), nullable=True))
    op.execute("UPDATE campaigns SET frozen_at = created_at WHERE state NOT IN ('draft', 'freezing')")
    op.create_index("ix_mails_state", "mails", ["state", "due_at"])
    op.drop_index("ix_mails_due_at", table_name="mails")
