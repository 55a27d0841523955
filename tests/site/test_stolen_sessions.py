"""Cookies that were kept, planted, doubled or forged, for customers and for staff."""

import pytest
from flask.sessions import SecureCookieSessionInterface

from tests.support.accounts import PASSWORD, make_account
from tests.support.application import form_token, new_client
from tests.support.world import SECRETS, VICTIM_EMAIL

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
HOMES = {"customer": "/en/account", "administrator": "/staff/"}
WAYS_OUT = {"customer": "/en/logout", "administrator": "/staff/logout"}
HTTPS = {"BASE_URL": "https://www.example.com"}


def value_of(client):
    return client.get_cookie("session").value


def with_cookies(app, header):
    client = app.test_client(use_cookies=False)
    client.environ_base |= {"HTTP_COOKIE": header, "HTTP_SEC_FETCH_SITE": "same-origin"}
    return client


@pytest.mark.parametrize("actor", HOMES)
def test_a_kept_cookie_opens_nothing_after_the_logout(world, actor):
    client = world.browsers[actor]
    kept = value_of(client)
    copy = with_cookies(world.app, f"session={kept}")
    assert copy.get(HOMES[actor]).status_code == 200
    token = form_token(client.get(HOMES[actor]))
    assert client.post(WAYS_OUT[actor], data={"csrf_token": token}).status_code == 303
    for _ in range(2):
        assert copy.get(HOMES[actor]).status_code == 303
    assert copy.post(WAYS_OUT[actor], data={"csrf_token": token}).status_code in (303, 403)


@pytest.mark.parametrize("actor", HOMES)
def test_a_planted_session_is_not_the_one_that_is_signed_in(app, world, actor):
    """The attacker's own session, planted before the login, knows nothing afterwards (fixation)."""
    planted = value_of(world.browsers["customer"])
    victim = new_client(app)
    victim.set_cookie("session", planted)
    answer = victim.post("/en/login", data={"email": VICTIM_EMAIL, "password": PASSWORD})
    assert answer.status_code == 303
    assert value_of(victim) != planted
    attacker = with_cookies(app, f"session={planted}")
    assert not [secret for secret in SECRETS if secret in attacker.get("/en/account").text]


def test_of_two_cookies_one_counts_for_page_and_form_alike(app, world):
    """Cookie tossing: a sibling domain sets a second cookie of the same name."""
    own = value_of(world.browsers["customer"])
    with world.database.session() as session:
        make_account(session, "second@example.com")
        session.commit()
    other = new_client(app)
    other.post("/en/login", data={"email": "second@example.com", "password": PASSWORD})
    for header in (f"session={own}; session={value_of(other)}", f"session={value_of(other)}; session={own}"):
        tossed = with_cookies(app, header)
        page = tossed.get("/en/account")
        assert page.status_code == 200
        shown = [email for email in ("attacker@example.com", "second@example.com") if email in page.text]
        assert len(shown) == 1
        foreign = form_token(
            (other if shown == ["attacker@example.com"] else world.browsers["customer"]).get("/en/account")
        )
        answer = tossed.post("/en/account/choices", data={"csrf_token": foreign, "newsletter": "yes"})
        assert answer.status_code == 400


@pytest.mark.parametrize("extra_settings", [HTTPS])
def test_over_https_a_sibling_cannot_set_the_cookie_at_all(app, client, database, clock):
    with database.session() as session:
        make_account(session)
        session.commit()
    answer = client.post(
        "/en/login", data={"email": "aino@example.com", "password": PASSWORD}, base_url=HTTPS["BASE_URL"]
    )
    (cookie,) = [value for value in answer.headers.getlist("Set-Cookie") if "session" in value]
    assert cookie.startswith("__Host-session=")
    flags = {flag.strip().lower() for flag in cookie.split(";")[1:]}
    assert {"secure", "httponly", "path=/", "samesite=lax"} <= flags
    assert not any(flag.startswith("domain") for flag in flags)
    # A cookie under the bare name, which a sibling could set, is nobody's.
    value = cookie.partition("=")[2].partition(";")[0]
    bare = with_cookies(client.application, f"session={value}")
    assert (
        with_cookies(client.application, f"__Host-session={value}")
        .get("/en/account", base_url=HTTPS["BASE_URL"])
        .status_code
        == 200
    )
    assert bare.get("/en/account", base_url=HTTPS["BASE_URL"]).status_code == 303


@pytest.mark.parametrize("actor", HOMES)
def test_a_forged_cookie_is_no_cookie(world, actor):
    client = world.browsers[actor]
    value, app = value_of(client), world.app
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    content = signer.loads(value)
    app.secret_key, key = "another key, of forty characters or more", app.secret_key
    elsewhere = SecureCookieSessionInterface().get_signing_serializer(app).dumps(content)
    app.secret_key = key
    forged = [
        elsewhere,
        value[:-1],
        f"{value}A",
        f".{value}",
        value.swapcase(),
        "",
        "null",
        "e30.e30.e30",
        "\xff" * 300,
    ]
    forged += [
        signer.dumps({**content, "_user_id": wrong}) for wrong in ("", "1", str(world.account), "\xff", None)
    ]
    for cookie in forged:
        answer = with_cookies(app, f"session={cookie}").get(HOMES[actor])
        assert answer.status_code == 303, cookie


@pytest.mark.parametrize("actor", HOMES)
def test_a_session_of_one_kind_opens_no_door_of_the_other(world, actor):
    other = {"customer": "/staff/", "administrator": "/en/account"}[actor]
    assert world.browsers[actor].get(other).status_code in (303, 403)


@pytest.mark.parametrize("path", ["/en/", "/fi/yhteys", "/en/signup", "/en/newsletter", "/en/choices"])
def test_a_public_page_knows_nobody_whatever_cookie_comes_along(world, path):
    signed_in = world.browsers["customer"].get(path)
    assert signed_in.data == world.browsers["nobody"].get(path).data
    assert "session" not in str(signed_in.headers.getlist("Set-Cookie"))
