"""What crawlers and researchers fetch."""

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest

from clevenio import legal
from clevenio.i18n import local_day
from clevenio.web.blueprints import public_endpoints

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
NOINDEX = '<meta name="robots" content="noindex">'
NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}


@pytest.fixture
def entries(client):
    response = client.get("/sitemap.xml")
    assert response.mimetype == "application/xml"
    found = {}
    for url in ET.fromstring(response.data).findall("s:url", NAMES):
        links = {link.get("hreflang"): link.get("href") for link in url.findall("x:link", NAMES)}
        found[url.findtext("s:loc", namespaces=NAMES)] = links
    return found


def test_the_sitemap_lists_every_page_to_be_found_once_in_each_language(app, client, entries):
    assert "http://localhost/fi/evasteet" in entries
    paths = {rule.rule for rule in app.url_map.iter_rules() if rule.endpoint in public_endpoints(app)}
    closed = {path for path in paths if NOINDEX in client.get(path).text}
    # The preference centre is made for each request, and for everybody to find all the same.
    assert {address.removeprefix("http://localhost") for address in entries} == (paths - closed) | {
        "/fi/valinnat",
        "/en/choices",
    }
    assert closed == {
        "/fi/uusi-salasana",
        "/en/new-password",
        "/fi/uusi-salasana/posti",
        "/en/new-password/mail",
        "/fi/rekisteroidy/uudelleen",
        "/en/signup/again",
        "/fi/valinnat/linkki",
        "/en/choices/link",
    }


def test_a_page_is_dated_where_its_text_is(client):
    today = legal.current("privacy", local_day(datetime.now(UTC))).day
    dates = {
        url.findtext("s:loc", namespaces=NAMES).removeprefix("http://localhost"): url.findtext(
            "s:lastmod", namespaces=NAMES
        )
        for url in ET.fromstring(client.get("/sitemap.xml").data).findall("s:url", NAMES)
    }
    assert dates["/fi/tietosuoja"] == dates["/en/privacy/versions"] == today
    assert dates["/en/"] is dates["/fi/evasteet"] is None
    assert len([day for day in dates.values() if day]) == 2 * 2 * len(legal.TEXTS)


def test_every_entry_names_its_alternates_and_they_name_each_other(entries):
    for address, links in entries.items():
        assert set(links) == {"fi", "en", "x-default"}, address
        assert links["x-default"] == links["en"]
        assert address in (links["fi"], links["en"])
        assert entries[links["fi"]] == entries[links["en"]]


def test_crawlers_are_kept_from_pages_behind_a_token_or_a_login(app, client):
    response = client.get("/robots.txt")
    assert response.mimetype == "text/plain"
    closed = [line.removeprefix("Disallow: ") for line in response.text.splitlines() if "Disallow" in line]
    assert {"/staff/", "/u/", "/a/", "/d/", "/q/", "/fi/omat-valinnat/"} <= set(closed)
    assert len(closed) == len(set(closed))
    for rule in app.url_map.iter_rules():
        is_closed = rule.rule.startswith(tuple(closed))
        assert is_closed == ("token" in rule.arguments or rule.rule.startswith("/staff/")), rule
    assert "Sitemap: http://localhost/sitemap.xml" in response.text


def test_the_security_file_always_ends_within_a_year(client, clock):
    for _ in range(2):
        lines = dict(
            line.split(": ", 1) for line in client.get("/.well-known/security.txt").text.splitlines()
        )
        end = datetime.fromisoformat(lines["Expires"])
        assert timedelta(days=30) < end - clock.now < timedelta(days=365)
        assert lines["Contact"].startswith("mailto:")
        clock.advance(days=400)
