"""The company's own people and their roles."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """The company's own people and their roles."""
    op.create_table(
        "staff_members",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("address_key", sa.String(length=320), nullable=False),
        sa.Column("email_ascii", sa.String(length=320), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("password", sa.String(length=200), nullable=True),
        sa.Column("invitation", sa.String(length=20), nullable=True),
        sa.Column("invited_at", UtcDateTime(), nullable=False),
        sa.Column("activated_at", UtcDateTime(), nullable=True),
        sa.Column("disabled_at", UtcDateTime(), nullable=True),
        sa.Column("last_used_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_members")),
        sa.UniqueConstraint("address_key", name=op.f("uq_staff_members_address_key")),
    )
    op.create_table(
        "staff_roles",
        sa.Column("member", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["member"],
            ["staff_members.id"],
            name=op.f("fk_staff_roles_member_staff_members"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("member", "role", name=op.f("pk_staff_roles")),
    )
