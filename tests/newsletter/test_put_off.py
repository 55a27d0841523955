"""What a relay said last of a message that it puts off is kept with the campaign, and when it is tried again."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import event, select

from clevenio.errors import BadInput, Refused
from clevenio.i18n import use_language
from clevenio.newsletter import deliveries, queries
from clevenio.newsletter.models import Campaign, Delivery
from clevenio.newsletter.sending import Sender
from clevenio.smtp import UNWRITABLE
from tests.support.factories import NOW
from tests.support.smtp_sink import Fault, Trouble


@pytest.fixture
def put_off(other_session):
    """`put_off(campaign)`: what is told of it."""

    def read(made):
        with other_session() as session:
            return queries.put_off(session, session.get(Campaign, made))

    return read


def test_the_relays_last_words_and_the_next_attempt_are_known_until_it_takes_the_message(
    subscribe, campaign, sender, smtp_sink, send_clock, put_off
):
    subscribe("anna@example.com")
    for said in ("451 4.7.1 <anna@example.com> greylisted", "452 4.2.2 full\x1b[2J"):
        smtp_sink.next_faults.append(Fault(at_recipient=said))
    made = campaign()
    assert put_off(made) is None
    sending = sender(made)
    sending.work()
    at = NOW
    assert put_off(made) == queries.PutOff(
        "451 4.7.1 (address) greylisted", True, at, at + timedelta(seconds=10)
    )
    send_clock.advance(seconds=11)
    sending.work()
    at += timedelta(seconds=11)
    assert put_off(made) == queries.PutOff("452 4.2.2 full [2J", True, at, at + timedelta(minutes=1))
    send_clock.advance(seconds=60)
    assert sending.work() == "finished"
    assert put_off(made) is None


def test_of_a_relay_that_says_nothing_it_is_told_in_the_readers_language(
    subscribe, campaign, sender, smtp_sink, put_off
):
    subscribe()
    smtp_sink.troubles.append(Trouble("rcpt", "end"))
    made = campaign()
    sender(made).work()
    found = {}
    for language in ("fi", "en"):
        with use_language(language):
            found[language] = put_off(made)
    assert not found["en"].is_quoted
    assert found["en"].said == "the relay ended the connection without a word"
    assert found["fi"].said == "postipalvelin katkaisi yhteyden sanomatta mitään"


def test_a_long_answer_is_shortened(subscribe, campaign, sender, smtp_sink, put_off):
    subscribe()
    smtp_sink.next_faults.append(Fault(at_recipient="451 4.7.1 " + "x" * 450))
    made = campaign()
    sender(made).work()
    assert len(put_off(made).said) == 300


@pytest.mark.parametrize("state", ["paused", "cancelled"])
def test_no_moment_is_promised_for_what_does_not_run(
    subscribe, campaign, sender, smtp_sink, put_off, database, state
):
    subscribe()
    smtp_sink.next_faults.append(Fault(at_recipient="451 4.3.0 later"))
    made = campaign()
    sender(made).work()
    with database.session() as session:
        session.get(Campaign, made).state = state
        session.commit()
    waits = queries.PutOff("451 4.3.0 later", True, NOW, None)
    assert put_off(made) == (waits if state == "paused" else None)


@pytest.mark.parametrize("is_over", [False, True])
def test_neither_a_sender_that_was_too_slow_nor_the_end_leaves_words_behind(
    subscribe, campaign, sender, database, other_session, is_over
):
    subscribe()
    made = campaign()
    sender(made)._freeze()
    with database.session() as session:
        row = session.get(Campaign, made)
        [ours] = deliveries.claim(session, row, NOW)
        if is_over:
            row.finished_at = NOW
        session.commit()
    with database.session() as session:
        deliveries.put_off(session, ours if is_over else replace(ours, claim=uuid4()), "451 later", NOW)
        session.commit()
    with other_session() as session:
        assert session.get(Campaign, made).put_off is None


def test_a_campaign_is_stopped_in_the_order_in_which_it_is_cancelled(subscribe, campaign, sender, database):
    subscribe()
    made = campaign()
    sending = sender(made)
    sending._freeze()
    _topic, [ours] = sending._claim(NOW)
    said = []

    def note(_connection, _cursor, statement, *_):
        said.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    sending._stop(ours, Refused("The relay refused our own address."), "550 5.1.0 no")
    event.remove(database.engine, "before_cursor_execute", note)
    campaigns = [place for place, each in enumerate(said) if "FROM campaigns" in each]
    [given_back] = [place for place, each in enumerate(said) if each.startswith("UPDATE deliveries")]
    trail = [place for place, each in enumerate(said) if "audit" in each]
    assert campaigns[0] < given_back < trail[0]


def test_a_message_that_cannot_be_made_fails_in_words_of_ours(
    subscribe, campaign, sender, other_session, monkeypatch
):
    def refuse(*_):
        raise BadInput("A mail goes to one address.")

    subscribe()
    monkeypatch.setattr(Sender, "_message", refuse)
    assert sender(campaign()).work() == "needs_attention"
    with other_session() as session:
        assert session.scalars(select(Delivery.reply)).one() == UNWRITABLE
