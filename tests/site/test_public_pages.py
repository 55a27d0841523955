"""Public pages know nobody: they are the same for everybody, and say so in both languages."""

from html.parser import HTMLParser

import pytest

from clevenio.web.blueprints import public_endpoints

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
VISITOR = {"Cookie": "session=stolen; receipt=abc", "Accept-Language": "sv", "User-Agent": "Made up"}


@pytest.fixture
def pages(app):
    """{endpoint: {language: path}} of the pages that are the same for everybody."""
    found = {}
    for rule in app.url_map.iter_rules():
        language = (rule.defaults or {}).get("language")
        if rule.endpoint in public_endpoints(app) and language:
            found.setdefault(rule.endpoint, {})[language] = rule.rule
    assert found["pages.privacy"] == {"fi": "/fi/tietosuoja", "en": "/en/privacy"}
    return found


@pytest.fixture
def paths(pages):
    return sorted(path for by_language in pages.values() for path in by_language.values())


class Head(HTMLParser):
    """The parts of a page that machines read."""

    def __init__(self, html):
        super().__init__()
        self.language, self.links, self.title, self.described, self.headings = None, {}, False, False, 0
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag == "html":
            self.language = values.get("lang")
        elif tag == "link" and values.get("rel") in ("canonical", "alternate"):
            self.links[values.get("hreflang", values["rel"])] = values["href"]
        elif tag == "meta" and values.get("name") == "description":
            self.described = bool(values.get("content"))
        elif tag == "h1":
            self.headings += 1
        elif tag == "title":
            self.title = True


def test_no_public_page_sets_a_cookie_or_depends_on_one(client, paths):
    for path in paths:
        response = client.get(path)
        assert response.status_code == 200, path
        assert "Set-Cookie" not in response.headers, path
        assert "Cookie" not in response.headers.get("Vary", ""), path


def test_no_byte_belongs_to_one_visitor(app, client, paths):
    # A client with a jar of its own would drop the header.
    visitor = app.test_client(use_cookies=False)
    for path in paths:
        plain = client.get(path)
        personal = visitor.get(path, query_string={"name": "Aino"}, headers=VISITOR)
        assert plain.data == personal.data, path
        assert "no-store" not in plain.headers.get("Cache-Control", ""), path


def test_every_page_has_both_languages_and_points_at_the_other(client, pages):
    for endpoint, by_language in pages.items():
        assert set(by_language) == {"fi", "en"}, endpoint
        for language, path in by_language.items():
            head = Head(client.get(path).text)
            assert head.language == language, path
            assert head.links["canonical"] == f"http://localhost{path}"
            assert {name: head.links.get(name) for name in by_language} == {
                name: f"http://localhost{other}" for name, other in by_language.items()
            }, path


def test_every_page_has_a_title_a_description_and_one_heading(client, paths):
    for path in paths:
        head = Head(client.get(path).text)
        assert (head.title, head.described, head.headings) == (True, True, 1), path


def test_a_page_that_was_fetched_is_not_sent_again(client, paths):
    for path in paths:
        etag = client.get(path).headers["ETag"]
        again = client.get(path, headers={"If-None-Match": etag})
        assert (again.status_code, again.data) == (304, b""), path
