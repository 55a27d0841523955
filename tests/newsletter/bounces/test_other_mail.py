"""Mail about accounts and inquiries that comes back: which it was, what follows, and who cannot make it up."""

import io
from datetime import timedelta

import pytest
from flask.cli import ScriptInfo
from sqlalchemy import delete, select

from clevenio import outbox
from clevenio.app import cli
from clevenio.newsletter.bounces import operations, queries, reports
from clevenio.newsletter.bounces.maildir import Maildir
from clevenio.newsletter.bounces.models import Source
from clevenio.newsletter.expiry import SWEEPS
from clevenio.outbox import Mail, MailState
from clevenio.people import operations as people
from clevenio.people.addresses import address
from clevenio.people.models import Person
from clevenio.registry import load
from clevenio.smtp import Reply
from tests.support.factories import NOW, SUPPRESSION_KEY
from tests.support.retention import let_go

ALL_MAIL = set(load().topics)
ON_SQLITE = pytest.mark.parametrize("backend", ["sqlite"])


class TestTheEnvelope:
    @pytest.fixture
    def extra_settings(self):
        return {"BOUNCE_ADDRESS": "bounces@example.com"}

    @ON_SQLITE
    def test_what_comes_back_goes_where_the_settings_say(self, mailed, customer, smtp_sink, kept):
        for to in (customer, "onni@example.fi"):
            mailed(to)
            assert smtp_sink.arrived[-1].sender == "bounces@example.com"
            assert "bounces@" not in str(smtp_sink.arrived[-1].message["From"])


@ON_SQLITE
def test_without_such_an_address_the_sender_gets_it(mailed, customer, smtp_sink, settings):
    mailed(customer)
    assert smtp_sink.arrived[-1].sender in settings.account_from


def test_a_mail_that_came_back_is_no_longer_sent_and_its_mailbox_gets_no_marketing(
    mailed, note, kept, bounces, shut, customer
):
    one = mailed(customer)
    assert [mail.state for mail in kept()] == [MailState.SENT]
    assert note(one.bounce("5.1.1"), NOW + timedelta(hours=1)) == "noted"
    [mail] = kept()
    assert (mail.state, mail.finished_at, mail.message) == (MailState.RETURNED, NOW + timedelta(hours=1), b"")
    [row] = bounces()
    assert (row.mail, row.delivery, row.campaign, row.person) == (mail.id, None, None, customer.id)
    assert (row.kind, row.status, row.key) == ("hard", "5.1.1", customer.email_suppression)
    assert shut(customer) == dict.fromkeys(ALL_MAIL, "hard bounce")


def test_an_address_that_nobody_has_is_not_suppressed(mailed, note, kept, bounces, shut):
    assert note(mailed("onni@example.fi").bounce("5.1.1")) == "noted"
    assert kept()[0].state == MailState.RETURNED
    [row] = bounces()
    assert (row.person, row.key, row.status) == (None, None, "5.1.1")
    assert shut("onni@example.fi") == {}


def test_a_mail_that_a_stranger_asked_for_suppresses_the_very_address_alone(
    mailed, note, kept, shut, customer
):
    """Not every host knows signs behind a plus: there, such a mailbox is none of the customer's."""
    assert note(mailed("aino+zz@example.fi").bounce("5.1.1")) == "noted"
    assert (kept()[0].state, shut(customer)) == (MailState.RETURNED, {})
    assert note(mailed("aino@example.fi").bounce("5.1.1")) == "noted"
    assert shut(customer) == dict.fromkeys(ALL_MAIL, "hard bounce")


@pytest.mark.parametrize("backend", ["postgresql"])
def test_whoever_is_found_by_the_address_is_locked(mailed, customer, database, settings):
    """An erasure at the same time waits, and finds what came back."""
    report = reports.read(mailed("aino@example.fi").bounce("5.1.1"))
    free = select(Person.id).where(Person.id == customer.id).with_for_update(skip_locked=True)
    with database.session() as session, database.session() as eraser:
        assert eraser.scalars(free).all() == [customer.id]
        eraser.rollback()
        operations.note(session, settings, report, Source.REPORT, NOW)
        assert eraser.scalars(free).all() == []


