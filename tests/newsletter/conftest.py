"""People on a list, a campaign for them, and somebody to send it."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from clevenio.audit import AuditEntry
from clevenio.newsletter import campaigns
from clevenio.newsletter.models import Campaign, Delivery
from clevenio.newsletter.sending import Sender, progress_database
from clevenio.smtp import Smtp
from tests.support.application import Clock
from tests.support.factories import NOW, grant, make_person

TEXTS = {
    "fi": "# Kolme tapaa kysyä\n\nHei,\n\nlue [kirjoitus](https://www.example.com/a?b=1&c=2).\n",
    "en": "# Three ways to ask\n\nHello,\n\nread the [piece](https://www.example.com/a?b=1&c=2).\n",
}


@pytest.fixture
def subscribe(database):
    """`subscribe("aino@example.fi", language="fi")`: a person who gets the newsletter; returns the person."""

    def subscribe(email=None, *, topic="newsletter", **values):
        with database.session() as session:
            person = make_person(session, email, **values)
            grant(session, person, topic)
            session.commit()
            return person

    return subscribe


@pytest.fixture
def campaign(database, settings) -> Callable[..., object]:
    """`campaign()`: a campaign that is made and not yet frozen; returns its id."""

    def make(topic="newsletter", texts=TEXTS, now=NOW):
        with database.session() as session:
            made = campaigns.make(session, settings, topic, texts, "command", now)
            session.commit()
            return made.id

    return make


@pytest.fixture
def send_clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def sender(database, settings, smtp_sink, send_clock) -> Iterator[Callable[..., Sender]]:
    """`sender(campaign_id)`: a sender over the mail sink, by `send_clock`."""
    relays = []
    url = database.url.render_as_string(hide_password=False)
    with progress_database(url) as progress:

        def make(campaign_id, transport=None, lease=timedelta(minutes=2)):
            relay = transport or Smtp(smtp_sink.url, timeout=5)
            relays.append(relay)
            return Sender(campaign_id, settings, database, progress, relay, send_clock, lease)

        yield make
        for relay in relays:
            relay.close()


@pytest.fixture
def deliveries(other_session):
    """`deliveries()`: what was committed, in the order of the freeze."""

    def read():
        with other_session() as session:
            return list(session.scalars(select(Delivery).order_by(Delivery.id)))

    return read


@pytest.fixture
def state_of(other_session):
    """`state_of(campaign)`: what state was committed."""

    def read(made):
        with other_session() as session:
            return session.get(Campaign, made).state

    return read


@pytest.fixture
def trail(other_session):
    """`trail()`: every act that is written down."""

    def read():
        with other_session() as session:
            return session.scalars(select(AuditEntry.action)).all()

    return read
