"""What people with bad intentions type into the forms of an account, and what comes of it: nothing."""

import pytest
from sqlalchemy import select

from clevenio.accounts.models import Account, Signup
from clevenio.outbox import Mail
from clevenio.people.addresses import address
from clevenio.people.models import Person
from clevenio.settings import PREFIX, Settings
from tests.accounts.signup.conftest import GOOD
from tests.accounts.test_account import PROFILE
from tests.support.accounts import PASSWORD, make_account
from tests.support.application import form_token, new_client
from tests.support.mailbox import link_in

EMAIL = "aino@example.com"
ONE_BACKEND = pytest.mark.parametrize("backend", ["sqlite"])
LOGIN = {"email": EMAIL, "password": PASSWORD}
PUBLIC = {
    "/en/signup": {**GOOD, "phone": "040 123 4567", "role_other": "Gardener", "newsletter": "yes"},
    "/en/signup/again": {"email": EMAIL},
    "/en/login": LOGIN,
    "/en/new-password": {"email": EMAIL},
}
SIGNED_IN = {
    "/en/account/profile": {**PROFILE, "phone": "040 123 4567"},
    "/en/account/choices": {"newsletter": "yes"},
    "/en/account/password": {"present": PASSWORD, "password": "three new words"},
    "/en/account/address": {"email": "new@example.com", "address_password": PASSWORD},
    "/en/account/sessions": {"session": "others"},
}
LINES = ("\r\nBcc: thief@example.com", "\nSet-Cookie: a=b", "\r\n\r\n<script>alert(1)</script>")


def check(response, mailbox, worker):
    """No header and no recipient came out of a field, and no markup did."""
    assert response.status_code in (303, 422, 429)
    assert "a=b" not in response.headers.getlist("Set-Cookie")
    assert "\n" not in (response.location or "")
    assert "<script>alert" not in response.text
    worker()
    for mail in mailbox.all():
        assert mail["Bcc"] is None
        assert "thief@example.com" not in str(mail["To"])


@pytest.mark.parametrize("lines", LINES)
@pytest.mark.parametrize(
    ("path", "field"), [(path, field) for path, form in PUBLIC.items() for field in form]
)
@ONE_BACKEND
def test_a_line_break_in_a_field_makes_no_header(client, mailbox, worker, path, field, lines):
    form = PUBLIC[path]
    check(client.post(path, data={**form, field: form[field] + lines}), mailbox, worker)


@pytest.mark.parametrize("lines", LINES)
@pytest.mark.parametrize("path", SIGNED_IN)
@ONE_BACKEND
def test_nor_does_one_in_the_account(sign_in_account, mailbox, worker, path, lines):
    client = sign_in_account()
    token = form_token(client.get("/en/account"))
    for field, value in SIGNED_IN[path].items():
        form = {**SIGNED_IN[path], "csrf_token": token, field: value + lines}
        check(client.post(path, data=form), mailbox, worker)


def test_what_is_not_in_the_signup_form_makes_no_difference(client, mailbox, clock, other_session):
    more = {
        "is_staff": "1",
        "id": "00000000-0000-0000-0000-000000000001",
        "person_id": "00000000-0000-0000-0000-000000000001",
        "verified_at": "2020-01-01",
        "disabled_at": "2020-01-01",
        "source": "import",
        "mail_opens": "yes",
        "language": "sv",
    }
    client.post("/en/signup", data={**GOOD, **more})
    client.post(link_in(mailbox.newest(GOOD["email"]), "/v/"), data=more)
    with other_session() as session:
        account = session.scalars(select(Account)).one()
    assert str(account.id) != more["id"] != str(account.person_id)
    assert (account.verified_at, account.disabled_at) == (clock.now, None)
    assert (account.person.source, account.person.language) == ("signup", "en")
    assert client.get("/staff/").status_code == 303


