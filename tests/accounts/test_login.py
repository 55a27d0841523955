"""Logging in and out: one answer for everybody, and a logout that holds against a kept cookie."""

import statistics
import time
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from clevenio.accounts import guessing, passwords, sessions
from clevenio.accounts.models import Account, LoginSession
from clevenio.accounts.sessions import IDLE, Kind
from tests.support.accounts import PASSWORD, make_account
from tests.support.application import form_token, new_client
from tests.support.factories import NOW

EMAIL = "aino@example.com"
PATHS = {"fi": "/fi/kirjaudu", "en": "/en/login"}


@pytest.fixture
def account(database):
    """A committed account; its id."""
    with database.session() as session:
        made = make_account(session, "Aino@Example.com")
        session.commit()
        return made.id


@pytest.fixture
def rows(other_session):
    """Every login there is."""

    def find():
        with other_session() as session:
            return list(session.scalars(select(LoginSession).order_by(LoginSession.created_at)))

    return find


def log_in(client, email=EMAIL, password=PASSWORD, language="en", **query):
    return client.post(PATHS[language], data={"email": email, "password": password}, query_string=query)


def cookie(client):
    return client.get_cookie("session")


@pytest.mark.parametrize("email", [EMAIL, " AINO@EXAMPLE.COM ", "aino@example.com\u200b"])
def test_the_address_may_be_spelt_as_people_spell_it(client, account, clock, email):
    response = log_in(client, email)
    assert (response.status_code, response.location) == (303, "/en/account")
    assert client.get("/en/account").status_code == 200


@pytest.mark.parametrize("language", PATHS)
def test_wrong_password_unknown_and_disabled_are_answered_alike(client, account, database, clock, language):
    with database.session() as session:
        make_account(session, "disabled@example.com").disabled_at = NOW
        session.commit()
    answers = [
        log_in(client, email, password, language)
        for email, password in [
            (EMAIL, "not the password"),
            ("nobody@example.com", PASSWORD),
            ("disabled@example.com", PASSWORD),
            ("no address at all", PASSWORD),
        ]
    ]
    assert {answer.status_code for answer in answers} == {422}
    texts = {
        answer.text.replace(email, "")
        for answer, email in zip(
            answers, [EMAIL, "nobody@example.com", "disabled@example.com", "no address at all"], strict=True
        )
    }
    assert len(texts) == 1
    said = {
        "fi": "Osoite ja salasana eivät kuulu yhteen.",
        "en": "The address and the password do not belong together.",
    }
    assert said[language] in texts.pop()
    assert cookie(client) is None


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["sqlite"])
def test_nobody_takes_as_long_as_somebody(passwords_in_full, client, account, monkeypatch):
    endless = guessing._door("logins", 1000, 1000, 1000)
    monkeypatch.setattr(guessing, "CUSTOMERS", endless)
    took = {EMAIL: [], "nobody@example.com": []}
    for _ in range(60):
        for email, times in took.items():
            begun = time.perf_counter()
            log_in(client, email, "not the password")
            times.append(time.perf_counter() - begun)
    known, unknown = (statistics.quantiles(times, n=10) for times in took.values())
    assert known[1] < unknown[7]
    assert unknown[1] < known[7]


@pytest.mark.parametrize("data", [{}, {"email": EMAIL}, {"password": PASSWORD}])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_field_left_empty_is_named(client, data):
    response = client.post("/fi/kirjaudu", data=data)
    assert response.status_code == 422
    missing = {"email", "password"} - data.keys()
    assert {name for name in ("email", "password") if f'id="{name}-error"' in response.text} == missing


def test_the_cookie_holds_a_random_id_and_a_token_and_nothing_more(app, client, account, clock, rows):
    log_in(client)
    client.get("/en/account")
    value = app.session_interface.get_signing_serializer(app).loads(cookie(client).value)
    assert value.keys() == {"_user_id", "_fresh", "csrf_token"}
    row = rows()[0]
    assert (row.kind, row.member, row.created_at) == (Kind.ACCOUNT, account, NOW)
    assert value["_user_id"] not in str(vars(row))