@ON_SQLITE
def test_who_moved_since_keeps_getting_mail_where_they_are(mailed, note, bounces, shut, customer, database):
    one = mailed(customer)
    with database.session() as session:
        person = session.get(Person, customer.id)
        people.move(session, SUPPRESSION_KEY, person, address("new@example.fi"), NOW)
        session.commit()
    assert note(one.bounce("5.1.1")) == "noted"
    assert [(row.person, row.key) for row in bounces()] == [(customer.id, None)]
    assert (shut("new@example.fi"), shut("aino@example.fi")) == ({}, {})


def test_the_same_report_counts_once_and_another_one_changes_no_state(mailed, note, kept, bounces, customer):
    one = mailed(customer)
    assert [note(one.bounce()), note(one.bounce())] == ["noted", "repeated"]
    assert note(one.bounce(own="another"), NOW + timedelta(days=1)) == "noted"
    assert (len(bounces()), kept()[0].finished_at) == (2, NOW)


def test_other_mail_is_one_mailing_however_often_it_is_asked_for(mailed, note, shut, customer):
    for _ in range(4):
        note(mailed(customer).bounce("4.2.2"))
    assert shut(customer) == {}


def test_a_campaign_and_another_mail_are_two_mailings(mailed, sent, note, shut):
    campaign = sent()
    for own in ("one", "two"):
        note(campaign.bounce("4.2.2", own=own))
    assert shut(campaign.person) == {}
    note(mailed(campaign.person).bounce("4.2.2"))
    assert shut(campaign.person) == dict.fromkeys(ALL_MAIL, "soft bounces")


@ON_SQLITE
@pytest.mark.parametrize("status", ["4.2.2", "5.7.1"])
def test_what_says_nothing_of_the_mailbox_suppresses_nobody_and_is_shown_all_the_same(
    mailed, note, kept, shut, customer, status
):
    note(mailed(customer).bounce(status))
    assert (kept()[0].state, shut(customer)) == (MailState.RETURNED, {})


@ON_SQLITE
def test_a_mail_that_is_still_being_tried_stays_as_it_is(mailed, note, kept, bounces, customer):
    assert note(mailed(customer).bounce("4.4.1", action="delayed")) == "waiting"
    assert (kept()[0].state, bounces()) == (MailState.SENT, [])


def test_a_complaint_stops_marketing_and_the_mail_had_arrived(mailed, note, kept, shut, customer):
    assert note(mailed(customer).complaint()) == "noted"
    assert kept()[0].state == MailState.SENT
    assert shut(customer) == dict.fromkeys(ALL_MAIL, "complaint")