@ONE_BACKEND
def test_the_first_of_a_field_sent_twice_counts(client, app, database, mailbox, clock, other_session):
    with database.session() as session:
        make_account(session, EMAIL)
        session.commit()
    form = {"email": ["nobody@example.com", EMAIL], "password": PASSWORD}
    assert client.post("/en/login", data=form).status_code == 422
    form = {**GOOD, "email": [GOOD["email"], EMAIL], "password": [GOOD["password"], "short"]}
    assert new_client(app).post("/en/signup", data=form).status_code == 303
    assert [str(mail["To"]) for mail in mailbox.all()] == [GOOD["email"]]
    with other_session() as session:
        assert session.scalars(select(Signup.email)).all() == [GOOD["email"]]


@pytest.mark.parametrize(("path", "form"), [("/en/login", LOGIN), ("/en/signup", GOOD)])
@ONE_BACKEND
def test_a_password_of_256_kilobytes_is_refused_and_costs_no_more(client, other_session, path, form):
    response = client.post(path, data={**form, "password": "x" * 262_144})
    assert response.status_code == 422
    assert "xxxxxxxx" not in response.text
    assert client.post(path, data={**form, "password": "x" * 1_100_000}).status_code == 413
    with other_session() as session:
        assert session.scalars(select(Mail)).all() == []


# A dotted capital I, which lower-cases to two code points, and an ä in one and in two.
SPELLINGS = [
    ("\u0130lker@example.com", "i\u0307lker@example.com"),
    ("p\u00e4ivi@example.com", "pa\u0308ivi@example.com"),
    ("aino@\u00e4iti.example.fi", "aino@xn--iti-pla.example.fi"),
]


@pytest.mark.parametrize(("one", "other"), SPELLINGS)
def test_two_spellings_of_an_address_are_one_account(
    client, app, mailbox, worker, clock, other_session, one, other
):
    client.post("/en/signup", data={**GOOD, "email": one})
    client.post(link_in(mailbox.all()[0], "/v/"))
    # Past the ten minutes in which the same form is the same act.
    clock.advance(minutes=11)
    again = new_client(app).post("/en/signup", data={**GOOD, "email": other})
    assert again.status_code == 303
    assert mailbox.all()[-1]["Subject"] == "You already have an account"
    login = {"email": other, "password": GOOD["password"]}
    assert new_client(app).post("/en/login", data=login).status_code == 303
    client.post("/en/new-password", data={"email": other})
    worker()
    assert link_in(mailbox.all()[-1], "/r/")
    with other_session() as session:
        assert session.scalars(select(Person.address_key)).all() == [address(one).key]


def test_letters_that_only_look_alike_are_somebody_else(client, app, database, clock, worker, mailbox):
    with database.session() as session:
        make_account(session, EMAIL)
        session.commit()
    # A Cyrillic а, and a dotless ı.
    for email in ("\u0430ino@example.com", "a\u0131no@example.com"):
        assert client.post("/en/login", data={"email": email, "password": PASSWORD}).status_code == 422
        client.post("/en/new-password", data={"email": email})
    worker()
    assert mailbox.all() == []


@pytest.fixture
def extra_settings(request):
    """The site as it is reached over HTTPS, for the tests that ask for it."""
    return getattr(request, "param", {})


@pytest.mark.parametrize("extra_settings", [{"BASE_URL": "https://localhost"}], indirect=True)
@ONE_BACKEND
def test_over_https_the_cookie_is_bound_to_this_host(client, database, settings, clock):
    assert Settings.from_env({PREFIX + "BASE_URL": "https://localhost"}).is_secure
    with database.session() as session:
        make_account(session, EMAIL)
        session.commit()
    response = client.post("/en/login", data=LOGIN, base_url="https://localhost")
    cookies = dict(each.split("=", 1) for each in response.headers.getlist("Set-Cookie"))
    assert cookies.keys() == {"__Host-session", "__Host-device"}
    rest = cookies["__Host-session"]
    attributes = {part.strip() for part in rest.split(";")[1:]}
    assert attributes == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}
    assert client.get("/en/account", base_url="https://localhost").status_code == 200
    client.set_cookie("session", rest.partition(";")[0], domain="localhost")
    client.delete_cookie("__Host-session", domain="localhost", path="/")
    assert client.get("/en/account", base_url="https://localhost").status_code == 303
