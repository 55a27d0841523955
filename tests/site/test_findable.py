"""What search engines and shared links are told: of each page its own words, in its own language, and the truth."""

import json
import re
from copy import deepcopy
from html import unescape
from pathlib import Path

import jsonschema
import pytest

from clevenio import legal
from clevenio.i18n import LANGUAGES

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
SCHEMA = json.loads((Path(__file__).parents[1] / "data" / "structured-data.schema.json").read_text())
BASE = "http://localhost"


class Found:
    """What stands in the head of one page."""

    def __init__(self, path, html):
        self.path = path
        head = html.partition("</head>")[0]
        self.language = re.search(r'<html lang="(\w+)"', head)[1]
        self.title = unescape(re.search(r"<title>(.*?)</title>", head)[1])
        pairs = re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)"', head)
        self.metas = {name: unescape(value) for name, value in pairs}
        self.blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', head, re.DOTALL)
        self.canonical = re.search(r'rel="canonical" href="([^"]+)"', head)[1]

    @property
    def data(self):
        (block,) = self.blocks
        return json.loads(block)


@pytest.fixture
def pages(client):
    """Every page of the sitemap."""
    listed = re.findall(rf"<loc>{BASE}([^<]+)</loc>", client.get("/sitemap.xml").text)
    assert len(listed) > 30
    return [Found(path, client.get(path).text) for path in listed]


def of_type(pages, kind):
    return [node for page in pages for node in page.data["@graph"] if node["@type"] == kind]


def test_every_title_and_description_is_its_own_and_has_the_length_that_is_shown(pages):
    for said in ([page.title for page in pages], [page.metas["description"] for page in pages]):
        assert len(said) == len(set(said))
    for page in pages:
        assert 50 <= len(page.title) <= 60, page.title
        assert 120 <= len(page.metas["description"]) <= 160, page.path


def test_what_is_shared_says_what_the_page_says(pages):
    for page in pages:
        shared = {name: value for name, value in page.metas.items() if name.startswith("og:")}
        other = "en" if page.language == "fi" else "fi"
        picture = shared.pop("og:image")
        assert shared == {
            "og:type": "website",
            "og:site_name": "Clevenio",
            "og:title": page.title.removesuffix(" – Clevenio"),
            "og:description": page.metas["description"],
            "og:url": page.canonical,
            "og:locale": {"fi": "fi_FI", "en": "en_GB"}[page.language],
            "og:locale:alternate": {"fi": "fi_FI", "en": "en_GB"}[other],
            "og:image:type": "image/png",
            "og:image:width": "1200",
            "og:image:height": "630",
            "og:image:alt": shared["og:title"],
        }
        assert page.metas["twitter:card"] == "summary_large_image"
        assert picture.startswith(f"{BASE}/static/cards/"), "an address that works from elsewhere"


def test_every_picture_is_there_for_others_to_show(client, pages):
    for page in pages:
        answer = client.get(page.metas["og:image"].removeprefix(BASE))
        assert (answer.status_code, answer.mimetype) == (200, "image/png")
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "immutable" in answer.headers["Cache-Control"]
    style = client.get("/static/site.css")
    assert style.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_structured_data_is_of_the_types_that_it_says(pages):
    for page in pages:
        jsonschema.validate(page.data, SCHEMA)


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("Organization", "@type", "Organisation"),
        ("Organization", "foundingDate", "2020-01-01"),
        ("Organization", "email", "no address"),
        ("WebSite", "inLanguage", "fi"),
        ("WebPage", "dateModified", "23.11.2026"),
        ("BreadcrumbList", "itemListElement", [{"@type": "ListItem", "position": "1"}]),
    ],
)
def test_a_wrong_type_or_a_fact_of_nobodys_is_found(pages, kind, name, value):
    page = next(page for page in pages if kind in {node["@type"] for node in page.data["@graph"]})
    spoilt = deepcopy(page.data)
    next(node for node in spoilt["@graph"] if node["@type"] == kind)[name] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(spoilt, SCHEMA)


def test_the_organization_says_what_the_settings_say_and_nothing_more(pages):
    found = of_type(pages, "Organization")
    assert len(found) == len(LANGUAGES)
    same = {
        "@type": "Organization",
        "@id": f"{BASE}/#organization",
        "name": "Clevenio",
        "url": f"{BASE}/",
        "email": "aleksi@clevenio.com",
    }
    address = "Kympinkatu 3c, 40320 Jyväskylä, "
    assert {one.pop("address") for one in found} == {address + "Suomi", address + "Finland"}
    assert found[0] == found[1] == same


def test_whatever_is_referred_to_is_described(pages):
    text = json.dumps([page.data for page in pages])
    described = {node["@id"] for page in pages for node in page.data["@graph"] if "@id" in node}
    assert set(re.findall(r'\{"@id": "([^"]+)"\}', text)) == described


def test_every_inner_page_stands_in_a_trail_of_pages_that_there_are(pages):
    known = {page.canonical: page for page in pages}
    for page in pages:
        trails = of_type([page], "BreadcrumbList")
        if page.path in ("/fi/", "/en/"):
            assert trails == []
            continue
        ((trail),) = trails
        items = trail["itemListElement"]
        assert [item["position"] for item in items] == list(range(1, len(items) + 1))
        assert items[0]["item"] == f"{BASE}/{page.language}/"
        assert items[-1]["item"] == page.canonical
        assert {item["item"] for item in items} <= known.keys()
    versions = known[f"{BASE}/fi/tietosuoja/versiot"]
    (trail,) = of_type([versions], "BreadcrumbList")
    assert [item["name"] for item in trail["itemListElement"]] == ["Etusivu", "Tietosuojaseloste", "Versiot"]


def test_a_legal_text_bears_the_date_of_its_version(clock, pages):
    dated = {node["url"]: node["dateModified"] for node in of_type(pages, "WebPage")}
    for text, path in {"privacy": "/en/privacy", "terms": "/en/terms", "dpa": "/en/data-processing"}.items():
        assert dated[BASE + path] == legal.current(text, clock.now.date()).day
    assert len(dated) == 2 * len(LANGUAGES) * len(legal.TEXTS)


@pytest.mark.parametrize("extra_settings", [{"CONTROLLER_NAME": "</script><script>alert(1)//"}])
def test_no_name_breaks_out_of_the_data(client):
    page = Found("/en/", client.get("/en/").text)
    assert page.data["@graph"][0]["name"] == "</script><script>alert(1)//"


def test_a_page_that_failed_is_not_taken_for_the_page(client):
    answer = client.get("/en/privacy/versions/1999-01-01")
    assert answer.status_code == 404
    for mark in ("canonical", "og:title", "ld+json"):
        assert mark not in answer.text
