"""A decision of a browser writes fewer pages: a head is one entry, and its standing is in one tree, not in two."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"

SOUGHT = sa.text("purpose NOT IN ('preferences', 'analytics', 'marketing')")


def upgrade() -> None:
    """Leave the purposes of browsers out of the index of standing; on SQLite keep heads in their key's own tree."""
    op.drop_index("ix_consent_standing_purpose_state", "consent_standing")
    op.create_index(
        "ix_consent_standing_purpose_state",
        "consent_standing",
        ["purpose", "state", "subject", "basis", "notice"],
        unique=False,
        sqlite_where=SOUGHT,
        postgresql_where=SOUGHT,
    )
    if op.get_bind().dialect.name == "sqlite":
        _heads_without_rowid()


def _heads_without_rowid() -> None:
    # A table is not renamed while a trigger names one that is not there.
    followed = op.get_bind().scalar(
        sa.text("SELECT sql FROM sqlite_schema WHERE name = 'consent_decisions_followed'")
    )
    op.execute("DROP TRIGGER consent_decisions_followed")
    op.create_table(
        "consent_heads_new",
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_consent_heads")),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO consent_heads_new SELECT subject, sequence, hash FROM consent_heads ORDER BY subject"
    )
    op.drop_table("consent_heads")
    op.rename_table("consent_heads_new", "consent_heads")
    op.execute(sa.text(followed))
