"""Senders killed in the middle: nobody is skipped, nobody gets two, and what nobody knows is said so."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from clevenio.consent import ledger
from clevenio.consent.notices import account_notice
from clevenio.newsletter.models import UNFINISHED, Campaign, DeliveryState
from clevenio.newsletter.sending import Sender
from clevenio.smtp import Smtp
from tests.support.factories import NOW, grant, make_person
from tests.support.server import PROGRAM
from tests.support.smtp_sink import Fault, listening

SEND = Path(__file__).with_name("send_until_killed.py")


def environment(settings, sink):
    return {
        "PATH": os.environ["PATH"],
        "CLEVENIO_DATA": str(settings.data),
        "CLEVENIO_DATABASE_URL": settings.database_url,
        "CLEVENIO_BASE_URL": settings.base_url,
        "CLEVENIO_SMTP_URL": sink.url,
        "CLEVENIO_SUPPRESSION_KEY": settings.suppression_key,
    }


def start(settings, campaign_id, sink, connections=1):
    command = [sys.executable, SEND, str(campaign_id), str(connections)]
    return subprocess.Popen(command, env=environment(settings, sink))


def arrived(*sinks):
    return [arrival for sink in sinks for arrival in sink.arrived]


def wait_for(sinks, goal, process, seconds=120):
    until = time.monotonic() + seconds
    while len(arrived(*sinks)) < goal:
        assert time.monotonic() < until, f"{len(arrived(*sinks))} of {goal} arrived"
        assert process.poll() is None, "the sender ended by itself"
        time.sleep(0.002)


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.wait()


def kill_while_it_sends(process, sink):
    """Kill it at its next message; returns how many it had sent."""
    wait_for([sink], len(sink.arrived) + 1, process)
    kill(process)
    return len(sink.arrived)


@pytest.fixture
def other_sink():
    """A second relay: with one for each sender it shows who sent."""
    with listening() as sink:
        yield sink


@pytest.fixture
def extra_settings(smtp_sink):
    return {"SMTP_URL": smtp_sink.url}


@pytest.fixture
def subscribers(database):
    """`subscribers(10_000)`: so many people on the list."""

    def make(number):
        with database.session() as session:
            people = [make_person(session) for _ in range(number)]
            session.flush()
            if number < 100:
                for person in people:
                    grant(session, person, "newsletter")
            else:
                granted = {"newsletter": ledger.State.GRANTED}
                acts = [ledger.Act(person.id, granted, account_notice("en"), "en") for person in people]
                ledger.record_all(session, acts, channel=ledger.Channel.ACCOUNT, now=NOW)
            session.commit()

    return make


def end_of(sender, campaign_id):
    """What is left is sent by one more sender, after every lease has ended."""
    last: Sender = sender(campaign_id)
    last.clock = lambda: datetime.now(UTC) + timedelta(minutes=5)
    assert last.work() in ("finished", "needs_attention")


def nobody_lost_and_nobody_twice(arrivals, deliveries, recipients, most_uncertain):
    rows = deliveries()
    by_state = Counter(row.state for row in rows)
    came = Counter(arrival.message_id for arrival in arrivals)
    assert len(rows) == recipients
    assert set(by_state) <= {DeliveryState.SENT, DeliveryState.UNCERTAIN}
    assert max(came.values()) == 1
    assert by_state[DeliveryState.UNCERTAIN] <= most_uncertain
    assert by_state[DeliveryState.SENT] <= len(came) <= recipients
    assert len(came) >= recipients - by_state[DeliveryState.UNCERTAIN]


@pytest.mark.parametrize(
    ("kills", "recipients", "connections"),
    [(2, 60, 2), pytest.param(20, 10_000, 2, marks=pytest.mark.slow)],
)
def test_a_killed_sender_skips_nobody_and_repeats_nobody(
    settings, smtp_sink, campaign, sender, deliveries, subscribers, kills, recipients, connections
):
    subscribers(recipients)
    made = campaign()
    # A relay that takes its time, so that a kill finds a message on its way.
    smtp_sink.fault = Fault(delay=0.01)
    for number in range(1, kills + 1):
        process = start(settings, made, smtp_sink, connections)
        wait_for([smtp_sink], recipients * number // (kills + 1), process)
        kill(process)
    smtp_sink.fault = Fault()
    end_of(sender, made)
    nobody_lost_and_nobody_twice(smtp_sink.arrived, deliveries, recipients, kills * connections)


@pytest.mark.parametrize("recipients", [60, pytest.param(10_000, marks=pytest.mark.slow)])
def test_of_two_senders_one_killed_for_good_the_other_finishes(
    settings, smtp_sink, other_sink, campaign, deliveries, subscribers, recipients
):
    subscribers(recipients)
    made = campaign()
    smtp_sink.fault = other_sink.fault = Fault(delay=0.02)
    one = start(settings, made, smtp_sink)
    wait_for([smtp_sink], 1, one)
    other = start(settings, made, other_sink)
    wait_for([smtp_sink, other_sink], recipients // 3, one)
    at_the_kill = kill_while_it_sends(one, smtp_sink)
    other_sink.fault = Fault()
    assert other.wait(600) == 0
    assert len(smtp_sink.arrived) <= at_the_kill + 1
    nobody_lost_and_nobody_twice(arrived(smtp_sink, other_sink), deliveries, recipients, 1)


@pytest.mark.slow
def test_of_two_consumers_one_killed_for_good_the_other_finishes(
    settings, smtp_sink, other_sink, campaign, deliveries, subscribers, other_session
):
    recipients = 10_000
    subscribers(recipients)
    made = campaign()
    smtp_sink.fault = other_sink.fault = Fault(delay=0.01)
    queue = {}
    if settings.database_url.startswith("postgresql"):
        queue["CLEVENIO_QUEUE_URL"] = settings.database_url.replace("+psycopg", "")
    sinks = smtp_sink, other_sink
    one, other = (
        subprocess.Popen([PROGRAM, "worker"], env={**environment(settings, sink), **queue}) for sink in sinks
    )
    try:
        wait_for([other_sink], 1, other)
        wait_for(sinks, recipients // 4, one)
        at_the_kill = kill_while_it_sends(one, smtp_sink)
        others_before = len(other_sink.arrived)
        smtp_sink.fault = other_sink.fault = Fault()
        until = time.monotonic() + 600
        state = None
        while state is None or state in UNFINISHED:
            assert time.monotonic() < until, f"{len(arrived(*sinks))} of {recipients} arrived, {state}"
            time.sleep(0.5)
            with other_session() as session:
                state = session.scalar(select(Campaign.state).where(Campaign.id == made))
    finally:
        kill(one)
        other.terminate()
        other.wait(60)
    assert len(smtp_sink.arrived) <= at_the_kill + 1
    assert len(other_sink.arrived) > others_before > 0
    nobody_lost_and_nobody_twice(arrived(*sinks), deliveries, recipients, 1)


def test_a_worker_that_is_told_to_stop_leaves_nothing_uncertain(
    settings, smtp_sink, campaign, sender, deliveries, subscribers
):
    subscribers(20)
    made = campaign()
    smtp_sink.fault = Fault(delay=0.2)
    worker = subprocess.Popen([PROGRAM, "worker"], env=environment(settings, smtp_sink))
    wait_for([smtp_sink], 2, worker)
    worker.terminate()
    assert worker.wait(60) == 0
    found = Counter(row.state for row in deliveries())
    assert found.keys() == {"sent", "pending"}
    assert found["sent"] == len(smtp_sink.taken)
    smtp_sink.fault = Fault()
    end_of(sender, made)


def test_a_sender_over_a_relay_of_its_own_ends_what_others_left(
    settings, smtp_sink, campaign, sender, deliveries, subscribers
):
    subscribers(4)
    made = campaign()
    smtp_sink.fault = Fault(delay=5)
    process = start(settings, made, smtp_sink)
    wait_for([smtp_sink], 1, process)
    kill(process)
    smtp_sink.fault = Fault()
    relay = Smtp(smtp_sink.url)
    last = sender(made, relay)
    last.clock = lambda: datetime.now(UTC) + timedelta(minutes=5)
    assert last.work() == "needs_attention"
    assert Counter(row.state for row in deliveries()) == {"sent": 3, "uncertain": 1}
