"""Requests of every kind: what came in with them, who looks after them, and the order of the queue."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Add what people wrote, the outcome and the member of staff, and indexes for a long queue."""
    op.create_table(
        "rights_submissions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("address_key", sa.String(length=320), nullable=True),
        sa.Column("details", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_submissions")),
    )
    op.create_index(op.f("ix_rights_submissions_address_key"), "rights_submissions", ["address_key"])
    op.add_column("rights_requests", sa.Column("outcome", sa.String(length=16), nullable=True))
    op.add_column("rights_requests", sa.Column("assigned_to", sa.Uuid(), nullable=True))
    op.drop_index(op.f("ix_rights_requests_state"), table_name="rights_requests")
    op.create_index("ix_rights_requests_state_received_at", "rights_requests", ["state", "received_at"])
    op.create_index("ix_rights_requests_ended_at", "rights_requests", ["ended_at"])
