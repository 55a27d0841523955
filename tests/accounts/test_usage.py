"""Which acts on an account reach the usage log, and that a failed login tells nobody anything."""

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from clevenio.accounts import guessing
from clevenio.accounts import usage as account_usage
from clevenio.accounts.models import Account
from clevenio.accounts.sessions import FRESH
from clevenio.accounts.signups import current_terms
from clevenio.consent.notices import signup_notice
from clevenio.people import usage
from clevenio.people.models import Person
from clevenio.people.usage import Kind, UsageEvent, UseDay
from tests.support.accounts import PASSWORD, make_account
from tests.support.application import form_token
from tests.support.factories import NOW
from tests.support.mailbox import link_in

EMAIL = "aino@example.com"


@pytest.fixture
def account(database):
    with database.session() as session:
        account = make_account(session, EMAIL)
        session.commit()
        return account


@pytest.fixture
def log(other_session):
    """[(person, kind)] of all events that were committed, the oldest first."""

    def find():
        with other_session() as session:
            query = select(UsageEvent.person, UsageEvent.kind).order_by(UsageEvent.id)
            return [(person, Kind(kind)) for person, kind in session.execute(query)]

    return find


@pytest.fixture
def days(other_session):
    def find():
        with other_session() as session:
            return session.execute(select(UseDay.person, UseDay.day)).all()

    return find


def log_in(client, email=EMAIL, password=PASSWORD):
    return client.post("/en/login", data={"email": email, "password": password})


def test_a_login_and_a_logout_are_written_down(client, account, clock, log, days):
    assert log_in(client).status_code == 303
    token = form_token(client.get("/en/account"))
    client.post("/en/logout", data={"csrf_token": token})
    assert log() == [(account.person_id, Kind.LOGIN), (account.person_id, Kind.LOGOUT)]
    assert days() == [(account.person_id, NOW.date())]


def test_a_failed_login_is_written_down_and_is_no_use(client, account, clock, log, days):
    assert log_in(client, password="not the password").status_code == 422
    assert log() == [(account.person_id, Kind.FAILED_LOGIN)]
    assert days() == []


def test_a_login_to_an_address_that_nobody_has_names_nobody_and_is_gone_with_the_next_tick(
    client, app, account, clock, log
):
    log_in(client, "nobody@example.com")
    assert log() == [(None, Kind.FAILED_LOGIN)]
    app.extensions["clevenio"].jobs.run("retention")
    assert log() == []


@pytest.fixture
def statements(app):
    """What a request asks of the database, word for word, without the values."""
    engine, seen = app.extensions["clevenio"].database.engine, []
    event.listen(engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
    event.listen(engine, "commit", lambda _connection: seen.append("commit"))

    def asked(act):
        seen.clear()
        act()
        return list(seen)

    return asked


@pytest.mark.parametrize("state", ["known", "disabled", "restricted"])
def test_a_wrong_password_costs_the_same_whether_or_not_somebody_has_the_address(
    client, account, database, clock, statements, state
):
    with database.session() as session:
        if state == "disabled":
            session.get_one(Account, account.id).disabled_at = NOW
        if state == "restricted":
            session.get_one(Person, account.person_id).restricted_at = NOW
        session.commit()
    log_in(client, "somebody@example.com", "warms caches")
    known = statements(lambda: log_in(client, EMAIL, "not the password"))
    unknown = statements(lambda: log_in(client, "nobody@example.com", "not the password"))
    assert known == unknown
    assert [text for text in known if text.startswith("INSERT INTO usage_events")]


def test_nothing_is_added_about_whoever_is_restricted(client, account, database, clock, log, days):
    assert log_in(client).status_code == 303
    before, used = log(), days()
    with database.session() as session:
        session.get_one(Person, account.person_id).restricted_at = NOW
        session.commit()
    clock.advance(days=1, minutes=-10)
    client.get("/en/account")
    for password in ("not the password", PASSWORD):
        log_in(client, password=password)
    with database.session() as session:
        account_usage.record(session, account.id, Kind.LOGOUT, clock.now)
        account_usage.record_day(session, account.id, clock.now)
        session.commit()
    # Who may log in all the same (GDPR Art. 18) leaves a number, and nothing that leads to them.
    assert log() == [*before, (None, Kind.FAILED_LOGIN), (None, Kind.LOGIN)]
    assert days() == used


def test_a_disabled_account_sees_only_failures(client, account, database, clock, log):
    with database.session() as session:
        session.get_one(Account, account.id).disabled_at = NOW
        session.commit()
    assert log_in(client).status_code == 422
    assert log() == [(account.person_id, Kind.FAILED_LOGIN)]


def test_too_many_tries_are_refused_before_they_are_written_down(client, account, clock, log):
    for _ in range(guessing.CUSTOMERS.pair.most + 3):
        log_in(client, password="a guess")
    assert len(log()) == guessing.CUSTOMERS.pair.most


def test_use_is_written_down_by_day_while_a_session_lasts(client, account, clock, days):
    log_in(client)
    for _ in range(4):
        clock.advance(hours=10)
        assert client.get("/en/account").status_code == 200
    assert sorted(day.day for _, day in days()) == [1, 2, 3]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_reading_goes_on_while_use_cannot_be_written_down(client, account, clock, days, monkeypatch, caplog):
    def full(*_):
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    log_in(client)
    clock.advance(hours=20)
    monkeypatch.setattr(account_usage, "record_day", full)
    assert client.get("/en/account").status_code == 200
    assert len(days()) == 1
    assert "was not written down" in caplog.text


def test_staff_are_no_customers_and_leave_nothing_in_the_log(app, sign_in_staff, clock, log, days):
    browser = sign_in_staff("support")
    clock.now += FRESH
    token = form_token(browser.get("/staff/"))
    browser.post("/staff/logout", data={"csrf_token": token})
    assert log() == []
    assert days() == []


SIGNUP = {
    "email": EMAIL,
    "first_name": "Aino",
    "last_name": "Esimerkki",
    "company": "Esimerkki Oy",
    "website": "example.fi",
    "role": "sales",
    "password": PASSWORD,
    "terms": "yes",
}


def test_a_signup_is_written_down_once_it_is_verified(app, client, clock, mailbox, log, other_session):
    form = {**SIGNUP, "terms_version": current_terms(NOW), "notice": signup_notice("en").id}
    assert client.post("/en/signup", data=form).status_code == 303
    assert log() == []
    app.extensions["clevenio"].jobs.run("mail")
    clock.advance(hours=3)
    client.post(link_in(mailbox.newest(EMAIL), "/v/"))
    with other_session() as session:
        rows = session.execute(select(UsageEvent.kind, UsageEvent.at).order_by(UsageEvent.id)).all()
    assert [tuple(row) for row in rows] == [(Kind.REGISTRATION, NOW), (Kind.VERIFICATION, clock.now)]


def test_the_tick_forgets_by_the_clock(app, client, account, clock, log, days):
    log_in(client)
    app.extensions["clevenio"].jobs.run("retention")
    assert len(log()) == len(days()) == 1
    clock.now = clock.now.replace(year=clock.now.year + 1)
    app.extensions["clevenio"].jobs.run("retention")
    assert log() == []
    clock.advance(days=1)
    app.extensions["clevenio"].jobs.run("retention")
    assert days() == []


def test_the_log_knows_every_kind_that_the_policy_names():
    assert {*usage.Kind} == {
        "registration",
        "verification",
        "login",
        "failed_login",
        "logout",
        "mail_opened",
    }
