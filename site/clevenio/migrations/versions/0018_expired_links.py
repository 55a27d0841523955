"""Find the links that have expired without reading every way out of the newsletter."""

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Find the links that have expired without reading every way out of the newsletter."""
    op.create_index(op.f("ix_links_expires_at"), "links", ["expires_at"], unique=False)
