"""The overview: what waits, for whom, in which order."""

from datetime import timedelta

import pytest

from clevenio import outbox
from clevenio.backoffice import waiting
from clevenio.backoffice.waiting import Source
from clevenio.due import Due
from clevenio.i18n import set_language
from clevenio.inquiries import operations
from clevenio.inquiries.operations import Message
from clevenio.people.addresses import address
from clevenio.people.staff_members import Role
from tests.support.factories import NOW


def ask(session, settings, *, now=NOW, email="aino@example.com"):
    message = Message("Aino Esimerkki", address(email), f"At {now}", None)
    return operations.send(session, settings, message, "en", now)


def texts(session, settings, *roles):
    return [due.text for due in waiting.waiting(session, settings, frozenset(roles), NOW)]


@pytest.fixture
def trouble(database):
    """A mail that failed three days ago."""
    with database.session() as session:
        mail = outbox.queue(
            session,
            kind="inquiry",
            sender="account@example.com",
            recipient="nobody@example.com",
            subject="We have your message",
            message=b"made up",
            now=NOW,
        )
        session.flush()
        mail.state, mail.finished_at, mail.reply = outbox.MailState.FAILED, NOW - timedelta(days=3), "550"
        session.commit()
        return mail.id


def test_nothing_waits_in_an_empty_house(database, settings):
    with database.session(write=False) as session:
        assert texts(session, settings, "administrator") == []


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(hours=1), "since today"),
        (timedelta(days=1), "since yesterday"),
        (timedelta(days=6), "since Tuesday"),
        (timedelta(days=7), "since 25\u00a0May 2026"),
    ],
)
def test_open_inquiries_wait_since_the_oldest_came(database, settings, ago, said):
    with database.session() as session:
        ask(session, settings, now=NOW - ago)
        assert texts(session, settings, "support") == [f"1 inquiry waits for an answer, {said}."]
        ask(session, settings, email="matti@example.com")
        assert texts(session, settings, "support") == [f"2 inquiries wait for an answer, the oldest {said}."]


def test_what_was_answered_does_not_wait(database, settings):
    with database.session() as session:
        ask(session, settings).state = "answered"
        session.flush()
        assert texts(session, settings, "support") == []


def test_each_role_is_told_of_its_own_work_alone(database, settings, trouble):
    with database.session() as session:
        ask(session, settings)
        assert len(texts(session, settings, "support")) == 1
        assert texts(session, settings, "marketer", "privacy_officer") == []
        assert len(texts(session, settings, "administrator")) == 2


def test_the_urgent_comes_first_then_what_is_due_earliest(database, settings, monkeypatch):
    def source(text, days, is_urgent=False):
        due = Due(text, "act", "backoffice.home", NOW + timedelta(days=days), is_urgent=is_urgent)
        return Source(frozenset({Role.SUPPORT}), "made up", lambda *_: [due])

    monkeypatch.setattr(
        waiting, "SOURCES", (source("later", 5), source("early", -2), source("urgent", 9, is_urgent=True))
    )
    with database.session(write=False) as session:
        assert texts(session, settings, "support") == ["urgent", "early", "later"]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_it_is_said_in_the_language_of_the_reader(database, settings):
    with database.session() as session:
        ask(session, settings, now=NOW - timedelta(days=6))
        set_language("fi")
        assert texts(session, settings, "support") == [
            "1 yhteydenotto odottaa vastausta, tiistaista lähtien."
        ]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_every_due_thing_on_the_overview_leads_to_where_it_is_done(
    sign_in_staff, database, settings, trouble, clock
):
    with database.session() as session:
        ask(session, settings)
        session.commit()
    page = sign_in_staff("administrator").get("/staff/").text
    assert page.index('href="/staff/failed-mail"', page.index("<ol")) < page.index(
        'href="/staff/inquiries?state=open"'
    )
    assert "Nothing waits for you" not in page
    assert "Nothing waits for you" in sign_in_staff("privacy_officer").get("/staff/").text


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("role", "teaches", "not_for_them"),
    [
        ("support", "inquiries without an answer, guardians’ messages to check", "unusual logins"),
        ("marketer", "people to take out of a platform", "inquiries"),
        ("privacy_officer", "requests about personal data", "inquiries"),
        ("administrator", "mail that did not arrive", "You have no role"),
    ],
)
def test_an_empty_overview_says_what_would_come_to_each_role(
    sign_in_staff, clock, role, teaches, not_for_them
):
    page = sign_in_staff(role).get("/staff/").text.partition('class="empty"')[2]
    assert teaches in page
    assert not_for_them not in page.partition("</div>")[0]
    assert ("Open requests" in page) is (role in ("privacy_officer", "administrator"))


@pytest.mark.parametrize("backend", ["sqlite"])
def test_whoever_has_no_role_is_told_who_gives_one(sign_in_staff, clock):
    assert "An administrator can give you one." in sign_in_staff().get("/staff/").text