@ON_SQLITE
class TestForgery:
    def test_somebody_elses_message_id_is_not_to_be_guessed(self, mailed, note, kept, bounces, customer):
        one = mailed(customer)
        known = one.header("Message-ID")
        for other in (
            known[:-30],
            f"{known[:14]}{known[24:]}",
            "Message-ID: <>",
            "Message-ID: <@example.com>",
        ):
            assert note(one.bounce(original=f"{other}\nTo: aino@example.fi\n")) == "unknown"
        assert (kept()[0].state, bounces()) == (MailState.SENT, [])

    def test_a_message_id_with_another_recipient_is_none_of_ours(self, mailed, note, kept, shut, customer):
        one = mailed(customer)
        original = one.headers.replace("To: aino@example.fi", "To: anna@example.com")
        assert note(one.bounce(original=original, final="anna@example.com")) == "unknown"
        assert (
            note(one.bounce(original=one.header("Message-ID") + "\n", final="anna@example.com")) == "unknown"
        )
        assert (kept()[0].state, shut(customer), shut("anna@example.com")) == (MailState.SENT, {}, {})

    def test_ones_own_mail_suppresses_nobody_else(self, mailed, note, shut, customer):
        mine = mailed("mallory@example.com")
        original = mine.headers.replace("To: mallory@example.com", "To: aino@example.fi, mallory@example.com")
        assert note(mine.bounce(original=original, final="aino@example.fi")) == "noted"
        assert (shut(customer), shut("mallory@example.com")) == ({}, {})

    def test_a_quoted_campaign_is_not_tried_where_the_recipient_does_not_fit(
        self, mailed, sent, note, bounces, shut
    ):
        campaign = sent()
        mine = mailed("mallory@example.com")
        headers = mine.headers.replace("To: mallory@example.com", "To: aino@example.fi")
        quoted = f"{headers}\n{campaign.header('List-Unsubscribe')}\n"
        report = mine.bounce(original=quoted, final="aino@example.fi", kind="message/rfc822")
        assert note(report) == "unknown"
        assert (bounces(), shut(campaign.person)) == ([], {})

    def test_the_message_id_of_another_mail_shuts_that_ones_mailbox_alone(self, mailed, note, shut, customer):
        theirs, mine = mailed(customer), mailed("mallory@example.com")
        original = mine.headers.replace(mine.header("Message-ID"), theirs.header("Message-ID"))
        assert note(mine.bounce(original=original)) == "unknown"
        assert (shut(customer), shut("mallory@example.com")) == ({}, {})


@ON_SQLITE
class TestMatching:
    def test_message_id_and_final_recipient_are_enough(self, mailed, note, kept, customer):
        one = mailed(customer)
        assert note(one.bounce(original=one.header("Message-ID") + "\n")) == "noted"

    def test_capitals_and_another_host_are_the_same(self, mailed, note, customer):
        one = mailed(customer)
        local = one.header("Message-ID").partition("<")[2].partition("@")[0]
        original = f"Message-ID: <{local.upper()}@moved.example.com>\nTo: AINO@example.fi\n"
        assert note(one.bounce(original=original)) == "noted"

    def test_mail_that_was_passed_on_and_ended_elsewhere_counts_for_where_it_went(
        self, mailed, note, shut, customer
    ):
        assert note(mailed(customer).bounce(final="other.place@example.org")) == "noted"
        assert shut(customer)

    def test_the_whole_mail_may_be_enclosed(self, mailed, note, kept, customer):
        one = mailed(customer)
        assert note(one.bounce(original=one.text, kind="message/rfc822")) == "noted"

    def test_a_link_of_a_campaign_in_it_leads_nowhere_else(self, mailed, sent, note, bounces, kept):
        campaign = sent()
        one = mailed(campaign.person)
        quoted = one.headers + "\n" + campaign.header("List-Unsubscribe") + "\n"
        assert note(one.bounce(original=quoted, kind="message/rfc822")) == "noted"
        assert [row.delivery for row in bounces()] == [None]

    def test_what_left_before_message_ids_were_kept_is_not_recognised(self, mailed, note, database, customer):
        one = mailed(customer)
        with database.session() as session:
            session.scalars(select(Mail)).one().message_id = None
            session.commit()
        assert note(one.bounce()) == "unknown"

    def test_where_the_mail_has_gone_the_report_is_about_nothing(self, mailed, note, database, customer):
        one = mailed(customer)
        with database.session() as session:
            session.execute(delete(Mail))
            session.commit()
        assert note(one.bounce()) == "unknown"


