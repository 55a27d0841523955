"""No cookie leaves that is undeclared or unwanted, and a withdrawal deletes what was there."""

import logging

import pytest
from flask import Response

from clevenio.consent.cookies import Choices
from clevenio.consent.enforcement import (
    CookieFilter,
    UndeclaredCookieError,
    clears_storage,
    declared,
    domains,
    expired,
    is_allowed,
)
from clevenio.consent.installation import cookie_filter
from clevenio.consent.notices import choices_notice
from clevenio.registry import load
from tests.consent.conftest import COOKIE

ONE_BACKEND = pytest.mark.parametrize("backend", ["sqlite"])


def choices(*categories, refused=()):
    return Choices(choices_notice("en").id, frozenset(categories), frozenset(refused))


@pytest.mark.parametrize(
    "name", ["session", "__Host-session", "device", "__Host-device", "choices", "receipt"]
)
def test_what_is_necessary_needs_no_consent(name):
    assert is_allowed(load(), f"{name}=1; Path=/", None)


@pytest.mark.parametrize("name", ["tracker", "session2", "Session", "_counter", ""])
def test_what_is_not_declared_never_leaves(name):
    assert not is_allowed(load(), f"{name}=1; Path=/", choices("preferences", "analytics", "marketing"))


@pytest.mark.parametrize(
    ("given", "allowed"),
    [
        (None, False),
        (choices(), False),
        (choices("marketing"), False),
        (choices("analytics"), True),
        (choices("analytics", refused=["tally"]), True),
        (choices("analytics", refused=["counter"]), False),
    ],
)
def test_an_optional_one_needs_its_category_and_its_vendor(rich, given, allowed):
    assert is_allowed(rich, "_counter=1; Max-Age=60; Path=/", given) is allowed


def test_a_pattern_declares_many(rich):
    assert declared(rich, "_tally_123").name == "_tally_*"
    assert declared(rich, "_tally") is None


def test_deleting_is_always_allowed(rich):
    assert is_allowed(rich, "_counter=; Max-Age=0; Path=/", None)
    assert is_allowed(rich, "unheard-of=; max-age=0", None)
    assert not is_allowed(rich, "_counter=max-age=0; Max-Age=05", None)


@pytest.mark.parametrize(
    "ages", ["Max-Age=0; Max-Age=99", "max-age=0;max-age =99", "Expires=0", "Max-Age=00"]
)
def test_what_only_looks_like_a_deletion_does_not_leave(rich, ages):
    assert not is_allowed(rich, f"tracker=1; {ages}", choices("analytics", "marketing"))


SHOP = COOKIE.format(name="_basket", category="analytics", provider="clevenio") + 'path = "/en/shop"\n'


@pytest.mark.parametrize(
    ("attributes", "allowed"),
    [
        ("Path=/en/shop", True),
        ("path = /en/shop ; Max-Age=60", True),
        ("Path=/; PATH=/en/shop", True),
        ("Path=/en/shop; Path=/", False),
        ("Path=/", False),
        ("Path=/en/shop/", False),
        ("Max-Age=60", False),
    ],
)
def test_an_optional_one_leaves_under_the_path_at_which_it_can_be_deleted(extend, attributes, allowed):
    registry = extend(cookies=SHOP)
    assert is_allowed(registry, f"_basket=1; {attributes}", choices("analytics")) is allowed
    assert not is_allowed(registry, f"_basket=1; {attributes}", choices("marketing"))


def test_a_withdrawal_deletes_under_the_path_that_is_declared(extend):
    sent = ["__Host-_basket", "__Secure-_basket"]
    found = list(expired(extend(cookies=SHOP), choices(), "example.com", sent))
    paths = {
        name: {path for header in found if header.startswith(f"{name}=") for path in [path_in(header)]}
        for name in ("_basket", "__Secure-_basket", "__Host-_basket", "campaign")
    }
    assert paths == {
        "_basket": {"/en/shop"},
        "__Secure-_basket": {"/en/shop"},
        "__Host-_basket": {"/"},
        "campaign": {"/"},
    }


def path_in(header):
    (path,) = [part.removeprefix("Path=") for part in header.split("; ") if part.startswith("Path=")]
    return path


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("www.shop.example.com", ["www.shop.example.com", "shop.example.com", "example.com"]),
        ("example.com:8000", ["example.com"]),
        ("localhost", []),
        ("localhost:8000", []),
        ("127.0.0.1:8000", []),
        ("[::1]:8000", []),
    ],
)
def test_a_cookie_may_have_been_set_for_the_host_and_its_parents(host, expected):
    assert domains(host) == expected


def test_a_withdrawal_deletes_what_is_declared_for_host_and_parents(rich):
    found = list(expired(rich, choices("marketing"), "www.example.com", ["_tally_9", "session", "other"]))
    pairs = [(header.partition("=")[0], "Domain=" in header, "Max-Age=0" in header) for header in found]
    assert pairs == [
        *[("_counter", has_domain, True) for has_domain in (False, True, True)],
        *[("_tally_9", has_domain, True) for has_domain in (False, True, True)],
    ]
    assert [h for h in found if "Domain=example.com" in h]


