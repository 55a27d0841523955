"""Head and standing follow each decision by themselves, in the database."""

from alembic import op

revision = "0022"
down_revision = "0021"

STANDING = (
    "INSERT INTO consent_standing (subject, purpose, state, basis, since, sequence, notice) VALUES "
    "(NEW.subject, NEW.purpose, NEW.state, NEW.basis, NEW.at, NEW.sequence, NEW.notice) "
    "ON CONFLICT (subject, purpose) DO UPDATE SET state = excluded.state, basis = excluded.basis, "
    "since = excluded.since, sequence = excluded.sequence, notice = excluded.notice "
    "WHERE excluded.sequence > consent_standing.sequence;"
)
HEAD = (
    "INSERT INTO consent_heads (subject, sequence, hash) VALUES (NEW.subject, NEW.sequence, NEW.hash) "
    "ON CONFLICT (subject) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash "
    "WHERE excluded.sequence > consent_heads.sequence;"
)


def upgrade() -> None:
    """Move both forward with every decision that is inserted, and never back."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER consent_decisions_followed AFTER INSERT ON consent_decisions "
            f"BEGIN {STANDING} {HEAD} END"
        )
        return
    op.execute(
        "CREATE FUNCTION consent_decisions_followed() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {STANDING} {HEAD} RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER consent_decisions_followed AFTER INSERT ON consent_decisions "
        "FOR EACH ROW EXECUTE FUNCTION consent_decisions_followed()"
    )
