"""The end of a restriction: decided first, told then, and only then the data is used again (GDPR Art. 18(3))."""

from threading import Thread

import pytest
from sqlalchemy import select

from clevenio.people import restrictions
from clevenio.rights import restricting, subjects
from clevenio.rights.models import Request
from tests.rights.conftest import STAFF
from tests.rights.handling.test_staff import officer, send
from tests.rights.test_restricting import standing
from tests.support.factories import NOW
from tests.support.mailbox import text_of

__all__ = ["officer", "standing"]
EMAIL = "aino@example.com"


def lift(database, settings, request):
    with database.session() as session:
        restricting.lift(session, settings, request, "The name was right", STAFF, NOW)
        session.commit()


def go_on(database, settings):
    restricting.go_on(settings, database, NOW)


@pytest.fixture
def contested(acts, database, settings):
    """Somebody's question about their data, which restricts it."""
    person = acts.customer(EMAIL)
    request = acts.ask_for("rectification", person)
    with database.session() as session:
        found = session.get_one(Request, request)
        restricting.begin(session, found, subjects.of_request(session, settings, found), NOW)
        session.commit()
    return request


def test_nothing_is_used_before_the_word_of_the_end_has_left(
    acts, contested, standing, database, settings, relay
):
    lift(database, settings, contested)
    go_on(database, settings)
    assert standing() == (["accuracy"], False)
    acts.deliver(relay)
    go_on(database, settings)
    assert standing() == ([], True)
    assert acts.history(contested)[-2:] == ["restriction_ends", "unrestricted"]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_word_that_no_server_took_ends_nothing_and_is_said_again(
    acts, contested, standing, database, settings, relay, mail_refused, officer
):
    lift(database, settings, contested)
    acts.deliver(mail_refused)
    go_on(database, settings)
    assert standing() == (["accuracy"], False)
    page = officer.get(f"/staff/requests/{contested}").text
    assert "the person could not be told" in page
    assert f"{contested}/restriction/end" in page
    lift(database, settings, contested)
    acts.deliver(relay)
    go_on(database, settings)
    assert standing() == ([], True)


def contest_again(acts, database, settings):
    """The same person asks anew, by a request that restricts on the same ground."""
    again = acts.ask_for("rectification", acts.person(EMAIL).id)
    with database.session() as session:
        found = session.get_one(Request, again)
        restricting.begin(session, found, subjects.of_request(session, settings, found), NOW)
        session.commit()
    return again


def test_what_is_contested_again_meanwhile_stays_unused_and_nobody_is_told_otherwise(
    acts, contested, standing, database, settings, relay, mailbox, held
):
    lift(database, settings, contested)
    again = contest_again(acts, database, settings)
    acts.deliver(relay)
    go_on(database, settings)
    assert standing() == (["accuracy"], False)
    assert held() == [again]
    assert not any("used again" in text_of(mail) for mail in mailbox.all(EMAIL))
    assert acts.history(contested)[-1] == "contested_again"


@pytest.fixture
def held(other_session):
    def look():
        with other_session() as session:
            return list(session.scalars(select(restrictions.Restriction.request)))

    return look


@pytest.mark.parametrize("backend", ["postgresql"])
def test_who_contests_while_it_ends_is_restricted_anew(
    acts, contested, standing, database, settings, relay, held, monkeypatch
):
    """The end waits for whoever contests, and leaves theirs alone."""
    lift(database, settings, contested)
    acts.deliver(relay)
    again = acts.ask_for("rectification", acts.person(EMAIL).id)
    with database.session() as session:
        found = session.get_one(Request, again)
        restricting.begin(session, found, subjects.of_request(session, settings, found), NOW)
        ending = Thread(target=go_on, args=(database, settings))
        ending.start()
        ending.join(0.5)
        assert ending.is_alive()
        session.commit()
    ending.join(20)
    assert standing() == (["accuracy"], False)
    assert held() == [again]


def test_of_two_that_end_together_the_last_says_that_the_data_is_used_again(
    acts, contested, standing, database, settings, relay, mailbox
):
    objection = acts.ask_for("objection", acts.person(EMAIL).id)
    with database.session() as session:
        found = session.get_one(Request, objection)
        restricting.begin(session, found, subjects.of_request(session, settings, found), NOW)
        session.commit()
    for request in (contested, objection):
        lift(database, settings, request)
    acts.deliver(relay)
    go_on(database, settings)
    assert standing() == ([], True)
    said = [mail["Subject"] for mail in mailbox.all(EMAIL)]
    assert sum("Tietojasi käytetään taas" in subject for subject in said) == 1


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_is_about_to_end_answers_no_request_for_restriction(
    acts, contested, database, settings, officer
):
    lift(database, settings, contested)
    asked = acts.ask_for("restriction", acts.person(EMAIL).id)
    path = f"/staff/requests/{asked}"
    answer = {"text": "It is kept and not used.", "way": "mail", "outcome": ""}
    assert "Nothing is restricted yet." in send(officer, f"{path}/answer", f"{path}/answer", **answer).text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_end_that_reached_nobody_waits_on_the_dashboard(
    acts, contested, database, settings, mail_refused, officer
):
    lift(database, settings, contested)
    assert "could not be told" not in officer.get("/staff/").text
    acts.deliver(mail_refused)
    assert "1 restriction was to end, and the person could not be told." in officer.get("/staff/").text
