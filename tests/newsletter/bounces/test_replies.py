"""Campaign mail that a relay refuses while it is handed over: one tick notes all of it, a few at a time."""

import pytest
from sqlalchemy import select

from clevenio.accounts import mails as accounts
from clevenio.newsletter.bounces import operations, replies
from clevenio.newsletter.bounces.matching import Matched
from clevenio.newsletter.bounces.models import Kind, Source
from clevenio.newsletter.models import Delivery
from clevenio.outbox import MailState
from clevenio.people.models import Person
from tests.support.factories import NOW
from tests.support.smtp_sink import Fault

REPLY = "550 5.1.1 user unknown"


@pytest.fixture
def refused(subscribe, campaign, sender, smtp_sink):
    """`refused(5)`: a campaign to so many, all of whom the relay refused."""

    def refuse(number):
        for _ in range(number):
            subscribe()
        smtp_sink.fault = Fault(at_recipient=REPLY)
        sender(campaign()).work()

    return refuse


@pytest.fixture
def tick(app, clock):
    """`tick()`: what the worker does once a minute, at `NOW`."""
    return lambda: app.extensions["clevenio"].jobs.run("refused-mail")


@pytest.fixture
def watch(monkeypatch):
    """`watch(look)`: a list of what `look()` gave before each was noted."""

    def watch(look):
        seen, note_about = [], operations.note_about

        def see(*arguments):
            seen.append(look())
            return note_about(*arguments)

        monkeypatch.setattr(operations, "note_about", see)
        return seen

    return watch


def test_one_tick_notes_all_and_commits_each_batch(refused, tick, watch, bounces, monkeypatch):
    refused(5)
    monkeypatch.setattr(replies, "BATCH", 2)
    committed = watch(lambda: len(bounces()))
    tick()
    assert committed == [0, 0, 2, 2, 4]
    assert [row.source for row in bounces()] == ["reply"] * 5
    tick()
    assert len(bounces()) == 5


def test_noting_commits_nothing_by_itself(refused, bounces, database):
    refused(1)
    with database.session() as session:
        assert list(replies.note(session, lambda: NOW)) == [1]
    assert bounces() == []


def test_a_report_that_calls_itself_what_a_reply_is_called_holds_up_nothing(
    refused, tick, bounces, database, monkeypatch
):
    refused(2)
    with database.session() as session:
        first = session.scalars(select(Delivery).order_by(Delivery.id)).first()
        person = session.get_one(Person, first.person)
        report = operations.of_reply("5.1.1", REPLY, f"reply {first.attempts}")
        matched = Matched(first, person, person.email_suppression)
        operations.note_about(session, matched, report, Kind.HARD, Source.REPORT, NOW)
        session.commit()
    monkeypatch.setattr(replies, "BATCH", 1)
    tick()
    assert [row.source for row in bounces()] == ["report", "reply"]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_account_mail_does_not_wait_for_the_last(
    refused, tick, watch, customer, database, settings, kept, monkeypatch
):
    refused(3)
    with database.session() as session:
        accounts.queue_reset(session, settings, customer, "made-up-token", NOW)
        session.commit()
    monkeypatch.setattr(replies, "BATCH", 1)
    states = watch(lambda: kept()[0].state)
    tick()
    assert states == [MailState.PENDING, MailState.SENT, MailState.SENT]
