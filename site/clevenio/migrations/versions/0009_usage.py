"""The usage log: what people did, and on which days they used their accounts."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import RowNumber, UtcDateTime

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """The usage log: what people did, and on which days they used their accounts."""
    op.create_table(
        "usage_events",
        sa.Column("id", RowNumber, autoincrement=True, nullable=False),
        sa.Column("person", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"], ["people.id"], name=op.f("fk_usage_events_person_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage_events")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_usage_events_person_day", "usage_events", ["person", "day"], unique=False)
    op.create_index("ix_usage_events_at", "usage_events", ["at"], unique=False)
    op.create_table(
        "usage_days",
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"], ["people.id"], name=op.f("fk_usage_days_person_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person", "day", name=op.f("pk_usage_days")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_usage_days_day", "usage_days", ["day", "person"], unique=False)
