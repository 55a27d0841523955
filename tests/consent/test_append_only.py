"""The database itself refuses to change or remove what was recorded."""

from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from clevenio.consent import ledger
from clevenio.consent.ledger import State
from tests.consent.acts import act


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
        with pytest.raises(DBAPIError, match=r"(?i)foreign key"):
            session.execute(orphan)
