"""Senders killed in the middle: nobody is skipped, nobody gets two, and what nobody knows is said so."""

import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clevenio.mail import Smtp
from clevenio.newsletter.models import DeliveryState
from clevenio.newsletter.sending import Sender
from tests.support.factories import grant, make_person
from tests.support.smtp_sink import Fault

SEND = Path(__file__).with_name("send_until_killed.py")


def start(settings, campaign_id):
    values = {
        "CLEVENIO_DATA": str(settings.data),
        "CLEVENIO_DATABASE_URL": settings.database_url,
        "CLEVENIO_BASE_URL": settings.base_url,
        "CLEVENIO_SMTP_URL": settings.smtp_url,
        "CLEVENIO_SUPPRESSION_KEY": settings.suppression_key,
    }
    return subprocess.Popen([sys.executable, SEND, str(campaign_id)], env=values)


def kill_again_and_again(settings, sink, campaign_id, kills, recipients):
    """Let a sender send its share and end it without warning, so many times; returns how often it lived."""
    for number in range(1, kills + 1):
        goal = recipients * number // (kills + 1)
        process = start(settings, campaign_id)
        until = time.monotonic() + 60
        while len(sink.arrived) < goal:
            assert time.monotonic() < until, f"{len(sink.arrived)} of {goal} arrived"
            assert process.poll() is None, "the sender ended by itself"
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()


@pytest.fixture
def extra_settings(smtp_sink):
    return {"SMTP_URL": smtp_sink.url}


@pytest.mark.parametrize(
    ("kills", "recipients"),
    [(3, 60), pytest.param(20, 1000, marks=pytest.mark.slow)],
)
def test_a_killed_sender_skips_nobody_and_repeats_nobody(
    database, settings, smtp_sink, campaign, sender, deliveries, kills, recipients
):
    with database.session() as session:
        for _ in range(recipients):
            grant(session, make_person(session), "newsletter")
        session.commit()
    made = campaign()
    # A relay that takes its time, so that a kill finds a message on its way.
    smtp_sink.fault = Fault(delay=0.01)
    kill_again_and_again(settings, smtp_sink, made, kills, recipients)
    smtp_sink.fault = Fault()
    last: Sender = sender(made, Smtp(smtp_sink.url))
    last.clock = lambda: datetime.now(UTC) + timedelta(minutes=5)
    assert last.work() in ("finished", "needs_attention")
    rows = deliveries()
    by_state = Counter(row.state for row in rows)
    arrived = Counter(arrival.message_id for arrival in smtp_sink.arrived)
    assert len(rows) == recipients
    assert set(by_state) <= {DeliveryState.SENT, DeliveryState.UNCERTAIN}
    assert max(arrived.values()) == 1
    assert by_state[DeliveryState.UNCERTAIN] <= kills
    assert by_state[DeliveryState.SENT] <= len(arrived) <= recipients
    assert len(arrived) >= recipients - by_state[DeliveryState.UNCERTAIN]
