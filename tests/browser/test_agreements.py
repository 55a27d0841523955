"""New terms as a customer meets them: led there, reading what changed, accepting or not, keeping proof."""

import io
import re
import zipfile
from datetime import UTC, datetime
from hashlib import sha256
from itertools import product
from threading import Thread

import pytest
from sqlalchemy import select
from werkzeug.serving import make_server

from audits.engine import violations
from clevenio import legal
from clevenio.accounts.models import Agreement
from tests.support.accounts import PASSWORD, make_account
from tests.support.browser import TWO_KINDS
from tests.support.server import free_port

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("backend", ["sqlite"])]

TODAY = datetime(2027, 1, 2, 9, tzinfo=UTC)
FI = ("milloin tahansa", "kuukauden varoitusajalla")
EN = ("at any time", "with a month’s notice")
WORDS = {
    "fi": {
        "login": "/fi/kirjaudu",
        "account": "/fi/tili",
        "agreements": "/fi/tili/sopimukset",
        "new": "/fi/tili/sopimukset/uudet",
        "accept": "Hyväksy käyttöehdot",
        "go on": "Jatka tilille",
        "choices": "valintasi, joissa voit perua antamasi luvat",
        "saved": "Valintasi on tallennettu.",
        "stale": "Tekstit ovat muuttuneet",
        "all": "Lataa kaikki (ZIP)",
        "one": "Lataa tämä teksti",
        "log out": "Kirjaudu ulos",
        "changed": FI,
    },
    "en": {
        "login": "/en/login",
        "account": "/en/account",
        "agreements": "/en/account/agreements",
        "new": "/en/account/agreements/new",
        "accept": "Accept the terms of use",
        "go on": "Go on to the account",
        "choices": "your choices, to take back what you allowed",
        "saved": "Your choices have been saved.",
        "stale": "The texts have changed since you opened this page.",
        "all": "Download all (ZIP)",
        "one": "Download this text",
        "log out": "Log out",
        "changed": EN,
    },
}


@pytest.fixture
def extra_settings():
    return {"BASE_URL": f"http://localhost:{free_port()}"}


@pytest.fixture
def site(app, settings, clock, database, language):
    """The address of this process's application, whose texts a test may publish; one customer knows today's."""
    clock.now = TODAY
    with database.session() as session:
        make_account(session, "maija@example.com", language=language)
        session.commit()
    port = int(settings.base_url.rpartition(":")[2])
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield settings.base_url
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def kept(other_session):
    """(text, version, kind, language) of what was kept today."""

    def find():
        with other_session() as session:
            rows = session.scalars(select(Agreement).where(Agreement.at >= TODAY)).all()
        return sorted((row.text, row.version, row.kind, row.language) for row in rows)

    return find


def log_in(page, site, words):
    page.goto(site + words["login"])
    page.fill("main [name=email]", "maija@example.com")
    page.fill("main [name=password]", PASSWORD)
    page.locator("main form .button").click()
    page.wait_for_load_state()


def saved(page, button):
    """The bytes and the name of what a link downloads."""
    with page.expect_download() as download:
        page.get_by_role("link", name=button).click()
    return download.value.path().read_bytes(), download.value.suggested_filename


@TWO_KINDS
def test_new_terms_are_read_refused_for_now_and_then_accepted(
    site, page, publish, kept, language, javascript, shot
):
    words, name = WORDS[language], f"{language}-{'js' if javascript else 'plain'}"
    publish("terms", "2027-01-01", "required", fi=FI, en=EN)
    log_in(page, site, words)
    assert page.url.startswith(site + words["new"])
    gone, came = words["changed"]
    assert page.locator("main del", has_text=gone).is_visible()
    assert page.locator("main ins", has_text=came).is_visible()
    assert page.locator("main input[type=checkbox]").count() == 0
    shot(page, f"new-versions-{name}")

    page.get_by_role("link", name=words["choices"]).click()
    page.check("[name=newsletter]")
    page.locator("form:has([name=newsletter]) .button").click()
    page.get_by_text(words["saved"]).wait_for()
    page.goto(site + words["account"])
    assert page.url.startswith(site + words["new"])
    page.get_by_role("button", name=words["log out"]).click()
    page.wait_for_url(re.compile(rf"/{language}/$"))
    assert kept() == []

    log_in(page, site, words)
    page.get_by_role("button", name=words["accept"]).click()
    page.wait_for_url(site + words["account"])
    assert kept() == [("terms", "2027-01-01", "accepted", language)]

    page.goto(site + words["agreements"])
    shot(page, f"agreements-{name}")
    data, called = saved(page, words["all"])
    assert called == "clevenio-agreements.zip"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        source = archive.read(f"clevenio-terms-2027-01-01-{language}.md")
    assert sha256(source).hexdigest() == legal.version("terms", "2027-01-01").digest(language)
    page.locator("main .agreements a").first.click()
    shot(page, f"agreement-{name}")
    assert came in page.locator("article").inner_text()
    data, called = saved(page, words["one"])
    assert called == f"clevenio-terms-2027-01-01-{language}.html"
    assert came in data.decode()


def test_what_is_only_to_be_known_takes_one_press(site, page, publish, kept, language):
    words = WORDS[language]
    publish("privacy", "2027-01-01", "informed")
    log_in(page, site, words)
    page.get_by_role("button", name=words["go on"]).click()
    page.wait_for_url(site + words["account"])
    assert kept() == [("privacy", "2027-01-01", "shown", language)]


@pytest.mark.parametrize("javascript", [True])
def test_a_page_left_open_while_the_text_changed_is_shown_again(site, page, publish, kept, language):
    words = WORDS[language]
    publish("terms", "2026-12-15", "required")
    log_in(page, site, words)
    publish("terms", "2027-01-01", "required", fi=FI, en=EN)
    page.get_by_role("button", name=words["accept"]).click()
    page.get_by_text(words["stale"]).first.wait_for()
    assert words["changed"][1] in page.locator("main").inner_text()
    assert kept() == []
    page.get_by_role("button", name=words["accept"]).click()
    page.wait_for_url(site + words["account"])
    assert kept() == [("terms", "2027-01-01", "accepted", language)]


def test_what_changed_is_legible_to_all(site, new_page, publish, language, shot):
    words = WORDS[language]
    publish("terms", "2027-01-01", "required", fi=FI, en=EN)
    page = new_page(language=language, bypass_csp=True)
    log_in(page, site, words)
    versions = {"fi": "/fi/ehdot/versiot", "en": "/en/terms/versions"}[language]
    paths = (
        words["new"],
        words["agreements"],
        versions,
        f"{versions}/2026-11-23/2027-01-01",
        f"{versions}/2026-11-23",
    )
    for (width, scheme), path in product(((320, "dark"), (1280, "light")), paths):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        page.goto(site + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert list(violations(page)) == [], path
        shot(page, f"{path.strip('/').replace('/', '-')}-{width}-{scheme}")
