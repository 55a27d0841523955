"""Where the audit trail begins once entries have served their time, and the permits by which they go."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime
from clevenio.migrations.append_only import allow_removal_by_permit, make_append_only

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    """Entries go by a permit each, as decisions and agreements do; what stands for them may only grow."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "audit_cuts",
        sa.Column("id", number, autoincrement=True, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("before", UtcDateTime(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_cuts")),
        sa.UniqueConstraint("sequence", name=op.f("uq_audit_cuts_sequence")),
    )
    op.create_table(
        "audit_removal_permits",
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_audit_removal_permits")),
    )
    make_append_only("audit_cuts")
    allow_removal_by_permit("audit_entries", "audit_removal_permits", "sequence")
