"""Campaigns over a real mail server that fails on purpose."""

import threading

import pytest
from sqlalchemy import select

from clevenio.consent import ledger
from clevenio.consent.notices import withdrawal_notice
from clevenio.newsletter import deliveries as rows
from clevenio.newsletter import departures, rules, sending, steering
from clevenio.newsletter.bounces import replies
from clevenio.newsletter.models import Campaign, Delivery
from clevenio.newsletter.sending import resume
from clevenio.people import operations as people
from clevenio.people import suppression
from clevenio.people.models import Person
from clevenio.signing import Signer
from clevenio.smtp import Lost, Smtp
from tests.support.factories import NOW, grant, refuse
from tests.support.mailbox import text_of
from tests.support.smtp_sink import Fault


def withdraw(database, person):
    with database.session() as session:
        found = session.get(Person, person.id)
        people.decide(
            session,
            found,
            {"newsletter": ledger.State.WITHDRAWN},
            channel=ledger.Channel.ONE_CLICK,
            notice=withdrawal_notice("en"),
            language="en",
            now=NOW,
        )
        session.commit()


def states(deliveries):
    return [(row.state, row.reason) if row.reason else row.state for row in deliveries()]


def test_everybody_gets_one_mail_in_their_language(
    subscribe, campaign, sender, smtp_sink, settings, deliveries
):
    subscribe("aino@example.fi", language="fi")
    subscribe("anna@example.com", language="en")
    assert sender(campaign()).work() == "finished"
    assert states(deliveries) == ["sent", "sent"]
    for address, language, subject in (
        ("aino@example.fi", "fi", "Kolme tapaa kysyä"),
        ("anna@example.com", "en", "Three ways to ask"),
    ):
        [arrival] = smtp_sink.sent_to(address)
        assert arrival.message["Subject"] == subject
        assert arrival.message["Content-Language"] == language
        assert arrival.message["List-ID"] == f"<newsletter.{language}.localhost>"
        assert arrival.message["To"] == address
        link = arrival.message["List-Unsubscribe"].strip("<>")
        assert list(rules.faults(settings, arrival.data, link)) == []


