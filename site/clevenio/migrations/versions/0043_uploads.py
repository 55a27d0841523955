"""What became of audience files: uploaded, thrown away, and how much of them was matched."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    """A day and a mark on each file, and what platforms said of it."""
    op.add_column(
        "audience_exports",
        sa.Column("is_added_only", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("audience_exports", sa.Column("uploaded_on", sa.Date(), nullable=True))
    op.create_table(
        "audience_matches",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("export_id", sa.Integer(), nullable=False),
        sa.Column("identifier", sa.String(length=16), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("matched", sa.Integer(), nullable=False),
        sa.Column("read_on", sa.Date(), nullable=False),
        sa.Column("entered_at", UtcDateTime(), nullable=False),
        sa.Column("entered_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["export_id"],
            ["audience_exports.id"],
            name=op.f("fk_audience_matches_export_id_audience_exports"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audience_matches")),
    )
    op.create_index("ix_audience_matches_export_id", "audience_matches", ["export_id"], unique=False)
