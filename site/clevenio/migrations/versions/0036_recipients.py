"""Recipients to tell of what became of somebody's data, and what a platform needs to let go of them."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    """A task for each recipient and each cause; identifiers of erased people until the platform is told."""
    op.create_table(
        "rights_tasks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("member", sa.Uuid(), nullable=False),
        sa.Column("request", sa.Uuid(), nullable=True),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("field", sa.String(length=32), nullable=True),
        sa.Column("vendor", sa.String(length=32), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=True),
        sa.Column("upload", sa.Integer(), nullable=False),
        sa.Column("email_hash", sa.String(length=64), nullable=True),
        sa.Column("phone_hash", sa.String(length=64), nullable=True),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.Column("result", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("actor", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_tasks")),
    )
    op.create_index(op.f("ix_rights_tasks_subject"), "rights_tasks", ["subject"])
    op.create_index(op.f("ix_rights_tasks_request"), "rights_tasks", ["request"])
    op.create_index("ix_rights_tasks_closed_at_since", "rights_tasks", ["closed_at", "since"])
    op.create_table(
        "audience_leavers",
        sa.Column("member", sa.Uuid(), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=True),
        sa.Column("email", sa.String(length=64), nullable=True),
        sa.Column("phone", sa.String(length=64), nullable=True),
        sa.Column("advertising_id", sa.String(length=64), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("member", "platform", name=op.f("pk_audience_leavers")),
    )
