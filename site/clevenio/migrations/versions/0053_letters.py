"""Where an answer goes that no mail brings, and what is told by letter or by phone."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime

revision = "0053"
down_revision = "0052"


def upgrade() -> None:
    """Whatever waits now is answered by mail."""
    op.add_column("rights_requests", sa.Column("answer_way", sa.String(length=8), nullable=True))
    op.add_column("rights_requests", sa.Column("answer_place", sa.Text(), nullable=True))
    op.add_column("rights_submissions", sa.Column("name", sa.String(length=200), nullable=True))
    op.add_column("rights_submissions", sa.Column("phone", sa.String(length=32), nullable=True))
    op.add_column("rights_submissions", sa.Column("post", sa.Text(), nullable=True))
    op.create_table(
        "rights_letters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request", sa.Uuid(), nullable=False),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("template", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("file", sa.Uuid(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.Column("actor", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_letters")),
    )
    op.create_index(op.f("ix_rights_letters_request"), "rights_letters", ["request"], unique=False)
    op.create_index("ix_rights_letters_told_on", "rights_letters", ["told_on", "created_at"], unique=False)
