from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from clevenio import audit

NOW = datetime(2026, 6, 1, 7, 30, tzinfo=UTC)


def write(database, count=3):
    with database.session() as session:
        for number in range(count):
            audit.record(
                session,
                actor="staff:1",
                action="inquiry.view",
                now=NOW,
                subject=audit.subject_hash("k" * 32, uuid4()),
                details={"number": number, "name": "ä"},
            )
        session.commit()


def findings(database):
    with database.session(write=False) as session:
        return [finding.text for finding in audit.verify(session)]


def tamper(database, statement):
    """As somebody would who owns the database file: the triggers first, then the row."""
    with database.engine.begin() as connection:
        if database.is_sqlite:
            for verb in ("update", "delete", "replace"):
                connection.execute(text(f"DROP TRIGGER audit_entries_no_{verb}"))
        else:
            connection.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER USER"))
        connection.execute(text(statement))


def test_a_trail_as_written_has_no_fault(database):
    write(database)
    assert findings(database) == []


def test_an_empty_trail_has_no_fault(database):
    assert findings(database) == []


@pytest.mark.parametrize("statement", ["UPDATE audit_entries SET actor = 'x'", "DELETE FROM audit_entries"])
def test_entries_can_be_neither_changed_nor_removed(database, statement):
    write(database)
    with pytest.raises(DBAPIError, match="append-only"), database.engine.begin() as connection:
        connection.execute(text(statement))


def test_a_changed_entry_is_found(database):
    write(database)
    tamper(database, "UPDATE audit_entries SET actor = 'staff:2' WHERE sequence = 2")
    assert findings(database) == ["entry 2 was changed"]


def test_a_missing_entry_is_found(database):
    write(database)
    tamper(database, "DELETE FROM audit_entries WHERE sequence = 2")
    assert "entries 2 to 2 are missing" in findings(database)


def test_a_missing_last_entry_is_found(database):
    write(database)
    tamper(database, "DELETE FROM audit_entries WHERE sequence = 3")
    assert findings(database) == ["the trail does not end where its head says"]


def test_the_person_is_not_named():
    person = uuid4()
    assert str(person) not in audit.subject_hash("k" * 32, person)
    assert audit.subject_hash("k" * 32, person) != audit.subject_hash("l" * 32, person)
