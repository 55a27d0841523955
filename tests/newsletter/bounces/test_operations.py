"""What follows from a bounce and from a complaint."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from clevenio.consent import ledger
from clevenio.newsletter.bounces import queries, replies
from clevenio.newsletter.bounces.queries import Returned
from clevenio.newsletter.models import Delivery
from clevenio.people import identifiers
from clevenio.people import operations as people
from clevenio.people.models import Person
from clevenio.registry import load
from tests.support.factories import NOW, SUPPRESSION_KEY, grant
from tests.support.smtp_sink import Fault

ALL_MAIL = set(load().topics)


def test_a_hard_bounce_suppresses_the_mailbox_for_every_kind_of_marketing_mail(
    sent, note, bounces, shut, campaign, sender, smtp_sink
):
    one = sent()
    assert note(one.bounce("5.1.1")) == "noted"
    assert shut(one.person) == dict.fromkeys(ALL_MAIL, "hard bounce")
    [row] = bounces()
    assert (row.kind, row.status, row.source, row.person) == ("hard", "5.1.1", "report", one.person.id)
    before = len(smtp_sink.arrived)
    assert sender(campaign()).work() == "finished"
    assert len(smtp_sink.arrived) == before


def test_a_hard_bounce_is_no_decision_of_the_person(sent, note, other_session):
    one = sent()
    note(one.bounce("5.1.1"))
    with other_session() as session:
        assert [row.state for row in ledger.history(session, one.person.id)] == ["granted"]


def test_a_complaint_is_a_refusal_of_its_topic_and_stops_all_marketing_mail(
    sent, note, bounces, shut, database, other_session
):
    one = sent()
    with database.session() as session:
        grant(session, session.get(Person, one.person.id), "surveys")
        session.commit()
    assert note(one.complaint()) == "noted"
    assert shut(one.person) == dict.fromkeys(ALL_MAIL, "complaint")
    [row] = bounces()
    assert (row.kind, row.source) == ("complaint", "report")
    with other_session() as session:
        last = ledger.latest(session, one.person.id)
        assert (last["newsletter"].state, last["newsletter"].channel) == ("withdrawn", "complaint")
        assert last["surveys"].state == "granted"
        [notice] = ledger.wordings(session, [last["newsletter"].notice]).values()
    assert notice.kind == "complaint"


def test_three_soft_bounces_over_two_campaigns_suppress(sent, note, bounces, shut):
    first = sent()
    for own in ("one", "two", "three"):
        note(first.bounce("4.2.2", own=own))
    assert shut(first.person) == {}, "one campaign alone"
    second = sent(person=first.person)
    note(second.bounce("4.2.2"))
    assert shut(first.person) == dict.fromkeys(ALL_MAIL, "soft bounces")
    assert [row.kind for row in bounces()] == ["soft"] * 4


@pytest.mark.parametrize("backend", ["sqlite"])
def test_two_soft_bounces_over_two_campaigns_do_not(sent, note, shut):
    first = sent()
    second = sent(person=first.person)
    note(first.bounce("4.4.7"))
    note(second.bounce("5.2.2"))
    assert shut(first.person) == {}
    note(second.bounce("5.2.2", own="another"))
    assert shut(first.person) != {}


@pytest.mark.parametrize("backend", ["sqlite"])
def test_who_came_back_is_counted_anew(sent, note, shut, database):
    first = sent()
    second = sent(person=first.person)
    for own in ("one", "two"):
        for each in (first, second):
            note(each.bounce("4.2.2", own=own))
    assert shut(first.person)
    later = NOW + timedelta(days=1)
    with database.session() as session:
        person = session.get(Person, first.person.id)
        people.come_back(session, person, {"newsletter": ledger.State.GRANTED}, later)
        session.commit()
    assert shut(first.person) == {}, "the mailbox works, for every topic"
    note(second.bounce("4.2.2", own="later"), later + timedelta(days=1))
    assert shut(first.person) == {}


@pytest.mark.parametrize("backend", ["sqlite"])
def test_who_comes_back_after_a_complaint_opens_one_topic_alone(sent, note, shut, database):
    one = sent()
    note(one.complaint())
    with database.session() as session:
        people.come_back(
            session, session.get(Person, one.person.id), {"newsletter": ledger.State.GRANTED}, NOW
        )
        session.commit()
    assert set(shut(one.person)) == ALL_MAIL - {"newsletter"}


def test_the_same_report_read_again_does_nothing_more(sent, note, bounces, other_session):
    one = sent()
    assert [note(one.bounce()), note(one.bounce()), note(one.complaint()), note(one.complaint())] == [
        "noted",
        "repeated",
        "noted",
        "repeated",
    ]
    assert len(bounces()) == 2
    with other_session() as session:
        assert len(ledger.history(session, one.person.id)) == 2


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_mail_that_is_still_being_tried_is_no_bounce(sent, note, bounces, shut):
    one = sent()
    assert note(one.bounce("4.4.1", action="delayed")) == "waiting"
    assert (bounces(), shut(one.person)) == ([], {})


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_is_said_of_us_suppresses_nobody(sent, note, bounces, shut):
    one = sent()
    for number, status in enumerate(("5.7.1", "5.6.0", "5.3.4", "4.7.0")):
        note(one.bounce(status, own=str(number)))
    assert [row.kind for row in bounces()] == ["blocked"] * 4
    assert shut(one.person) == {}


@pytest.mark.parametrize("backend", ["sqlite"])
class TestForgery:
    def test_a_report_without_a_message_of_ours_changes_nothing(self, sent, note, bounces, shut):
        one = sent()
        forged = "Message-ID: <made.up@example.com>\nTo: aino@example.fi\nSubject: hello\n"
        assert note(one.bounce(original=forged)) == "unknown"
        assert note(one.complaint(original=forged, more="Original-Rcpt-To: <aino@example.fi>\n")) == "unknown"
        assert (bounces(), shut(one.person)) == ([], {})

    def test_a_link_with_another_signature_leads_nowhere(self, sent, note):
        one = sent()
        start, _, _ = one.header("List-Unsubscribe").rpartition(".")
        other = f"{start}.{'A' * 43}>"
        assert note(one.bounce(original=f"{other}\nTo: aino@example.fi\n")) == "unknown"

    def test_ones_own_message_suppresses_nobody_else(self, sent, note, subscribe, bounces, shut):
        victim = subscribe("anna@example.com")
        mine = sent("mallory@example.com")
        original = mine.headers.replace("To: mallory@example.com", "To: anna@example.com")
        assert note(mine.bounce(original=original, final="anna@example.com")) == "noted"
        assert shut(victim) == {}
        assert shut(mine.person) == {}
        assert bounces()[0].key is None


@pytest.mark.parametrize("backend", ["sqlite"])
class TestMatching:
    def test_the_way_out_alone_is_enough(self, sent, note, shut):
        one = sent()
        original = one.header("List-Unsubscribe") + "\nTo: (redacted)\n"
        assert note(one.complaint(original=original, kind="text/rfc822-headers")) == "noted"
        assert shut(one.person)

    def test_message_id_and_recipient_are_enough(self, sent, note, shut):
        one = sent()
        original = one.header("Message-ID") + "\n"
        assert note(one.bounce(original=original)) == "noted"
        assert shut(one.person)

    def test_a_message_id_in_capitals_is_the_same(self, sent, note):
        one = sent()
        value = one.header("Message-ID").partition(": ")[2].upper()
        assert note(one.bounce(original=f"Message-ID: {value}\n")) == "noted"

    def test_mail_that_was_passed_on_and_ended_elsewhere_bounces_for_the_person(self, sent, note, shut):
        one = sent()
        assert note(one.bounce(final="other.place@example.org")) == "noted"
        assert shut(one.person)

    def test_who_moved_since_is_not_suppressed_where_they_are_now(self, sent, note, bounces, shut, database):
        one = sent()
        with database.session() as session:
            person = session.get(Person, one.person.id)
            people.move(session, SUPPRESSION_KEY, person, identifiers.address("uusi@example.fi"), NOW)
            session.commit()
            moved = person
        assert note(one.bounce()) == "noted"
        assert (shut(moved), bounces()[0].key) == ({}, None)


def test_who_has_gone_is_counted_and_nothing_else(sent, note, bounces, database):
    one = sent()
    with database.session() as session:
        session.delete(session.get(Person, one.person.id))
        session.commit()
    assert note(one.bounce()) == "noted"
    assert [(row.kind, row.key) for row in bounces()] == [("hard", None)]


def test_no_address_is_kept_of_what_the_server_said(sent, note, bounces):
    note(sent().bounce(diagnostic="550 5.1.1 <aino@example.fi>: user unknown\x00 in aino@example.fi"))
    [row] = bounces()
    assert "aino" not in row.diagnostic
    assert "user unknown" in row.diagnostic


def test_a_campaign_counts_each_delivery_once(sent, note, other_session):
    one = sent()
    for own in ("one", "two"):
        note(one.bounce(own=own))
        note(one.complaint(own=own))
    with other_session() as session:
        campaign = session.scalars(select(Delivery.campaign)).one()
        assert queries.returned(session, campaign) == Returned(bounced=1, complaints=1)


class TestReplies:
    @pytest.fixture
    def refused(self, subscribe, campaign, sender, smtp_sink):
        def refuse(answer):
            person = subscribe("poissa@example.fi")
            smtp_sink.fault = Fault(at_recipient=answer)
            sender(campaign()).work()
            return person

        return refuse

    @staticmethod
    def note(database):
        with database.session() as session:
            noted = sum(replies.note(session, lambda: NOW))
            session.commit()
            return noted

    def test_what_a_relay_refuses_at_once_bounced_as_hard(self, refused, database, bounces, shut, deliveries):
        person = refused("550 5.1.1 user unknown")
        assert [row.state for row in deliveries()] == ["failed"]
        assert (self.note(database), self.note(database)) == (1, 0)
        [row] = bounces()
        assert (row.kind, row.source, row.status) == ("hard", "reply", "5.1.1")
        assert shut(person) == dict.fromkeys(ALL_MAIL, "hard bounce")

    @pytest.mark.parametrize("backend", ["sqlite"])
    @pytest.mark.parametrize("answer", ["550 5.7.1 blocked", "550 no"])
    def test_a_refusal_that_says_nothing_of_the_mailbox_suppresses_nobody(
        self, refused, database, shut, answer
    ):
        person = refused(answer)
        assert self.note(database) == 1
        assert shut(person) == {}

    @pytest.mark.parametrize("backend", ["sqlite"])
    def test_what_was_never_sent_is_no_bounce_of_the_campaign(self, refused, database, other_session):
        refused("550 5.1.1 user unknown")
        self.note(database)
        with other_session() as session:
            campaign = session.scalars(select(Delivery.campaign)).one()
            assert queries.returned(session, campaign) == Returned(0, 0)
