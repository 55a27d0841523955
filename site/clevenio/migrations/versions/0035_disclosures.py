"""The register of disclosures: what was disclosed, about whom, and what was noted later."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    """People are in it by a keyed hash, and by the id of those who were known."""
    op.create_table(
        "disclosures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("recipient", sa.String(length=200), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=True),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("disclosed_on", sa.Date(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("is_about_all", sa.Boolean(), nullable=False),
        sa.Column("secrecy", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosures")),
    )
    op.create_index(op.f("ix_disclosures_recorded_at"), "disclosures", ["recorded_at"])
    op.create_table(
        "disclosure_subjects",
        sa.Column("disclosure", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("disclosure", "key", name=op.f("pk_disclosure_subjects")),
    )
    op.create_index(op.f("ix_disclosure_subjects_key"), "disclosure_subjects", ["key"])
    op.create_index(op.f("ix_disclosure_subjects_subject"), "disclosure_subjects", ["subject"])
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "disclosure_notes",
        sa.Column("id", number, autoincrement=True, nullable=False),
        sa.Column("disclosure", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("ends_secrecy", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure_notes")),
    )
    op.create_index(op.f("ix_disclosure_notes_disclosure"), "disclosure_notes", ["disclosure"])
