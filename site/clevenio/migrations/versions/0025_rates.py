"""How often the question was shown, and an index to count how it was answered."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

BROWSER_DOORS = sa.text("channel IN ('banner', 'preference_centre')")


def upgrade() -> None:
    """Add the counts of pages, and index the decisions of browsers by their time."""
    op.create_table(
        "consent_shown",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("notice", sa.String(length=32), nullable=False),
        sa.Column("pages", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice"], ["consent_notices.id"], name=op.f("fk_consent_shown_notice_consent_notices")
        ),
        sa.PrimaryKeyConstraint("day", "notice", name=op.f("pk_consent_shown")),
    )
    op.create_index(
        "ix_consent_decisions_at",
        "consent_decisions",
        ["at", "subject", "state", "notice", "channel"],
        unique=False,
        sqlite_where=BROWSER_DOORS,
        postgresql_where=BROWSER_DOORS,
    )
