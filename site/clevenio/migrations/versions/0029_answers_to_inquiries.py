"""Answers to inquiries, what they begin with and stand below, and passages that were removed."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """The Message-ID of the receipt, and three tables; answers and removals go with their inquiry."""
    op.add_column("inquiries", sa.Column("receipt", sa.String(length=120), nullable=True))
    op.create_table(
        "inquiry_answers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("inquiry", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("message_id", sa.String(length=120), nullable=False),
        sa.Column("mail", sa.Uuid(), nullable=True),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiry_answers")),
        sa.ForeignKeyConstraint(
            ["inquiry"],
            ["inquiries.id"],
            name=op.f("fk_inquiry_answers_inquiry_inquiries"),
            ondelete="CASCADE",
        ),
    )
    op.create_index(op.f("ix_inquiry_answers_inquiry"), "inquiry_answers", ["inquiry"], unique=False)
    op.create_table(
        "inquiry_templates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("fi", sa.Text(), nullable=False),
        sa.Column("en", sa.Text(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.Column("saved_by", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiry_templates")),
    )
    op.create_table(
        "inquiry_redactions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("inquiry", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("passages", sa.Integer(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=True),
        sa.Column("cleaned_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiry_redactions")),
        sa.ForeignKeyConstraint(
            ["inquiry"],
            ["inquiries.id"],
            name=op.f("fk_inquiry_redactions_inquiry_inquiries"),
            ondelete="CASCADE",
        ),
    )
    op.create_index(op.f("ix_inquiry_redactions_inquiry"), "inquiry_redactions", ["inquiry"], unique=False)
