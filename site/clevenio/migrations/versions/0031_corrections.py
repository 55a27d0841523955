"""What was corrected on a request, from what to what."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime

revision = "0031"
down_revision = "0030"
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the corrections."""
    op.create_table(
        "rights_corrections",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("request", sa.Uuid(), nullable=False),
        sa.Column("field", sa.String(length=32), nullable=False),
        sa.Column("old", sa.String(length=300), nullable=True),
        sa.Column("new", sa.String(length=300), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_corrections")),
    )
    op.create_index(op.f("ix_rights_corrections_request"), "rights_corrections", ["request"])
