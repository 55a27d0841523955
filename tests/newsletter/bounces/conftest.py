"""Somebody who was sent a campaign, and the reports that come back about it."""

import pytest
from sqlalchemy import select

from clevenio.newsletter.bounces import operations, reports
from clevenio.newsletter.bounces.models import Bounce, Source
from clevenio.people import suppression
from tests.newsletter.bounces.made_up_reports import Sent
from tests.support.factories import NOW


@pytest.fixture
def sent(subscribe, campaign, sender, smtp_sink):
    """`sent("aino@example.fi")`: a campaign that reached them; returns person and message, as `Sent`."""

    def send(email="aino@example.fi", person=None, **options):
        person = person or subscribe(email, **options)
        before = len(smtp_sink.arrived)
        sender(campaign()).work()
        [arrival] = [each for each in smtp_sink.arrived[before:] if each.recipients == (person.email_ascii,)]
        return Sent(person, arrival.data)

    return send


@pytest.fixture
def note(database, settings):
    """`note(report)`: read a report, and commit what follows; returns the outcome."""

    def note(message, now=NOW):
        with database.session() as session:
            outcome = operations.note(session, settings, reports.read(message), Source.REPORT, now)
            session.commit()
            return outcome

    return note


@pytest.fixture
def bounces(other_session):
    """`bounces()`: what was committed, in its order."""

    def read():
        with other_session() as session:
            return list(session.scalars(select(Bounce).order_by(Bounce.id)))

    return read


@pytest.fixture
def shut(other_session):
    """`shut(person)`: what the person's mailbox is suppressed for, each with its reason."""

    def read(person):
        with other_session() as session:
            return {row.scope: row.reason for row in suppression.standing(session, person.email_suppression)}

    return read