def test_a_cookie_kept_from_before_the_logout_opens_nothing(client, app, account, clock, rows):
    log_in(client)
    page = client.get("/en/account")
    kept = cookie(client).value
    response = client.post("/en/logout", data={"csrf_token": form_token(page)})
    assert (response.status_code, response.location) == (303, "/en/")
    assert rows()[0].ended_at == NOW
    thief = new_client(app)
    thief.set_cookie("session", kept)
    assert thief.get("/en/account").location == "/en/login?next=/en/account"


def test_a_hash_of_older_parameters_is_renewed_by_the_login(client, account, database, other_session, clock):
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    with database.session() as session:
        session.get_one(Account, account).password = old
        session.commit()
    assert log_in(client, password="not the password").status_code == 422
    kept = []
    for _ in range(2):
        assert log_in(client).status_code == 303
        with other_session() as session:
            kept.append(session.get_one(Account, account).password)
    assert kept[0] != old
    assert kept[0] == kept[1]


@pytest.mark.parametrize("old", [None, PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1)])
@pytest.mark.parametrize("field", ["password", "disabled_at"])
def test_a_login_in_flight_does_not_outlive_a_change_of_the_password(
    client, account, database, other_session, clock, rows, monkeypatch, old, field
):
    """With a hash that is to be renewed as well: the old password does not come back."""
    new = {"password": passwords.hashed("another made-up pass phrase"), "disabled_at": clock.now}[field]
    if old:
        with database.session() as session:
            session.get_one(Account, account).password = old.hash(PASSWORD)
            session.commit()
    matches = passwords.matches

    def comparing(kept, typed):
        with database.session() as session:
            setattr(session.get_one(Account, account), field, new)
            sessions.end_all(session, Kind.ACCOUNT, account, clock.now)
            session.commit()
        return matches(kept, typed)

    monkeypatch.setattr(passwords, "matches", comparing)
    assert log_in(client).status_code == 422
    assert rows() == []
    with other_session() as session:
        assert getattr(session.get_one(Account, account), field) == new


def test_logging_in_again_ends_the_session_the_browser_brought(client, app, account, clock, rows):
    log_in(client)
    kept = cookie(client).value
    clock.advance(seconds=1)
    log_in(client)
    assert [row.ended_at is None for row in rows()] == [False, True]
    assert cookie(client).value != kept


def test_a_cookie_that_was_planted_is_not_taken_over(client, app, account, clock, rows):
    signer = app.session_interface.get_signing_serializer(app)
    client.set_cookie("session", signer.dumps({"_user_id": "planted", "extra": "kept"}))
    log_in(client)
    value = signer.loads(cookie(client).value)
    assert value["_user_id"] != "planted"
    assert "extra" not in value


def test_a_disabled_account_is_out_at_once(client, account, database, clock):
    log_in(client)
    with database.session() as session:
        session.get_one(Account, account).disabled_at = NOW
        session.commit()
    assert client.get("/en/account").status_code == 303


def test_a_session_rests_so_long_and_use_keeps_it_awake(client, account, clock):
    log_in(client)
    for _ in range(3):
        clock.now += IDLE[Kind.ACCOUNT] - timedelta(minutes=1)
        assert client.get("/en/account").status_code == 200
    clock.now += IDLE[Kind.ACCOUNT]
    assert client.get("/en/account").status_code == 303


