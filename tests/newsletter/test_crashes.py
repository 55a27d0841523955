"""What a sender leaves behind when it dies or is too slow, and when it writes down what it heard."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from clevenio import prepared
from clevenio.newsletter import deliveries as rows
from clevenio.newsletter.deliveries import Ending
from clevenio.newsletter.models import Campaign, DeliveryState
from clevenio.smtp import Smtp
from tests.newsletter.test_sending import AtTheLastMoment, states
from tests.support.factories import NOW
from tests.support.smtp_sink import Fault


class Dying:
    """A sender's process that ends at a chosen place: nothing after it happens."""

    def __init__(self, relay, where):
        self.relay, self.where = relay, where

    def deliver(self, sender, to, message, before_body, following=""):
        def last_act():
            if self.where == "before the commit":
                raise KeyboardInterrupt
            before_body()
            if self.where == "after the commit":
                raise KeyboardInterrupt

        reply = self.relay.deliver(sender, to, message, last_act, following)
        raise KeyboardInterrupt(reply)

    def close(self):
        self.relay.close()


@pytest.mark.parametrize(
    ("where", "state", "arrivals"),
    [
        ("before the commit", "sent", 1),
        ("after the commit", "uncertain", 0),
        ("after the answer", "uncertain", 1),
    ],
)
def test_a_crash_is_repeated_before_the_body_and_uncertain_after_it(
    subscribe, campaign, sender, smtp_sink, deliveries, send_clock, where, state, arrivals
):
    subscribe()
    made = campaign()
    with pytest.raises(KeyboardInterrupt):
        sender(made, Dying(Smtp(smtp_sink.url), where)).work()
    assert sender(made).work() == "running"
    send_clock.advance(minutes=2)
    sender(made).work()
    assert states(deliveries) == [state]
    assert len(smtp_sink.arrived) == arrivals


def test_a_sender_that_was_too_slow_changes_nothing_and_sends_nothing(
    subscribe, campaign, sender, smtp_sink, deliveries, send_clock
):
    subscribe()
    made = campaign()

    def overtake():
        send_clock.advance(minutes=3)
        assert sender(made).work() == "finished"

    assert sender(made, AtTheLastMoment(Smtp(smtp_sink.url), overtake)).work() == "finished"
    assert states(deliveries) == ["sent"]
    assert len(smtp_sink.arrived) == 1


def test_a_late_answer_still_turns_uncertain_into_the_truth(
    database, subscribe, campaign, sender, send_clock, deliveries
):
    subscribe()
    made = campaign()
    slow = sender(made)
    slow._freeze()
    with database.session() as session:
        [ours] = rows.claim(session, session.get(Campaign, made), NOW)
        session.commit()
    with prepared.line(database) as line:
        assert rows.turn(line, "newsletter", None, ours, NOW)
        with database.session() as session:
            rows.recover(session, made, NOW + timedelta(minutes=3))
            session.commit()
        assert states(deliveries) == ["uncertain"]
        rows.end(line, Ending(ours, DeliveryState.SENT, "250 taken", NOW))
    assert slow.work() == "finished"


def test_what_is_not_ours_cannot_be_ended(database, subscribe, campaign, sender, deliveries):
    subscribe()
    made = campaign()
    sender(made)._freeze()
    with database.session() as session:
        [ours] = rows.claim(session, session.get(Campaign, made), NOW)
        stranger = replace(ours, claim=uuid4())
        rows.put_off(session, stranger, "451", NOW)
        rows.give_back(session, [stranger], NOW)
        session.commit()
    with prepared.line(database) as line:
        ended = Ending(stranger, DeliveryState.SENT, "250 taken", NOW)
        rows.end(line, ended)
        assert not rows.turn(line, "newsletter", None, stranger, NOW)
        assert not rows.turn(line, "newsletter", ended, stranger, NOW)
    assert states(deliveries) == ["claimed"]


@pytest.mark.parametrize(("prompt", "state"), [(60, "sending"), (0, "sent")])
def test_a_quick_reply_is_written_down_with_the_next_that_begins_and_a_slow_one_at_once(
    subscribe, campaign, sender, smtp_sink, deliveries, monkeypatch, prompt, state
):
    for _ in range(2):
        subscribe()
    monkeypatch.setattr("clevenio.newsletter.sending.PROMPT", prompt)
    seen = []
    relay = AtTheLastMoment(Smtp(smtp_sink.url), lambda: seen.append(states(deliveries)[0]))
    assert sender(campaign(), relay).work() == "finished"
    assert seen == ["claimed", state]
    assert states(deliveries) == ["sent", "sent"]


def test_of_a_slow_relay_no_more_are_claimed_than_it_takes_soon(
    subscribe, campaign, sender, smtp_sink, deliveries, monkeypatch
):
    for _ in range(5):
        subscribe()
    monkeypatch.setattr("clevenio.newsletter.sending.TURN", 0.1)
    monkeypatch.setattr(rows, "BATCH", 2)
    smtp_sink.fault, seen = Fault(delay=0.1), []
    relay = AtTheLastMoment(Smtp(smtp_sink.url), lambda: seen.append(states(deliveries).count("claimed")))
    assert sender(campaign(), relay).work() == "finished"
    assert seen == [2, 1, 1, 1, 1]
