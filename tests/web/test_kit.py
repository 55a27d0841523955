"""The kit by itself, under two small rooms of its own."""

import pytest
from flask import Flask, request, session

from clevenio.database import Database
from clevenio.jobs import Jobs
from clevenio.settings import Settings
from clevenio.web import cross_site
from clevenio.web.blueprints import Localized, SiteBlueprint
from clevenio.web.installation import install
from clevenio.web.kit import Kit
from clevenio.web.ready_bytes import ReadyBytes
from clevenio.web.rendering import alternates, switch_language

PAGE = Localized(fi="/sivu", en="/page")
SECOND = Localized(fi="/toinen", en="/second")


@pytest.fixture
def made(tmp_path):
    settings = Settings.from_env(
        {"CLEVENIO_DATA": str(tmp_path), "CLEVENIO_BASE_URL": "https://www.example.com"}
    )
    app = Flask("kit-alone")
    kit = Kit(settings, Database(settings.database_url), Jobs(None, settings.data))
    kit.variant = lambda environ: "gpc" if environ.get("HTTP_SEC_GPC") == "1" else "bar"
    install(app, kit)
    bp = SiteBlueprint("room")
    calls = []

    @bp.public(PAGE)
    def page():
        calls.append(request.environ.get("clevenio.variant"))
        return f"{request.path} {switch_language('fi')} {request.environ['clevenio.variant']} {dict(request.cookies)}"

    @bp.post(PAGE)
    def act():
        return "done"

    @bp.public(SECOND)
    def careless():
        session["visitor"] = 1
        return "never"

    @bp.post("/one-click")
    def one_click():
        return "done"

    app.register_blueprint(bp)
    monkey = cross_site.EXEMPT.copy()
    cross_site.exempt("room.one_click", lambda: "undo" not in request.form)
    app.wsgi_app = ReadyBytes(app, kit)
    app.calls = calls
    yield app
    cross_site.EXEMPT.clear()
    cross_site.EXEMPT.update(monkey)
    kit.jobs.close()


@pytest.fixture
def browser(made):
    return made.test_client()


def test_a_page_has_an_address_in_each_language_and_knows_the_other(browser):
    assert browser.get("/en/page").text.startswith("/en/page /fi/sivu")
    assert browser.get("/fi/sivu").text.startswith("/fi/sivu /fi/sivu")


def test_a_public_page_is_made_once_per_variant_and_never_sees_a_cookie(made, browser):
    browser.set_cookie("visitor", "42")
    for _ in range(3):
        answer = browser.get("/en/page")
    assert answer.text.endswith("bar {}")
    assert browser.get("/en/page", headers={"Sec-GPC": "1"}).text.endswith("gpc {}")
    assert made.calls == ["bar", "gpc"]


def test_a_public_page_sets_no_cookie_and_varies_by_no_visitor(browser):
    answer = browser.get("/en/page")
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Vary"] == "Accept-Encoding, Sec-GPC"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("encoding", ["br", "gzip", ""])
def test_a_page_is_squeezed_as_the_browser_likes_and_not_sent_twice(browser, encoding):
    headers = {"Accept-Encoding": encoding}
    answer = browser.get("/en/page", headers=headers)
    assert answer.headers.get("Content-Encoding", "") == encoding
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    again = browser.get("/en/page", headers={**headers, "If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == answer.headers["ETag"]


def test_a_head_request_has_the_headers_and_no_body(browser):
    answer = browser.head("/en/page")
    assert (answer.status_code, answer.data) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 0


def test_a_session_on_a_public_page_fails_loudly(made, browser, caplog):
    made.config["PROPAGATE_EXCEPTIONS"] = True
    browser.get("/en/second")
    assert "a public page has no session" in caplog.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://www.example.com"}, 403),
        ({"Origin": "https://www.example.com"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "https://www.example.com.evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 200),
    ],
)
def test_a_post_from_another_site_is_refused(browser, headers, status):
    assert browser.post("/en/page", headers=headers).status_code == status


def test_a_post_without_either_header_is_refused_where_there_is_a_session(browser):
    browser.set_cookie("__Host-session", "x")
    assert browser.post("/en/page").status_code == 403


def test_the_error_page_says_so_even_where_it_cannot_be_drawn(browser):
    answer = browser.get("/fi/nowhere", headers={"Accept-Language": "en"})
    assert answer.status_code == 404
    assert "<h1>" in answer.text


def test_the_one_click_post_may_come_from_anywhere(browser):
    assert browser.post("/one-click", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


@pytest.mark.parametrize(("site", "status"), [("cross-site", 403), ("same-origin", 200)])
def test_what_does_more_than_withdraw_is_checked_at_the_same_address_too(browser, site, status):
    answer = browser.post("/one-click", data={"undo": "1"}, headers={"Sec-Fetch-Site": site})
    assert answer.status_code == status


def test_an_address_is_never_made_from_the_host_header(made):
    with made.test_request_context("/en/page", headers={"Host": "evil.example"}):
        made.preprocess_request()
        assert alternates()["fi"] == "https://www.example.com/fi/sivu"
