"""Somebody who gets the newsletter, the link in a mail to them, and what they have decided since."""

import pytest

from clevenio.consent import ledger
from clevenio.consent.notices import account_notice
from clevenio.people import links
from clevenio.people import operations as people_operations
from clevenio.people.models import Person
from tests.support.factories import grant, make_person

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
AUDIENCES = "ad_audiences:meta"


@pytest.fixture
def person(database, clock):
    with database.session() as session:
        made = make_person(session, "aino.esimerkki@example.fi", language="fi", phone="+358401234567")
        grant(session, made, "newsletter", "surveys", "mail_opens", "ad_audiences")
        session.commit()
        return made


@pytest.fixture
def path(database, settings, person, clock):
    with database.session() as session:
        token = links.make(
            session,
            settings.mail_keys,
            "unsubscribe",
            clock.now,
            person=person.id,
            data={"topic": "newsletter"},
        )
        session.commit()
    return f"/u/{token}"


@pytest.fixture
def another_path(database, settings, person, clock):
    """The link of a later mail to the same person."""
    with database.session() as session:
        token = links.make(
            session, settings.mail_keys, "unsubscribe", clock.now, person=person.id, data={"topic": "surveys"}
        )
        session.commit()
    return f"/u/{token}"


@pytest.fixture
def granted(other_session, person):
    def read():
        with other_session() as session:
            decided = ledger.decisions_of(session, person.id)
        return {purpose for purpose, state in decided.items() if state == "granted"}

    return read


@pytest.fixture
def last(other_session, person):
    def read():
        with other_session() as session:
            return ledger.history(session, person.id)[-1]

    return read


def mail_client(app):
    """No browser: neither Sec-Fetch-Site nor Origin, no cookies."""
    return app.test_client()


def history_of(other_session, person):
    with other_session() as session:
        return ledger.history(session, person.id)


def decide(database, person, state, *purposes, now):
    with database.session() as session:
        people_operations.decide(
            session,
            session.get(Person, person.id),
            dict.fromkeys(purposes, state),
            channel=ledger.Channel.ACCOUNT,
            notice=account_notice("fi"),
            language="fi",
            now=now,
        )
        session.commit()
