"""What was accepted before agreements said whose account and in which way is still there afterwards."""

from uuid import uuid4

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from clevenio import migrations
from clevenio.accounts.models import Account, Agreement, Signup
from clevenio.people.models import Person
from tests.support.factories import NOW

PEOPLE = (
    "INSERT INTO people (id, email, address_key, email_ascii, mailbox_key, language, source, created_at, "
    "email_suppression) VALUES (:id, 'a@example.com', 'a', 'a', 'a', 'en', 'signup', :now, 's')"
)
ACCOUNTS = "INSERT INTO accounts (id, person_id, password, verified_at) VALUES (:account, :id, 'x', :now)"
AGREEMENTS = (
    "INSERT INTO agreements (id, person, text, version, language, digest, agreed_at) "
    "VALUES (:agreement, :person, 'terms', '2026-11-23', 'fi', 'd', :now)"
)
SIGNUPS = (
    "INSERT INTO signups (id, email, address_key, profile, password, language, ticked, wording, terms, created_at) "
    "VALUES (:id, 'b@example.com', 'b', '{}', 'x', 'en', '[]', '{}', '2026-11-23', :now)"
)


def upgrade_to(database, revision):
    config = migrations.configuration()
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def before_agreements():
    scripts = ScriptDirectory.from_config(migrations.configuration())
    return next(one.down_revision for one in scripts.walk_revisions() if one.path.endswith("_agreements.py"))


def test_rows_from_before_are_kept_with_their_account_and_stay_unchangeable(empty_database):
    upgrade_to(empty_database, before_agreements())
    is_sqlite = empty_database.is_sqlite
    known, gone, account = uuid4(), uuid4(), uuid4()

    def kept(value):
        return value.hex if is_sqlite else value

    now = NOW.isoformat(timespec="microseconds") if is_sqlite else NOW
    with empty_database.engine.begin() as connection:
        connection.execute(text(PEOPLE), {"id": kept(known), "now": now})
        connection.execute(text(ACCOUNTS), {"account": kept(account), "id": kept(known), "now": now})
        for person in (known, gone):
            values = {"agreement": kept(uuid4()), "person": kept(person), "now": now}
            connection.execute(text(AGREEMENTS), values)
        connection.execute(text(SIGNUPS), {"id": kept(uuid4()), "now": now})
    migrations.upgrade(empty_database)
    with empty_database.session() as session:
        rows = {row.person: row for row in session.scalars(select(Agreement))}
        assert {person: row.account for person, row in rows.items()} == {known: account, gone: None}
        row = rows[known]
        assert (row.text, row.version, row.language, row.kind, row.digest, row.facts, row.at) == (
            "terms",
            "2026-11-23",
            "fi",
            "accepted",
            "d",
            {},
            NOW,
        )
        assert session.scalars(select(Signup)).one().texts == {"terms": "2026-11-23"}
        assert session.scalars(select(Account)).one().person_id == session.scalars(select(Person)).one().id
        with pytest.raises(DBAPIError, match="append-only"):
            session.execute(text("DELETE FROM agreements"))