def test_what_the_browser_has_under_its_own_prefixes_is_deleted_too(rich):
    sent = ["__Host-_counter", "__Secure-_tally_2", "__Host-session"]
    found = list(expired(rich, choices("marketing"), "www.example.com", sent))
    deleted = [header for header in found if header.startswith("__")]
    assert all("Secure" in header and "Max-Age=0" in header for header in deleted)
    assert [(header.partition("=")[0], "Domain=" in header) for header in deleted] == [
        ("__Host-_counter", False),
        *[("__Secure-_tally_2", has_domain) for has_domain in (False, True, True)],
    ]


def test_storage_is_swept_where_something_in_it_is_unwanted_and_nothing_is_wanted(extend):
    def one(name, category):
        text = COOKIE.format(name=name, category=category, provider="clevenio")
        return text.replace('kind = "cookie"', 'kind = "indexed_db"')

    registry = extend(cookies=one("visits", "analytics") + one("offers", "marketing"))
    assert clears_storage(registry, choices())
    assert clears_storage(registry, choices("preferences"))
    assert not clears_storage(registry, choices("marketing"))
    assert not clears_storage(registry, choices("analytics", "marketing"))
    assert not clears_storage(load_without_storage(extend), choices())


def load_without_storage(extend):
    return extend(anew=True, cookies=COOKIE.format(name="_n", category="analytics", provider="clevenio"))


@pytest.mark.parametrize("name", ["Set-Cookie", "set-cookie", "SET-COOKIE"])
def test_whatever_stands_in_front_of_flask_is_filtered_however_it_writes_the_header(name, caplog):
    def extension(_environ, start):
        start("200 OK", [(name, "tracker=secret; Path=/"), ("Content-Type", "text/plain")])
        return [b"ok"]

    answered = []
    front = CookieFilter(extension)
    front({}, lambda _status, headers: answered.extend(headers))
    assert answered == [("Content-Type", "text/plain")]
    assert front.taken == {"tracker": 1}
    assert "tracker" in caplog.text
    assert "secret" not in caplog.text


@ONE_BACKEND
def test_an_extension_that_sets_a_cookie_after_the_view_is_filtered(app, client, caplog):
    """As session, language and analytics extensions do: by a function that runs after every request."""

    @app.after_request
    def remember_everybody(response):
        response.set_cookie("visitor", "secret")
        return response

    with pytest.raises(UndeclaredCookieError, match="visitor"):
        client.get("/en/choices")
    cookie_filter(app).is_strict = False
    assert client.get("/en/choices").headers.getlist("Set-Cookie") == []
    assert cookie_filter(app).taken["visitor"] == 2
    assert "secret" not in caplog.text


@pytest.fixture
def noisy(app):
    """An application of which a part sets whatever it likes."""

    @app.get("/noisy")
    def noisy():
        response = Response("ok")
        for name in ("tracker", "_counter", "receipt"):
            response.set_cookie(name, "secret")
        return response

    return app.test_client()


@ONE_BACKEND
def test_the_answer_lacks_what_may_not_be_set_and_the_log_says_which(app, noisy, rich, caplog):
    cookie_filter(app).is_strict = False
    with caplog.at_level(logging.ERROR):
        response = noisy.get("/noisy")
    assert [h.partition("=")[0] for h in response.headers.getlist("Set-Cookie")] == ["receipt"]
    assert cookie_filter(app).taken == {"tracker": 1, "_counter": 1}
    assert [record.getMessage().rpartition(" ")[2] for record in caplog.records] == ["tracker", "_counter"]
    assert "secret" not in caplog.text


@ONE_BACKEND
def test_with_consent_the_declared_one_stays(app, noisy, rich):
    cookie_filter(app).is_strict = False
    noisy.set_cookie("choices", choices("analytics").value)
    response = noisy.get("/noisy")
    assert [h.partition("=")[0] for h in response.headers.getlist("Set-Cookie")] == ["_counter", "receipt"]


@ONE_BACKEND
def test_in_tests_it_raises(app, noisy):
    with pytest.raises(UndeclaredCookieError, match="tracker"):
        noisy.get("/noisy")


@ONE_BACKEND
def test_a_withdrawal_deletes_in_the_very_next_answer(client, rich):
    accepted = client.post("/en/choices", data={"decision": "accept"}).headers.getlist("Set-Cookie")
    assert not any("_counter" in header for header in accepted)
    withdrawn = client.post("/en/choices", data={"decision": "reject"}).headers.getlist("Set-Cookie")
    assert any(h.startswith("_counter=;") and "Max-Age=0" in h for h in withdrawn)
    assert any(h.startswith("_banner=;") and "Max-Age=0" in h for h in withdrawn)
