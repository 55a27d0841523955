"""What came back about a delivery: bounces and complaints."""

import sqlalchemy as sa
from alembic import op

from clevenio.database import UtcDateTime

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    """One row a report; the mailbox is known by its keyed hash alone."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "bounces",
        sa.Column("id", number, autoincrement=True, nullable=False),
        sa.Column("report", sa.String(length=64), nullable=False),
        sa.Column("delivery", number, nullable=False),
        sa.Column("campaign", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("diagnostic", sa.String(length=500), nullable=True),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaigns.id"], name=op.f("fk_bounces_campaign_campaigns")),
        sa.ForeignKeyConstraint(["delivery"], ["deliveries.id"], name=op.f("fk_bounces_delivery_deliveries")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bounces")),
        sa.UniqueConstraint("report", name=op.f("uq_bounces_report")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_bounces_campaign_kind", "bounces", ["campaign", "kind"])
    for column in ("at", "delivery", "key", "person"):
        op.create_index(op.f(f"ix_bounces_{column}"), "bounces", [column])
