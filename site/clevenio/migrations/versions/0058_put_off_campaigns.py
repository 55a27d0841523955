"""What the relay said last of a campaign's message that it puts off, and when."""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"


def upgrade() -> None:
    """Of what was put off before, each delivery has its own words; the next one writes the campaign's."""
    op.add_column("campaigns", sa.Column("put_off", sa.JSON(), nullable=True))
