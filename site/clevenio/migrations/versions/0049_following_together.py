"""On PostgreSQL head and standing follow the decisions of one statement together: a file brings thousands at once."""

from alembic import op

revision = "0049"
down_revision = "0048"

# Of what one statement adds, the last about each: nothing can be moved twice by one command.
STANDING = (
    "INSERT INTO consent_standing (subject, purpose, state, basis, since, sequence, notice) "
    "SELECT DISTINCT ON (subject, purpose) subject, purpose, state, basis, at, sequence, notice FROM added "
    "ORDER BY subject, purpose, sequence DESC "
    "ON CONFLICT (subject, purpose) DO UPDATE SET state = excluded.state, basis = excluded.basis, "
    "since = excluded.since, sequence = excluded.sequence, notice = excluded.notice "
    "WHERE excluded.sequence > consent_standing.sequence;"
)
HEAD = (
    "INSERT INTO consent_heads (subject, sequence, hash) "
    "SELECT DISTINCT ON (subject) subject, sequence, hash FROM added ORDER BY subject, sequence DESC "
    "ON CONFLICT (subject) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash "
    "WHERE excluded.sequence > consent_heads.sequence;"
)


def upgrade() -> None:
    """Move both forward once a statement, and never back. SQLite knows triggers of rows alone."""
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute("DROP TRIGGER consent_decisions_followed ON consent_decisions")
    op.execute("DROP FUNCTION consent_decisions_followed()")
    op.execute(
        "CREATE FUNCTION consent_decisions_followed() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {STANDING} {HEAD} RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER consent_decisions_followed AFTER INSERT ON consent_decisions "
        "REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION consent_decisions_followed()"
    )
