"""Nothing that a choice needs is named as public filter lists expect of what they hide or block.

The shapes are those of the general rules of EasyList Cookie (`/cookie-bar.`, `/gdpr.js`, `-consent-banner.`,
`##.cookie-notice`), read in November 2026. Without the names the way to withdraw stays where lists are used.
"""

import re

import pytest

from clevenio.web.assets import SHOWN_ELSEWHERE, assets

on_sqlite = pytest.mark.parametrize("backend", ["sqlite"])

WORDS = (
    r"cookies?|consents?|gdpr|dsgvo|rgpd|rodo|cnil|cmp|onetrust|privacy-?(?:bar|banner|notice|popup|manager)"
)
# In an id or class any of these words is enough; in an address it stands beside a mark that names a part or a file.
NAMED = re.compile(WORDS, re.IGNORECASE)
ADDRESSED = re.compile(rf"(?:[-_./](?:{WORDS})[-_.?]|[-_.](?:{WORDS})/|/(?:{WORDS})/)", re.IGNORECASE)


@pytest.fixture
def pages(client):
    addresses = re.findall(r"<loc>https?://[^/]+(/[^<]*)", client.get("/sitemap.xml").text)
    assert len(addresses) >= 20
    return {path: client.get(path).text for path in [*addresses, "/fi/valinnat", "/en/choices"]}


@on_sqlite
def test_no_page_has_an_id_or_class_that_is_hidden(pages):
    for path, html in pages.items():
        for attribute, value in re.findall(r'\s(id|class)="([^"]*)"', html):
            assert not NAMED.search(value), (path, attribute, value)


@on_sqlite
def test_no_page_loads_or_posts_to_what_is_blocked(pages):
    for path, html in pages.items():
        asked = re.findall(r'(?:src|action|<link rel="stylesheet" href)="([^"]+)"', html)
        assert asked
        for address in asked:
            assert not ADDRESSED.search(address), (path, address)


def test_no_file_that_acts_on_a_choice_is_blocked():
    # The pictures of shared links are for other sites, and act on nothing.
    ours = [f"/static/{name}" for name in assets() if not name.startswith(SHOWN_ELSEWHERE)]
    assert "/static/js/choices.js" in ours
    assert [name for name in ours if ADDRESSED.search(name)] == []


def test_what_the_script_asks_for_is_not_blocked_either():
    (asked,) = re.findall(rb'fetch\("([^"]+)"', assets()["js/narrow.js"].body)
    assert not ADDRESSED.search(asked.decode())


@pytest.mark.parametrize(
    "address",
    [
        "/js/cookie-consent.js",
        "/gdpr/consent.js",
        "/static/cookieconsent.css?x",
        "/a/cookie-bar/x",
        "/cmp/cmp.js",
    ],
)
def test_the_shapes_are_found_where_they_stand(address):
    assert ADDRESSED.search(address) or NAMED.search(address)
