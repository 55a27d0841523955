"""Heads move to another kind of table on SQLite; they still follow each decision, and those that were there stay."""

from uuid import uuid4

from sqlalchemy import text

from clevenio import migrations
from clevenio.consent import ledger, verification
from clevenio.consent.ledger import State
from tests.accounts.test_agreements_migration import upgrade_to
from tests.consent.acts import act, subjects


def test_chains_from_before_are_whole_and_go_on(empty_database):
    upgrade_to(empty_database, "0026")
    with empty_database.session() as session:
        made = subjects(session, 3, newsletter=State.GRANTED, marketing=State.REFUSED)
        session.commit()
    migrations.upgrade(empty_database)
    with empty_database.session() as session:
        act(session, made[0], newsletter=State.WITHDRAWN)
        act(session, uuid4(), newsletter=State.GRANTED)
        session.commit()
        assert session.execute(text("SELECT sequence FROM consent_heads ORDER BY sequence")).all() == [
            (1,),
            (2,),
            (2,),
            (3,),
        ]
        assert [verification.verify_subject(session, one) for one in made] == [[], [], []]
        assert len(session.scalars(ledger.permitted("newsletter")).all()) == 3
