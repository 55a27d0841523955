"""The list of one's own logins: each with its browser, this one marked, any of them ended for good."""

import re

import pytest
from sqlalchemy import select

from clevenio.accounts.models import LoginSession
from clevenio.accounts.sessions import ABSOLUTE, IDLE, Kind
from tests.support.accounts import PASSWORD
from tests.support.application import form_token, new_client

EMAIL = "aino@example.com"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
PATHS = {
    "fi": ("/fi/tili/kirjautuminen", "/fi/tili/istunnot"),
    "en": ("/en/account/security", "/en/account/sessions"),
}
NAMED = re.compile(r'name="session" value="([0-9a-f]{64})"')


@pytest.fixture
def other(app, clock):
    """`other()`: another browser of the same account."""

    def log_in(email=EMAIL, **headers):
        client = new_client(app)
        response = client.post("/en/login", data={"email": email, "password": PASSWORD}, headers=headers)
        assert response.status_code == 303
        return client

    return log_in


def end(client, named, language="en"):
    page, path = PATHS[language]
    return client.post(path, data={"csrf_token": form_token(client.get(page)), "session": named})


def is_in(client):
    return client.get("/en/account").status_code == 200


def test_the_list_shows_every_open_login_and_marks_this_one(sign_in_account, other, clock):
    client = sign_in_account()
    clock.advance(minutes=10)
    other(**{"User-Agent": FIREFOX})
    text = client.get("/en/account/security").text
    assert "Firefox, Windows" in text
    assert text.count("this browser") == 1
    assert len(NAMED.findall(text)) == 1


@pytest.mark.parametrize("language", PATHS)
def test_one_login_is_ended_and_its_cookie_opens_nothing(sign_in_account, other, clock, language):
    client, thief, phone = sign_in_account(language=language), other(), other()
    named = NAMED.findall(client.get(PATHS[language][0]).text)
    assert len(named) == 2
    response = end(client, named[0], language)
    assert response.location == PATHS[language][0]
    assert sorted(map(is_in, (thief, phone))) == [False, True]
    assert is_in(client)


def test_all_others_are_ended_and_this_one_goes_on(sign_in_account, other, clock):
    client, others = sign_in_account(), [other(), other()]
    assert end(client, "others").status_code == 303
    assert not any(map(is_in, others))
    assert is_in(client)
    assert "You are logged in nowhere else." in client.get("/en/account/security").text


def test_nobody_ends_a_login_of_somebody_else(sign_in_account, other, clock, other_session):
    victim, mine = sign_in_account(), sign_in_account("other@example.com")
    with other_session() as session:
        named = [row.hash for row in session.scalars(select(LoginSession))]
    strangers = set(named) - set(NAMED.findall(mine.get("/en/account/security").text))
    answers = set()
    for each in [*strangers, "nonsense", "", "0" * 64]:
        if is_in(mine):
            answers.add(end(mine, each).location)
    # One of those is this very login, which logs out; what is somebody else's and what is nobody's are answered alike.
    assert answers <= {"/en/account/security", "/en/"}
    assert is_in(victim)


def test_somebody_elses_login_and_none_at_all_are_answered_alike(sign_in_account, clock, other_session):
    victim = sign_in_account()
    with other_session() as session:
        theirs = session.scalars(select(LoginSession.hash)).one()
    mine = sign_in_account("other@example.com")
    assert end(mine, theirs).location == end(mine, "0" * 64).location == "/en/account/security"
    assert is_in(victim)


def test_a_customer_ends_no_login_of_staff(sign_in_account, sign_in_staff, other_session):
    staff = sign_in_staff("administrator")
    with other_session() as session:
        theirs = session.scalars(select(LoginSession.hash)).all()
    customer = sign_in_account()
    for each in theirs:
        end(customer, each)
    assert staff.get("/staff/").status_code == 200


def test_what_is_over_is_listed_no_more(sign_in_account, other, clock):
    client = sign_in_account()
    ended = other()
    end(ended, "others")
    assert not is_in(client)
    clock.now += IDLE[Kind.ACCOUNT]
    later = other()
    assert NAMED.findall(later.get("/en/account/security").text) == []


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("after a day without use", "In any case it ends after 14 days")),
        ("fi", ("kun tiliä ei ole käytetty päivään", "päättyy 14 päivän kuluttua")),
    ],
)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_page_says_how_long_a_login_lasts(sign_in_account, language, said):
    assert (IDLE[Kind.ACCOUNT].days, ABSOLUTE[Kind.ACCOUNT].days) == (1, 14)
    text = sign_in_account(language=language).get(PATHS[language][0]).text
    assert all(words in text for words in said)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_browser_of_unfriendly_words_is_shown_as_words(sign_in_account, other):
    client = sign_in_account()
    other(**{"User-Agent": "<script>alert(1)</script> Firefox"})
    text = client.get("/en/account/security").text
    assert "<script>alert" not in text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_ending_needs_the_forms_token(sign_in_account, other):
    client, phone = sign_in_account(), other()
    assert client.post("/en/account/sessions", data={"session": "others"}).status_code == 400
    assert is_in(phone)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_ten_thousand_cookies_are_no_session_and_no_failure(app):
    # A client with a jar of its own would drop the header.
    client = app.test_client(use_cookies=False)
    header = "; ".join(f"session{number}=x" for number in range(10_000))
    for path in ("/en/account", "/en/login", "/en/"):
        response = client.get(path, headers={"Cookie": header})
        assert response.status_code in (200, 303, 400, 431)
    assert client.get("/en/account", headers={"Cookie": f"session=x; {header}"}).status_code in (303, 431)