def test_the_link_in_the_mail_works(subscribe, campaign, sender, smtp_sink, client, other_session):
    person = subscribe("anna@example.com")
    sender(campaign()).work()
    [arrival] = smtp_sink.arrived
    link = arrival.message["List-Unsubscribe"].strip("<>")
    assert link in text_of(arrival.message)
    answer = client.post(link.removeprefix("http://localhost"), data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    with other_session() as session:
        assert not ledger.permits(session, person.id, "newsletter")


def test_who_withdraws_after_the_freeze_gets_nothing(
    database, subscribe, campaign, sender, smtp_sink, deliveries
):
    person, other = subscribe(), subscribe()
    made = sender(campaign())
    made._freeze()
    withdraw(database, person)
    assert made.work() == "finished"
    assert sorted(map(str, states(deliveries))) == sorted(["sent", "('excluded', 'withdrawn')"])
    assert [arrival.recipients for arrival in smtp_sink.arrived] == [(other.email_ascii,)]


def test_an_erased_and_a_restricted_person_get_nothing(
    database, subscribe, campaign, sender, smtp_sink, deliveries
):
    erased, restricted = subscribe(), subscribe()
    made = sender(campaign())
    made._freeze()
    with database.session() as session:
        session.delete(session.get(Person, erased.id))
        session.get(Person, restricted.id).restricted_at = NOW
        session.commit()
    assert made.work() == "finished"
    assert {row.person: row.reason for row in deliveries()} == {
        erased.id: "erased",
        restricted.id: "restricted",
    }
    assert smtp_sink.arrived == []


class TestWhoLeavesByTheLink:
    """It shuts the mailbox, too; that they left is why they got nothing."""

    @staticmethod
    def leave(database, settings):
        with database.session() as session:
            handle = session.scalars(select(Delivery.handle)).one()
            token = Signer(settings.mail_keys, "unsubscribe").sign(handle)
            departures.leave(session, settings.mail_keys, token, everything=False, one_click=True, now=NOW)
            session.commit()

    def test_before_the_claim(self, database, settings, subscribe, campaign, sender, deliveries):
        subscribe()
        made = sender(campaign())
        made._freeze()
        self.leave(database, settings)
        assert made.work() == "finished"
        assert states(deliveries) == [("excluded", "withdrawn")]

    def test_right_before_the_body(
        self, database, settings, subscribe, campaign, sender, smtp_sink, deliveries
    ):
        subscribe()
        relay = AtTheLastMoment(Smtp(smtp_sink.url), lambda: self.leave(database, settings))
        assert sender(campaign(), relay).work() == "finished"
        assert states(deliveries) == [("excluded", "withdrawn")]
        assert smtp_sink.arrived == []

    def test_a_mailbox_that_died_meanwhile_is_suppressed(
        self, database, subscribe, campaign, sender, deliveries
    ):
        person = subscribe()
        made = sender(campaign())
        made._freeze()
        with database.session() as session:
            key, reason = person.email_suppression, suppression.Returned.HARD
            suppression.suppress(session, key, "email", suppression.EVERYTHING, reason, NOW)
            session.commit()
        assert made.work() == "finished"
        assert states(deliveries) == [("excluded", "suppressed")]


class AtTheLastMoment:
    """A relay during whose DATA somebody withdraws."""

    def __init__(self, relay, act):
        self.relay, self.act = relay, act

    def deliver(self, sender, to, message, before_body, following=""):
        def after_354():
            self.act()
            before_body()

        return self.relay.deliver(sender, to, message, after_354, following)

    def close(self):
        self.relay.close()


def test_what_is_on_its_way_when_the_process_ends_is_seen_through_and_nothing_else_begins(
    subscribe, campaign, sender, smtp_sink, deliveries
):
    for _ in range(4):
        subscribe()
    made, told = campaign(), []
    stopped = sender(made, AtTheLastMoment(Smtp(smtp_sink.url), lambda: told.append(len(smtp_sink.arrived))))
    stopped.is_ending = lambda: len(told) == 2
    assert stopped.work() == "running"
    assert states(deliveries) == ["sent", "sent", "pending", "pending"]
    assert sender(made).work() == "finished"
    assert len({arrival.message_id for arrival in smtp_sink.taken}) == 4


def test_account_mail_is_looked_for_each_second_of_a_slow_campaign(
    subscribe, campaign, sender, smtp_sink, monkeypatch
):
    for _ in range(4):
        subscribe()
    monkeypatch.setattr(sending, "LOOK", 0.0)
    slow, seen = sender(campaign()), []
    slow.first = lambda: seen.append(len(smtp_sink.arrived))
    assert slow.work() == "finished"
    assert {1, 2, 3} <= set(seen)


def test_who_withdraws_while_the_relay_gets_ready_gets_nothing(
    database, subscribe, campaign, sender, smtp_sink, deliveries
):
    person = subscribe()
    relay = AtTheLastMoment(Smtp(smtp_sink.url), lambda: withdraw(database, person))
    assert sender(campaign(), relay).work() == "finished"
    assert states(deliveries) == [("excluded", "withdrawn")]
    assert smtp_sink.arrived == []


def test_the_basis_in_the_row_is_the_one_that_stands_when_it_leaves(
    database, subscribe, campaign, sender, deliveries
):
    person = subscribe()
    made = sender(campaign())
    made._freeze()
    with database.session() as session:
        found = session.get(Person, person.id)
        refuse(session, found, "newsletter")
        grant(session, found, "newsletter")
        session.commit()
    made.work()
    [row] = deliveries()
    assert (row.state, row.decision) == ("sent", 3)


@pytest.mark.parametrize(
    ("fault", "state", "reply"),
    [
        (Fault(at_recipient="550 5.1.1 nobody here"), "failed", "550"),
        (Fault(after_dot="554 5.7.1 spam"), "failed", "554"),
        (Fault(at_recipient="451 4.7.1 greylisted"), "deferred", "451"),
        (Fault(at_data="421 4.3.2 going down"), "deferred", "421"),
        (Fault(after_dot="451 4.3.0 later"), "deferred", "451"),
        (Fault(drop="after dot"), "uncertain", "the relay ended the connection without a word"),
        (Fault(drop="within data"), "uncertain", "the relay ended the connection without a word"),
    ],
)
def test_each_answer_of_the_relay_has_its_state(
    subscribe, campaign, sender, smtp_sink, deliveries, fault, state, reply
):
    subscribe("first@example.com")
    smtp_sink.next_faults.append(fault)
    end = sender(campaign()).work()
    [row] = deliveries()
    assert (row.state, end) == (state, "running" if state == "deferred" else "needs_attention")
    assert row.reply.startswith(reply)


def test_a_relay_that_refuses_our_own_address_stops_the_campaign_and_suppresses_nobody(
    database, subscribe, campaign, sender, smtp_sink, deliveries
):
    for _ in range(3):
        subscribe()
    made = campaign()
    smtp_sink.fault = Fault(at_sender="550 5.1.0 sender rejected")
    assert sender(made).work() == "paused"
    assert [(row.state, row.attempts) for row in deliveries()] == [("pending", 0)] * 3
    with database.session() as session:
        assert list(replies.note(session, lambda: NOW)) == []
        assert session.get(Campaign, made).problem == {
            "message": "The relay refused our own address.",
            "values": {},
            "said": "550 5.1.0 sender rejected",
        }
        steering.resume(session, made, "staff:1", NOW)
        session.commit()
    smtp_sink.fault = Fault()
    assert sender(made).work() == "finished"
    assert len(smtp_sink.taken) == 3


def test_a_later_answer_is_tried_again_with_the_same_message_id(
    subscribe, campaign, sender, smtp_sink, deliveries, send_clock
):
    subscribe()
    smtp_sink.next_faults.append(Fault(after_dot="451 4.3.0 later"))
    made = sender(campaign())
    assert made.work() == "running"
    send_clock.advance(seconds=9)
    assert made.work() == "running"
    send_clock.advance(seconds=1)
    assert made.work() == "finished"
    assert len({arrival.message_id for arrival in smtp_sink.arrived}) == 1
    assert len(smtp_sink.taken) == 1
    assert states(deliveries) == ["sent"]


def test_after_the_last_try_it_has_failed(subscribe, campaign, sender, smtp_sink, deliveries, send_clock):
    subscribe()
    smtp_sink.fault = Fault(at_recipient="451 4.7.1 later")
    made = sender(campaign())
    for seconds in (0, *rows.BACKOFF):
        send_clock.advance(seconds=seconds)
        end = made.work()
    assert (states(deliveries), end) == (["failed"], "needs_attention")


def test_an_uncertain_mail_is_never_repeated(subscribe, campaign, sender, smtp_sink, send_clock):
    subscribe()
    smtp_sink.next_faults.append(Fault(drop="after dot"))
    made = sender(campaign())
    for _ in range(4):
        assert made.work() == "needs_attention"
        send_clock.advance(days=1)
    assert len(smtp_sink.arrived) == 1


class Away:
    """A relay that does not answer."""

    tried = 0

    def deliver(self, sender, to, message, before_body, following=""):
        self.tried += 1
        raise Lost("ConnectionRefusedError", after_data=False)

    def close(self):
        pass


def test_a_relay_that_is_away_costs_one_try_not_everybodys(
    subscribe, campaign, sender, deliveries, smtp_sink, send_clock
):
    for _ in range(5):
        subscribe()
    made, away = campaign(), Away()
    assert sender(made, away).work() == "running"
    assert away.tried == 1
    assert sorted(row.attempts for row in deliveries()) == [0, 0, 0, 0, 1]
    send_clock.advance(minutes=1)
    assert sender(made).work() == "finished"
    assert len(smtp_sink.taken) == 5


def test_two_senders_at_once_send_everything_once(subscribe, campaign, sender, smtp_sink, deliveries):
    for _ in range(60):
        subscribe()
    made = campaign()
    senders = [sender(made), sender(made)]
    threads = [threading.Thread(target=one.work) for one in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert senders[0].work() == "finished"
    ids = [arrival.message_id for arrival in smtp_sink.arrived]
    assert len(ids) == len(set(ids)) == 60
    assert set(states(deliveries)) == {"sent"}


def test_an_address_beyond_ascii_needs_a_relay_that_takes_it(
    subscribe, campaign, sender, smtp_sink, deliveries
):
    subscribe("jörmungandr@example.com")
    smtp_sink.offers_smtputf8 = False
    assert sender(campaign()).work() == "needs_attention"
    [row] = deliveries()
    assert (row.state, "SMTPUTF8" in row.reply) == ("failed", True)
    smtp_sink.offers_smtputf8 = True
    assert sender(campaign()).work() == "finished"
    [arrival] = smtp_sink.taken
    assert b"\r\nTo: j\xc3\xb6rmungandr@example.com\r\n" in arrival.data


def test_the_tick_goes_on_with_what_was_left(database, settings, subscribe, campaign, smtp_sink, deliveries):
    subscribe()
    campaign()
    asked_again = []
    relay = Smtp(smtp_sink.url)
    for _ in range(2):
        resume(settings, database, relay, lambda: NOW, lambda: asked_again.append(1))
    relay.close()
    assert states(deliveries) == ["sent"]
    assert (len(smtp_sink.taken), asked_again) == (1, [])


def test_a_message_beyond_a_tick_asks_for_another(
    database, settings, subscribe, campaign, smtp_sink, monkeypatch
):
    subscribe()
    campaign()
    asked_again = []
    relay = Smtp(smtp_sink.url)
    monkeypatch.setattr("clevenio.newsletter.sending.SLICE", 0.0)
    resume(settings, database, relay, lambda: NOW, lambda: asked_again.append(1))
    relay.close()
    assert (smtp_sink.arrived, asked_again) == ([], [1])
