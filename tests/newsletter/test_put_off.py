"""What a relay said last of a message that it puts off is kept with the campaign, and when it is tried again."""

from datetime import timedelta

import pytest

from clevenio.i18n import use_language
from clevenio.newsletter import queries
from clevenio.newsletter.models import Campaign
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
