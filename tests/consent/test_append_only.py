"""The database itself refuses to change or remove what was recorded."""

from contextlib import suppress
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from clevenio import audit
from clevenio.consent import ledger
from clevenio.consent.ledger import State
from clevenio.consent.models import Notice, SealRow
from clevenio.database import insert_ignoring
from clevenio.people.models import Suppression
from tests.consent.acts import act
from tests.support.factories import NOW


@pytest.mark.parametrize("table", ["consent_decisions", "consent_notices"])
@pytest.mark.parametrize("statement", ["UPDATE {table} SET language = 'xx'", "DELETE FROM {table}"])
def test_a_row_can_be_neither_changed_nor_removed(database, other_session, table, statement):
    subject = uuid4()
    with database.session() as session:
        act(session, subject, newsletter=State.GRANTED)
        session.commit()
    with database.session() as session, pytest.raises(DBAPIError, match=f"{table} is append-only"):
        session.execute(text(statement.format(table=table)))
    with other_session() as session:
        (row,) = ledger.history(session, subject)
        assert row.language == "en"
        assert len(ledger.wordings(session, [row.notice])) == 1


@pytest.mark.parametrize("backend", ["postgresql"])
def test_a_table_cannot_be_emptied_at_once(database):
    with database.session() as session, pytest.raises(DBAPIError, match="append-only"):
        session.execute(text("TRUNCATE consent_decisions"))


def test_a_decision_needs_its_wording(database):
    orphan = text(
        "INSERT INTO consent_decisions (subject, sequence, at, purpose, state, basis, channel, notice, "
        "language, evidence, hash) SELECT subject, 99, at, purpose, state, basis, channel, 'nowhere', "
        "language, evidence, hash FROM consent_decisions"
    )
    with database.session() as session:
        act(session, uuid4(), newsletter=State.GRANTED)
        with pytest.raises(DBAPIError, match=r"(?i)foreign ?key"):
            session.execute(orphan)


ONE_OF_EACH = {
    "consent_decisions": "state = 'granted'",
    "consent_notices": "language = 'xx'",
    "consent_seals": "signature = 'x'",
    "audit_entries": "actor = 'x'",
    "suppressions": "lifted = true",
}


@pytest.fixture
def filled(database):
    """A row in each table that may only grow; `filled(table)` reads the table's rows."""
    with database.session() as session:
        act(session, uuid4(), newsletter=State.REFUSED)
        audit.record(session, actor="system", action="test", now=NOW)
        session.add(SealRow(at=NOW, content={}, signature="s"))
        session.add(Suppression(key="k", kind="email", scope="all", reason="test", lifted=False, at=NOW))
        session.commit()

    def rows(table):
        with database.session(write=False) as session:
            return session.execute(text(f"SELECT * FROM {table}")).all()

    return rows


def copy_with(table, change, columns):
    """The row again, under the same keys, one column changed."""
    name, _, value = change.partition(" = ")
    return ", ".join(value if column == name else column for column in columns)


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("table", ONE_OF_EACH)
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_replace_changes_no_row(database, filled, table, recursive):
    before = filled(table)
    columns = before[0]._fields
    values = copy_with(table, ONE_OF_EACH[table], columns)
    with database.engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA recursive_triggers = {recursive}")
        with suppress(DBAPIError):
            connection.execute(
                text(f"INSERT OR REPLACE INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table}")
            )
        connection.commit()
    assert filled(table) == before


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("consent_decisions", "id = 99"),
        ("consent_decisions", "sequence = 99"),
        ("audit_entries", "id = 99"),
        ("audit_entries", "sequence = 99"),
    ],
)
def test_replace_by_either_key_is_refused(database, filled, table, values):
    before = filled(table)
    columns = before[0]._fields
    changed = copy_with(table, values, columns)
    with database.session() as session, pytest.raises(DBAPIError, match=f"{table} is append-only"):
        session.execute(text(f"REPLACE INTO {table} ({', '.join(columns)}) SELECT {changed} FROM {table}"))
    assert filled(table) == before


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_hidden_row_number_replaces_no_notice(database, filled):
    before = filled("consent_notices")
    with database.session() as session:
        session.execute(
            text(
                "REPLACE INTO consent_notices (rowid, id, kind, language, content, created_at) "
                "SELECT rowid, 'another', kind, language, content, created_at FROM consent_notices"
            )
        )
        session.commit()
    assert filled("consent_notices") == before


@pytest.mark.parametrize("backend", ["postgresql"])
@pytest.mark.parametrize("table", ONE_OF_EACH)
@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE {table} CASCADE",
        "INSERT INTO {table} SELECT * FROM {table} ON CONFLICT (id) DO UPDATE SET {change}",
        "MERGE INTO {table} t USING {table} s ON t.id = s.id WHEN MATCHED THEN UPDATE SET {change}",
        "MERGE INTO {table} t USING {table} s ON t.id = s.id WHEN MATCHED THEN DELETE",
    ],
)
def test_no_other_statement_changes_a_row(database, filled, table, statement):
    before = filled(table)
    change = ONE_OF_EACH[table]
    with database.session() as session, pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(statement.format(table=table, change=change)))
    assert filled(table) == before


def test_the_same_wording_is_archived_once_by_whoever_comes_first(database, filled):
    before = filled("consent_notices")
    with database.session() as session:
        row = dict(zip(("id", "kind", "language"), before[0], strict=False))
        insert_ignoring(session, Notice, [{**row, "content": {}, "created_at": NOW}])
        session.commit()
    assert filled("consent_notices") == before