class TestStates:
    @ON_SQLITE
    def test_an_uncertain_mail_that_came_back_had_left(self, mailed, note, database, kept, customer):
        one = mailed(customer)
        with database.session() as session:
            mail = session.scalars(select(Mail)).one()
            mail.state, mail.message = MailState.UNCERTAIN, one.data
            session.commit()
        note(one.bounce())
        assert (kept()[0].state, kept()[0].message) == (MailState.RETURNED, one.data)

    @ON_SQLITE
    @pytest.mark.parametrize("state", [MailState.PENDING, MailState.FAILED, MailState.LET_GO])
    def test_what_was_decided_since_stays(self, mailed, note, database, kept, bounces, customer, state):
        one = mailed(customer)
        with database.session() as session:
            session.scalars(select(Mail)).one().state = state
            session.commit()
        assert note(one.bounce()) == "noted"
        assert (kept()[0].state, len(bounces())) == (state, 1)

    def test_a_report_that_is_quicker_than_our_own_commit_stands(
        self, mailed, note, database, kept, customer
    ):
        one = mailed(customer)
        with database.session() as session:
            mail = session.scalars(select(Mail)).one()
            mail.state, mail.due_at, mail.message = MailState.PENDING, NOW, one.data
            session.commit()

        class Relay:
            def deliver(self, _sender, _to, _message, before_body):
                before_body()
                assert note(one.bounce()) == "noted"
                return Reply(250, "taken")

        outbox.deliver_due(database, Relay(), lambda: NOW)
        assert kept()[0].state == MailState.RETURNED

    @ON_SQLITE
    def test_of_a_mail_to_nobody_any_more_there_is_nothing_to_decide(
        self, mailed, note, database, kept, bounces
    ):
        one = mailed("onni@example.fi")
        with database.session() as session:
            outbox.forget_recipient(session, "inquiry", "onni@example.fi")
            session.commit()
        assert note(one.bounce()) == "noted"
        assert kept()[0].state == MailState.LET_GO
        assert (bounces()[0].key, bounces()[0].person) == (None, None)


def test_what_came_back_shows_with_the_person(mailed, sent, note, other_session):
    campaign = sent()
    note(campaign.bounce())
    one = mailed(campaign.person)
    note(one.bounce())
    with other_session() as session:
        rows = queries.of_person(session, campaign.person.id)
        assert [(row.topic, row.subject) for row in rows] == [
            (None, "Choose a new password"),
            ("newsletter", "Three ways to ask"),
        ]
        assert [bounce.delivery is None for bounce in session.scalars(queries.of_campaigns())] == [False]


def test_after_its_period_nothing_tells_of_a_mailbox(mailed, note, bounces, database, customer):
    note(mailed("aino@example.fi").bounce())
    kept = timedelta(days=1200)
    for since, is_kept in ((timedelta(days=1), True), (kept, False)):
        with database.session() as session:
            let_go(session, SWEEPS, NOW + since)
            session.commit()
        [row] = bounces()
        assert (row.key is not None, row.diagnostic is not None) == (is_kept, is_kept)


@ON_SQLITE
class TestTheWaysIn:
    @pytest.fixture
    def run(self, app, monkeypatch, capsys):
        """`run("-", stdin=b"…")`: exit code and standard output of the command."""

        def run(*arguments, stdin=b""):
            monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
            with pytest.raises(SystemExit) as end:
                cli.main(
                    ["newsletter", "inbox", *map(str, arguments)],
                    obj=ScriptInfo(create_app=lambda: app),
                    prog_name="clevenio",
                )
            return end.value.code or 0, capsys.readouterr().out

        return run

    def test_standard_input(self, run, mailed, kept, customer):
        one = mailed(customer)
        assert run(stdin=one.bounce()) == (0, "1 noted.\n")
        assert run(stdin=one.bounce()) == (0, "1 read before.\n")
        assert kept()[0].state == MailState.RETURNED

    def test_a_maildir(self, run, mailed, kept, tmp_path, customer):
        one, other = mailed(customer), mailed("onni@example.fi")
        maildir = Maildir.made(tmp_path / "Maildir")
        forged = other.bounce(original=other.headers.replace("onni@", "anna@"), final="anna@example.fi")
        for name, content in (("1", one.bounce()), ("2", one.bounce()), ("3", forged)):
            (maildir.path / "new" / name).write_bytes(content)
        assert run(maildir.path) == (0, "1 noted, 1 read before, 1 set aside.\n")
        assert sorted(mail.state for mail in kept()) == [MailState.RETURNED, MailState.SENT]
        assert len(maildir.aside()) == 1
