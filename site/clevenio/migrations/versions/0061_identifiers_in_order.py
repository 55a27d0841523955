"""PostgreSQL counts an audience by an index in the order of ids, beside the ledger's, without reading the people."""

from alembic import op

revision = "0061"
down_revision = "0060"


def upgrade() -> None:
    """Index who has which identifier; SQLite keeps the table itself in that order."""
    if op.get_context().dialect.name == "postgresql":
        op.create_index(
            "ix_people_identifiers", "people", ["id"], postgresql_include=["phone", "advertising_id"]
        )