@pytest.mark.parametrize("backend", ["sqlite"])
def test_logging_out_works_from_a_page_left_open_and_from_no_other_site(client, account, clock, rows):
    log_in(client)
    old = form_token(client.get("/en/account"))
    client.post("/en/logout", data={"csrf_token": old})
    log_in(client)
    assert client.post("/en/logout", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.get("/en/account").status_code == 200
    assert client.post("/en/logout", data={"csrf_token": old}).status_code == 303
    assert all(row.ended_at for row in rows())


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_post_that_does_not_say_where_it_comes_from_is_refused_once_there_is_a_session(app, account, clock):
    client = app.test_client()
    assert log_in(client).status_code == 303
    token = form_token(client.get("/en/account"))
    assert client.post("/en/logout", data={"csrf_token": token}).status_code == 403


@pytest.mark.parametrize("backend", ["sqlite"])
def test_logging_out_without_a_session_does_no_harm(client):
    assert client.post("/fi/kirjaudu-ulos").location == "/fi/"
    assert client.get("/fi/kirjaudu-ulos").status_code == 405


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        ("/en/account", "/en/account"),
        ("/fi/tili", "/fi/tili"),
        ("//evil.example", "/en/account"),
        ("/\\evil.example", "/en/account"),
        ("https://evil.example/", "/en/account"),
        ("https:///evil.example", "/en/account"),
        ("/en/\r\nSet-Cookie: a=b", "/en/account"),
    ],
)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_after_the_login_only_a_page_of_this_site_follows(client, account, clock, wanted, where):
    assert log_in(client, next=wanted).location == where


@pytest.mark.parametrize("backend", ["sqlite"])
def test_who_is_logged_in_needs_no_login_page(sign_in_account):
    assert sign_in_account().get("/fi/kirjaudu").location == "/fi/tili"


def test_guessing_is_stopped_for_known_and_unknown_alike_and_starts_anew_later(client, account, clock):
    for email in (EMAIL, "nobody@example.com"):
        answers = [log_in(client, email, "a guess") for _ in range(guessing.CUSTOMERS.pair.most + 1)]
        assert [a.status_code for a in answers] == [422] * guessing.CUSTOMERS.pair.most + [429]
        assert "Wait a quarter of an hour" in answers[-1].text
    assert log_in(client).status_code == 429
    clock.now += guessing.CUSTOMERS.pair.window
    assert log_in(client).status_code == 303


def test_who_guesses_elsewhere_locks_nobody_out(client, account, clock):
    for _ in range(guessing.CUSTOMERS.pair.most + 1):
        client.post(
            "/en/login",
            data={"email": EMAIL, "password": "a guess"},
            environ_base={"REMOTE_ADDR": "198.51.100.7"},
        )
    assert log_in(client).status_code == 303


def guess(client, network, password="a guess"):
    form = {"email": EMAIL, "password": password}
    return client.post("/en/login", data=form, environ_base={"REMOTE_ADDR": f"198.51.{network}.7"})


def test_guesses_from_many_networks_are_slowed_down_together(client, account, clock):
    most = guessing.CUSTOMERS.address.most
    answers = [guess(client, network).status_code for network in range(most + 5)]
    assert answers == [422] * most + [429] * 5
    assert guess(client, 200, PASSWORD).status_code == 429
    clock.now += guessing.CUSTOMERS.address.window
    assert guess(client, 200, PASSWORD).status_code == 303


def test_who_has_been_here_before_comes_in_while_others_guess(client, app, account, clock):
    assert log_in(new_client(app)).status_code == 303
    clock.advance(days=30)
    for network in range(guessing.CUSTOMERS.address.most):
        guess(client, network)
    assert guess(client, 100, PASSWORD).status_code == 429
    assert log_in(client).status_code == 303


def test_one_network_cannot_shut_an_address_out_everywhere(client, account, clock):
    for _ in range(3 * guessing.CUSTOMERS.pair.most):
        guess(client, 1)
    assert guess(client, 2, PASSWORD).status_code == 303


def test_right_passwords_use_no_limit_up(client, app, account, clock):
    for _ in range(2 * guessing.CUSTOMERS.pair.most):
        assert log_in(new_client(app)).status_code == 303


@pytest.mark.parametrize("path", ["/fi/tili", "/fi/tili/tiedot", "/fi/tili/valinnat"])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_strangers_are_led_to_the_login_and_may_post_nothing(client, path):
    assert client.get(path).location == f"/fi/kirjaudu?next={path}"
    if path != "/fi/tili":
        assert client.post(path).status_code == 403


@pytest.mark.parametrize("backend", ["sqlite"])
def test_staff_are_no_customers_and_customers_no_staff(sign_in_staff, sign_in_account):
    assert sign_in_staff("administrator").get("/en/account").status_code == 303
    assert sign_in_account().get("/staff/signups").status_code == 303
