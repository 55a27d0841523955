"""An erasure also forgets the addresses that somebody had before."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Let an erasure under way know former addresses, and the files of mail to them."""
    op.add_column("rights_under_way", sa.Column("former", sa.JSON(), nullable=True))
    op.add_column("rights_under_way", sa.Column("files", sa.JSON(), nullable=True))
