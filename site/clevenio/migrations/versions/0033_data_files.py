"""Files with somebody's own data, which wait three days to be fetched."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    """Keep the files where an erasure, a backup and the daily run reach them: in the database."""
    op.create_table(
        "data_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("fetched_at", UtcDateTime(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_files")),
    )
    op.create_index(op.f("ix_data_files_subject"), "data_files", ["subject"])
    op.create_index(op.f("ix_data_files_created_at"), "data_files", ["created_at"])
