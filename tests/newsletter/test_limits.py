"""How fast a campaign leaves, and what goes before it."""

import time
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from clevenio import outbox
from clevenio.buckets import Bucket, Limits, Rate
from clevenio.newsletter import deliveries as rows
from clevenio.newsletter import steering
from clevenio.smtp import MOST_UNANSWERED
from tests.newsletter.test_sending import Away
from tests.support.factories import NOW
from tests.support.smtp_sink import Trouble


def limited(sender, **values):
    """A sender with limits of its own, whose waiting moves its clock."""
    sender._limits = Limits(**values)
    sender.pause = lambda seconds: sender.clock.advance(seconds=seconds)
    return sender


def test_no_second_has_more_than_its_share(subscribe, campaign, sender, deliveries):
    for _ in range(12):
        subscribe()
    made = limited(sender(campaign()), overall=(Rate("second", 5, timedelta(seconds=1)),))
    assert made.work() == "finished"
    moments = sorted(row.finished_at for row in deliveries())
    for start in moments:
        assert sum(start <= moment < start + timedelta(seconds=1) for moment in moments) <= 5
    assert timedelta(seconds=2) <= moments[-1] - moments[0] <= timedelta(seconds=2.3)


def test_what_is_spent_for_the_day_waits_for_another_tick(
    subscribe, campaign, sender, deliveries, send_clock, smtp_sink
):
    for _ in range(5):
        subscribe()
    made = limited(sender(campaign()), overall=(Rate("day", 3, timedelta(days=1)),))
    assert made.work() == "running"
    assert Counter(row.state for row in deliveries()) == {"sent": 3, "pending": 2}
    assert made.work() == "running"
    send_clock.advance(hours=25)
    assert made.work() == "finished"
    assert len(smtp_sink.taken) == 5


def test_what_left_and_was_not_answered_counts_too(
    database, subscribe, campaign, sender, deliveries, smtp_sink
):
    for _ in range(MOST_UNANSWERED + 3):
        subscribe()
    number = campaign()
    rates = (Rate("day", MOST_UNANSWERED + 1, timedelta(days=1)),)
    smtp_sink.troubles += [Trouble("dot", "end")] * MOST_UNANSWERED
    assert limited(sender(number), overall=rates).work() == "paused"
    with database.session() as session:
        steering.resume(session, number, "staff:1", NOW)
        session.commit()
    assert limited(sender(number), overall=rates).work() == "running"
    assert Counter(row.state for row in deliveries()) == {
        "uncertain": MOST_UNANSWERED,
        "sent": 1,
        "pending": 2,
    }


def test_a_domain_that_takes_little_holds_up_no_other(
    subscribe, campaign, sender, deliveries, send_clock, smtp_sink
):
    for number in range(4):
        subscribe(f"slow{number}@slow.example.com")
        subscribe(f"quick{number}@example.fi")
    made = limited(sender(campaign()), domains={"slow.example.com": 2})
    assert made.work() == "running"
    sent = Counter(arrival.recipients[0].rpartition("@")[2] for arrival in smtp_sink.taken)
    assert sent == {"slow.example.com": 2, "example.fi": 4}
    assert {row.attempts for row in deliveries() if row.state == "pending"} == {0}
    send_clock.advance(seconds=30)
    assert made.work() == "running"
    send_clock.advance(seconds=60)
    assert made.work() == "finished"
    assert len(smtp_sink.taken) == 8


def test_two_senders_share_what_there_is(database, subscribe, campaign, sender):
    for _ in range(6):
        subscribe()
    made = campaign()
    first, second = (limited(sender(made), overall=(Rate("day", 4, timedelta(days=1)),)) for _ in range(2))
    first._freeze()
    with database.session() as session:
        session.add(outbox.queue(session, kind="account", sender="a@example.com", recipient="b@example.com",
                                 subject="x", message=b"", now=NOW))  # fmt: skip
        session.commit()
    # Account mail counts, and never waits.
    assert outbox._claim(database, NOW, first._limits) is not None
    assert len(first._claim(NOW)[1]) == 3
    with pytest.raises(rows.Spent):
        second._claim(NOW)


def test_what_is_too_much_for_a_domain_is_looked_at_once_and_waits_for_its_turn(
    subscribe, campaign, sender, deliveries, monkeypatch
):
    for number in range(9):
        subscribe(f"slow{number}@slow.example.com")
    monkeypatch.setattr(rows, "BATCH", 2)
    made, looks = limited(sender(campaign()), domains={"*": 3}), []
    claim = rows.claim
    monkeypatch.setattr(rows, "claim", lambda *given: looks.append(1) or claim(*given))
    assert made.work() == "running"
    assert len(looks) == 6
    waiting = [(row.due_at - NOW).total_seconds() for row in deliveries() if row.state == "pending"]
    assert waiting == [20, 40, 60, 80, 100, 120]


def test_what_a_domain_takes_soon_is_waited_for(subscribe, campaign, sender, send_clock, smtp_sink):
    for number in range(150):
        subscribe(f"slow{number}@slow.example.com")
    made = limited(sender(campaign()), domains={"*": 120})
    assert made.work() == "finished"
    assert len(smtp_sink.taken) == 150
    assert timedelta(seconds=60) < send_clock.now - NOW < timedelta(seconds=90)


def test_a_relay_that_is_away_costs_nothing_of_the_limits(database, subscribe, campaign, sender, smtp_sink):
    for _ in range(4):
        subscribe()
    limits = {"overall": (Rate("day", 4, timedelta(days=1)),), "domains": {"*": 4}}
    made = campaign()
    for _ in range(2):
        assert limited(sender(made, Away()), **limits).work() == "running"
    with database.session() as session:
        taken = [sum(bucket.taken.values()) for bucket in session.scalars(select(Bucket))]
    assert taken == [0] * len(taken)
    assert len(taken) > 1


def test_time_that_ends_while_a_limit_is_waited_for_asks_for_another_tick(subscribe, campaign, sender):
    for _ in range(3):
        subscribe()
    made = limited(sender(campaign()), overall=(Rate("second", 2, timedelta(seconds=12)),))
    made.pause = time.sleep
    assert made.work(0.4) == "running"
    assert made.ran_out


def test_account_mail_goes_before_the_next_of_a_campaign(
    database, subscribe, campaign, sender, smtp_sink, monkeypatch
):
    for _ in range(4):
        subscribe()
    monkeypatch.setattr(rows, "BATCH", 1)
    made = sender(campaign())

    def first():
        outbox.deliver_due(database, made.transport, lambda: NOW)
        if len(smtp_sink.arrived) == 2:
            with database.session() as session:
                outbox.queue(session, kind="account", sender="a@example.com", recipient="urgent@example.com",
                             subject="x", message=b"Subject: x\r\n\r\nx\r\n", now=NOW)  # fmt: skip
                session.commit()
            outbox.deliver_due(database, made.transport, lambda: NOW)

    made.first = first
    assert made.work() == "finished"
    order = [arrival.recipients[0] for arrival in smtp_sink.taken]
    assert (order[2], len(order)) == ("urgent@example.com", 5)


def test_mail_that_waits_is_seen_and_what_is_over_is_not(database):
    with database.session() as session:
        assert not outbox.is_waiting(session, NOW)
        outbox.queue(session, kind="account", sender="a@example.com", recipient="b@example.com",
                     subject="x", message=b"", now=NOW)  # fmt: skip
        session.flush()
        assert outbox.is_waiting(session, NOW)
        assert not outbox.is_waiting(session, NOW - timedelta(seconds=1))
