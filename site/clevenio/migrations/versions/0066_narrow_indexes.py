"""A row of a file of people writes less: fewer and narrower indexes find whom the same questions ask for.

Canonical forms of addresses are indexed of those alone who spell theirs otherwise. Suppression keys: on SQLite in 256
shelves, and who is in the list at all stands beside, kept by triggers; on PostgreSQL as hashes. There a decision's notice is
looked for once a statement; as nobody can change or delete one, that says as much as a foreign key does.
"""

from alembic import op
from sqlalchemy import text

revision = "0066"
down_revision = "0065"

OTHERWISE = text("address_key != match_key")
# SQLite makes a table of the words of an `IN`, for each row anew.
SOUGHT = text("purpose != 'preferences' AND purpose != 'analytics' AND purpose != 'marketing'")
KEYS = {"email": "email_suppression", "phone": "phone_suppression"}
NOTICE_KEY = "fk_consent_decisions_notice_consent_notices"
UNKNOWN = (
    "IF EXISTS (SELECT FROM (SELECT DISTINCT notice FROM added) AS said WHERE NOT EXISTS "
    "(SELECT FROM consent_notices WHERE id = said.notice)) THEN "
    "RAISE EXCEPTION 'a decision names a notice that is not archived' USING ERRCODE = 'foreign_key_violation'; END IF;"
)
SHELVES = ", ".join(f"'{number:02x}'" for number in range(256))


def upgrade() -> None:
    """Find the same people by other means."""
    op.drop_index("ix_people_mailbox_key", "people")
    op.drop_index("ix_people_match_key", "people")
    # That of those who spell `mailbox_key` otherwise is there already (0059).
    op.create_index(
        "ix_people_matched_otherwise",
        "people",
        ["match_key", "address_key"],
        sqlite_where=OTHERWISE,
        postgresql_where=OTHERWISE,
    )
    op.drop_index("ix_consent_standing_purpose_state", "consent_standing")
    op.create_index(
        "ix_consent_standing_purpose_state",
        "consent_standing",
        ["purpose", "state", "subject", "basis", "notice"],
        sqlite_where=SOUGHT,
        postgresql_where=SOUGHT,
    )
    if op.get_context().dialect.name == "sqlite":
        _sqlite()
        return
    for key in KEYS.values():
        op.create_index(f"ix_people_hashed_{key}", "people", [key], postgresql_using="hash")
        op.drop_index(f"ix_people_{key}", "people")
    _notices()


def _notices() -> None:
    op.execute(
        "CREATE FUNCTION consent_decisions_noticed() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {UNKNOWN} RETURN NULL; END $$"
    )
    # By its name it comes before what follows of a decision.
    op.execute(
        "CREATE TRIGGER consent_decisions_0_noticed AFTER INSERT ON consent_decisions "
        "REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION consent_decisions_noticed()"
    )
    op.drop_constraint(NOTICE_KEY, "consent_decisions", type_="foreignkey")


def _sqlite() -> None:
    for key in KEYS.values():
        op.drop_index(f"ix_people_shelved_{key}", "people")
        op.create_index(f"ix_people_shelved_{key}", "people", [text("substr(id, 1, 2)"), key])
    op.execute(
        "CREATE TABLE suppression_holders (person CHAR(32) NOT NULL, "
        "CONSTRAINT pk_suppression_holders PRIMARY KEY (person)) WITHOUT ROWID"
    )
    for key in KEYS.values():
        op.execute(
            "INSERT OR IGNORE INTO suppression_holders SELECT id FROM people "  # noqa: S608 # nosec B608 - names of ours
            f"WHERE {key} IN (SELECT key FROM suppressions)"
        )
    for kind, key in KEYS.items():
        op.execute(
            f"CREATE TRIGGER suppressions_{kind}_held AFTER INSERT ON suppressions "  # noqa: S608 # nosec B608 - the same
            # Whoever holds a key whose last row suppresses it is noted already.
            f"WHEN NEW.kind = '{kind}' AND NOT COALESCE((SELECT NOT lifted FROM suppressions "
            "WHERE key = NEW.key AND id < NEW.id ORDER BY id DESC LIMIT 1), 0) BEGIN "
            "INSERT INTO suppression_holders SELECT id FROM people "
            f"WHERE substr(id, 1, 2) IN ({SHELVES}) AND {key} = NEW.key "
            "AND id NOT IN (SELECT person FROM suppression_holders); END"
        )
    is_listed = " OR ".join(
        f"EXISTS (SELECT 1 FROM suppressions WHERE key = NEW.{key})"  # noqa: S608 # nosec B608 - the same
        for key in KEYS.values()
    )
    op.execute(
        f"CREATE TRIGGER people_held AFTER UPDATE OF id, {', '.join(KEYS.values())} ON people "  # noqa: S608 # nosec B608 - the same
        f"WHEN {is_listed} BEGIN "
        "INSERT INTO suppression_holders SELECT NEW.id "
        "WHERE NEW.id NOT IN (SELECT person FROM suppression_holders); END"
    )
    op.execute(
        "CREATE TRIGGER people_held_no_more AFTER DELETE ON people BEGIN "
        "DELETE FROM suppression_holders WHERE person = OLD.id; END"
    )
    # As before, but that a row is not looked for by its number twice.
    op.execute("DROP TRIGGER consent_decisions_no_replace")
    op.execute(
        "CREATE TRIGGER consent_decisions_no_replace BEFORE INSERT ON consent_decisions "
        "WHEN EXISTS (SELECT 1 FROM consent_decisions WHERE id = NEW.id) OR EXISTS "
        "(SELECT 1 FROM consent_decisions WHERE subject = NEW.subject AND sequence = NEW.sequence) "
        "BEGIN SELECT RAISE(ABORT, 'consent_decisions is append-only'); END"
    )
