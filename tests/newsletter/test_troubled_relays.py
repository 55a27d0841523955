"""A relay that fails at each stage of the conversation: nobody is lost, nobody gets it twice, the others get it."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from clevenio import outbox
from clevenio.newsletter import steering
from clevenio.newsletter.deliveries import LEASE
from clevenio.newsletter.models import Campaign, Delivery
from clevenio.outbox import Mail
from clevenio.smtp import MOST_UNANSWERED, Smtp
from tests.support.factories import NOW
from tests.support.smtp_sink import Trouble
from tests.support.troubles import TROUBLES, may_have_arrived
from tests.test_outbox import queue

PEOPLE = 3
# Longer than anything that is answered here takes, also beside other work.
PATIENT = 30


@pytest.fixture
def relay(smtp_sink):
    relay = Smtp(smtp_sink.url)
    yield relay
    relay.close()


def begin(smtp_sink, relay, trouble):
    """A new connection, which will come to this trouble."""
    relay.close()
    smtp_sink.arrived.clear()
    smtp_sink.troubles.append(trouble)
    relay.timeout = 0.5 if trouble.how == "silence" and trouble.stage != "dot" else PATIENT
    relay.patience = 0.5 if trouble.how == "silence" else PATIENT


def nobody_twice(smtp_sink, number):
    """Each mail arrived, and arrived once: whether it was answered, or nobody knows of it."""
    by_answer = Counter(arrival.recipients for arrival in smtp_sink.arrived if arrival.answer[:1] != "4")
    return set(by_answer.values()) == {1} and len(by_answer) == number


@pytest.mark.parametrize("is_pipelining", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_a_campaign_gets_past_each_trouble(
    subscribe, campaign, sender, smtp_sink, other_session, send_clock, relay, is_pipelining
):
    def states(made):
        counted = select(Delivery.state, func.count()).where(Delivery.campaign == made).group_by("state")
        with other_session() as session:
            return dict(session.execute(counted).all())

    smtp_sink.offers_pipelining = is_pipelining
    for _ in range(PEOPLE):
        subscribe()
    for trouble in TROUBLES:
        made = campaign(now=send_clock())
        sending = sender(made, relay)
        begin(smtp_sink, relay, trouble)
        sending.work()
        assert not smtp_sink.troubles, trouble
        unknown = int(may_have_arrived(trouble))
        found = states(made)
        assert (found.get("uncertain", 0), found.get("failed", 0)) == (unknown, 0), trouble
        if unknown:
            # The others do not wait until somebody has looked at it.
            assert found == {"uncertain": 1, "sent": PEOPLE - 1}, trouble
        relay.timeout = relay.patience = PATIENT
        relay.close()
        send_clock.advance(minutes=1)
        assert sending.work() == ("needs_attention" if unknown else "finished"), trouble
        assert states(made).get("sent", 0) == PEOPLE - unknown, trouble
        assert nobody_twice(smtp_sink, PEOPLE), trouble


def test_account_mail_gets_past_each_trouble(database, other_session, smtp_sink, relay):
    moment = NOW
    for number, trouble in enumerate(TROUBLES):
        for name in ("aino", "veikko"):
            queue(database, f"{name}{number}@example.fi")
        begin(smtp_sink, relay, trouble)
        outbox.deliver_due(database, relay, lambda now=moment: now)
        assert not smtp_sink.troubles, trouble
        relay.timeout = relay.patience = PATIENT
        relay.close()
        moment += timedelta(minutes=1)
        outbox.deliver_due(database, relay, lambda now=moment: now)
        counted = select(Mail.state, func.count()).group_by(Mail.state)
        with other_session() as session:
            found = dict(session.execute(counted).all())
        unknown = sum(map(may_have_arrived, TROUBLES[: number + 1]))
        assert found.get("uncertain", 0) == unknown, trouble
        assert found["sent"] == 2 * (number + 1) - unknown, trouble
        assert nobody_twice(smtp_sink, 2), trouble


def test_a_relay_that_answers_for_none_gets_no_more_of_a_campaign(
    database, subscribe, campaign, sender, smtp_sink, deliveries, relay, other_session
):
    for _ in range(10):
        subscribe()
    made = campaign()
    smtp_sink.troubles += [Trouble("dot", "end")] * 10
    assert sender(made, relay).work() == "paused"
    assert Counter(row.state for row in deliveries()) == {
        "uncertain": MOST_UNANSWERED,
        "pending": 10 - MOST_UNANSWERED,
    }
    assert {row.attempts for row in deliveries() if row.state == "pending"} == {0}
    with other_session() as session:
        assert session.get(Campaign, made).problem["message"] == (
            "The relay took several messages in a row and said nothing of them."
        )
    with database.session() as session:
        steering.resume(session, made, "staff:1", NOW)
        session.commit()
    # One more of which nobody knows is enough to see that nothing has changed.
    assert sender(made, relay).work() == "paused"
    assert Counter(row.state for row in deliveries())["uncertain"] == MOST_UNANSWERED + 1
    smtp_sink.troubles.clear()
    with database.session() as session:
        steering.resume(session, made, "staff:1", NOW)
        session.commit()
    assert sender(made, relay).work() == "needs_attention"
    assert nobody_twice(smtp_sink, 10)


def test_a_relay_that_answers_for_none_gets_one_account_mail_a_minute(database, smtp_sink, relay):
    for number in range(MOST_UNANSWERED + 3):
        queue(database, f"person{number}@example.fi")
    smtp_sink.troubles += [Trouble("dot", "end")] * 10

    def tried(minutes):
        # Each visitor's request and each campaign asks for account mail to be sent.
        return [
            outbox.deliver_due(database, relay, lambda: NOW + timedelta(minutes=minutes)) for _ in range(3)
        ]

    assert tried(0) == [MOST_UNANSWERED, 0, 0]
    assert tried(1) == [1, 0, 0]
    smtp_sink.troubles.clear()
    assert tried(2) == [2, 0, 0]
    assert nobody_twice(smtp_sink, MOST_UNANSWERED + 3)


def test_nobody_else_takes_up_a_row_whose_relay_is_waited_for():
    relay = Smtp("smtp://relay.example.com")
    assert relay.timeout + relay.patience < LEASE.total_seconds()
