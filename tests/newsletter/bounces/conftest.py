"""Somebody who was sent a campaign or a mail about their account, and the reports that come back about it."""

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from clevenio import outbox
from clevenio.accounts import mails as accounts
from clevenio.inquiries import mails as inquiries
from clevenio.newsletter.bounces import operations, reports
from clevenio.newsletter.bounces.models import Bounce, Source
from clevenio.outbox import Mail
from clevenio.people import suppression
from clevenio.people.addresses import address
from clevenio.smtp import Smtp
from tests.newsletter.bounces.made_up_reports import Sent
from tests.support.factories import NOW, SUPPRESSION_KEY, make_person


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
def customer(database):
    """A person with the address aino@example.fi."""
    with database.session() as session:
        person = make_person(session, "aino@example.fi")
        session.commit()
        return person


@pytest.fixture
def mailed(database, settings, smtp_sink):
    """`mailed(person)`: a new password was asked for; `mailed("aino@example.fi")`: an inquiry's receipt.

    The mail arrived at the relay; returns it, as `Sent`.
    """

    def send(to="aino@example.fi"):
        with database.session() as session:
            if isinstance(to, str):
                inquiries.queue_receipt(session, settings, address(to), "fi", NOW)
            else:
                accounts.queue_reset(session, settings, to, "made-up-token", NOW)
            session.commit()
        relay = Smtp(smtp_sink.url, timeout=5)
        assert outbox.deliver_due(database, relay, lambda: NOW) == 1
        relay.close()
        whose = SimpleNamespace(email_ascii=address(to).ascii) if isinstance(to, str) else to
        return Sent(whose, smtp_sink.arrived[-1].data)

    return send


@pytest.fixture
def kept(other_session):
    """`kept()`: the mails of the outbox as they were committed, the oldest first."""

    def read():
        with other_session() as session:
            return list(session.scalars(select(Mail).order_by(Mail.created_at, Mail.id)))

    return read


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
    """`shut(person)`: what a mailbox is suppressed for, a person's or one by its address, each with its reason."""

    def read(whose):
        key = whose.email_suppression if not isinstance(whose, str) else _key(whose)
        with other_session() as session:
            return {row.scope: row.reason for row in suppression.standing(session, key)}

    return read


def _key(email):
    return suppression.email_key(SUPPRESSION_KEY, address(email).mailbox_key)
