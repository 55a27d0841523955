"""Who shares a mailbox is found among those who spell it otherwise than it is, without going through everybody's."""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"


def upgrade() -> None:
    """Index those whose address is another spelling of their mailbox."""
    is_other = sa.text("address_key != mailbox_key")
    op.create_index(
        "ix_people_spelled_otherwise",
        "people",
        ["mailbox_key", "address_key"],
        sqlite_where=is_other,
        postgresql_where=is_other,
    )
