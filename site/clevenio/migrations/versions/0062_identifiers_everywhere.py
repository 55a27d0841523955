"""SQLite counts an audience by that index as well: a tenth of what the people themselves take."""

from alembic import op

revision = "0062"
down_revision = "0061"


def upgrade() -> None:
    """Index who has which identifier on both databases, in one way."""
    if op.get_context().dialect.name == "postgresql":
        op.drop_index("ix_people_identifiers", "people")
    op.create_index("ix_people_identifiers", "people", ["id", "phone", "advertising_id"])
