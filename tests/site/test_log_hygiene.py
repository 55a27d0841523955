"""Everything a person can do, done on the running site; then its logs are searched for them: 0 hits."""

import http.cookiejar
import json
import re
import sqlite3
import urllib.error
import urllib.parse
import urllib.request

import pytest

from tests.support import hygiene
from tests.support.mailbox import link_in
from tests.support.server import serving

EMAIL = "Aino.Lokiton@example.com"
PASSWORD = "nine made-up lantern words"
SIGNUP = {
    "email": EMAIL,
    "first_name": "Aino-Sofia",
    "last_name": "Lokiton",
    "phone": "040 765 4321",
    "company": "Esimerkki Oy",
    "website": "example.fi",
    "role": "sales",
    "password": PASSWORD,
    "terms": "yes",
    "newsletter": "yes",
    "ad_audiences": "yes",
}
PEOPLE = (
    "email,first_name,last_name,phone,consent,consent_at,consent_source,consent_wording\n"
    "tuotu.henkilo@example.com,Tuotu,Henkilönen,+358409876543,newsletter,2026-01-02,fair,I agree\n"
    "not an address,Väärä,Rivinen,,newsletter,2026-01-02,fair,I agree\n"
)


class Visitor:
    """A browser without a window: keeps cookies, follows redirects, notes what it types."""

    def __init__(self, site):
        self.site = site
        jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

    def ask(self, path, body=None, **headers):
        """(status, text) of one request; a body makes it a post."""
        data = urllib.parse.urlencode(body).encode() if isinstance(body, dict) else body
        hygiene.note(self.site.url + path, data.decode() if isinstance(body, dict) else None)
        request = urllib.request.Request(
            self.site.url + path, data, {"Sec-Fetch-Site": "same-origin", "User-Agent": EMAIL, **headers}
        )
        try:
            with self.opener.open(request, timeout=20) as answer:
                return answer.status, answer.read().decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode("utf-8", "replace")
        except urllib.error.URLError as error:
            # The answer to what is too large may come, and the connection end, before all of it is sent.
            if not isinstance(error.reason, ConnectionError):
                raise
            return None, ""


def token_in(text):
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text)[1]


def come_and_go(visitor, site):
    """From the signup to the logout, with every mistake on the way."""
    assert visitor.ask("/en/signup", {**SIGNUP, "website": "no website"})[0] == 422
    assert visitor.ask("/en/signup", SIGNUP)[0] == 200
    link = link_in(site.mailbox.newest(EMAIL, seconds=10), "/v/")
    assert visitor.ask(link)[0] == 200
    assert visitor.ask(link, {})[0] == 200
    assert visitor.ask(link[:-2], {})[0] == 404
    assert visitor.ask("/en/login", {"email": EMAIL, "password": "wrong lantern words"})[0] == 422
    status, page = visitor.ask(f"/en/login?next=/{EMAIL}", {"email": EMAIL, "password": PASSWORD})
    status, page = visitor.ask("/en/account")
    assert (status, EMAIL in page) == (200, True)
    carried = {"csrf_token": token_in(page)}
    assert visitor.ask("/en/account/profile", {**SIGNUP, **carried, "language": "fi"})[0] == 200
    assert visitor.ask("/en/account/profile", {**SIGNUP, **carried, "first_name": ""})[0] == 422
    assert visitor.ask("/en/account/choices", {**carried, "newsletter": "yes"})[0] == 200
    assert visitor.ask("/en/logout", carried)[0] == 200


def write_and_subscribe(visitor, site):
    """An inquiry, a subscription, the way out."""
    inquiry = {"name": "Kysyvä Vierailija", "email": "kysyva@example.com", "message": "Soita Kysyvälle"}
    assert visitor.ask("/fi/yhteys", {**inquiry, "email": "kysyva@"})[0] == 422
    assert visitor.ask("/fi/yhteys", inquiry)[0] == 200
    assert visitor.ask("/fi/uutiskirje", {"email": "tilaaja@example.com"})[0] == 200
    link = link_in(site.mailbox.newest("tilaaja@example.com", seconds=10), "/c/")
    assert visitor.ask(link)[0] == visitor.ask(link, {})[0] == 200
    for language, text in {"fi": "# Hei\n\nEnsimmäinen.\n", "en": "# Hello\n\nThe first.\n"}.items():
        (site.data / f"{language}.md").write_text(text, encoding="utf-8")
    sent = site.run("newsletter", "send", "--topic", "newsletter", "--fi", "fi.md", "--en", "en.md")
    assert sent.returncode == 0, sent.stderr
    way_out = link_in(site.mailbox.newest("tilaaja@example.com", count=2, seconds=10), "/u/")
    assert visitor.ask(way_out)[0] == visitor.ask(way_out, {})[0] == 200
    assert visitor.ask(way_out, {"reason": f"{EMAIL} told me to leave"})[0] == 200


def knock_everywhere(visitor):
    """What the site refuses, each with somebody's address in it."""
    assert visitor.ask(f"/en/{EMAIL}?email={EMAIL}")[0] == 404
    assert visitor.ask(f"/u/{EMAIL}")[0] == 404
    assert visitor.ask("/en/product", {"email": EMAIL})[0] == 405
    assert visitor.ask("/en/contact", {"email": EMAIL, "message": "m" * 1_100_000})[0] in (413, None)
    assert visitor.ask("/en/contact", {"email": EMAIL}, **{"Sec-Fetch-Site": "cross-site"})[0] == 403
    assert visitor.ask("/staff/login", {"email": EMAIL, "password": PASSWORD})[0] == 422
    assert visitor.ask("/en/choices", {"decision": EMAIL})[0] == 422
    assert visitor.ask("/en/signup", f"email={EMAIL}".encode(), **{"Content-Type": "text/x"})[0] == 422


def run_commands(site):
    """Commands write to whoever runs them, not into the site's logs; the trail is searched for them."""
    (site.data / "people.csv").write_text(PEOPLE, encoding="utf-8")
    site.run("people", "import", "people.csv")
    for platform in ("google", "meta"):
        file = f"{platform}.csv"
        site.run("audiences", "export", "--segment", "all", "--platform", platform, "--output", file)
    for arguments in (("audiences", "explain", EMAIL), ("staff", "invite", EMAIL, "--role", "support")):
        assert site.run(*arguments).returncode == 0


def break_the_database(visitor, site):
    """A table is gone: pages answer 503, and say so in the log."""
    with sqlite3.connect(site.data / "clevenio.db", timeout=10) as connection:
        connection.execute("DROP TABLE inquiries")
    connection.close()
    inquiry = {"name": "Rikki Vierailija", "email": "rikki@example.com", "message": "Soita Rikille"}
    assert visitor.ask("/fi/yhteys", inquiry)[0] == 503


@pytest.fixture(scope="module")
def used(tmp_path_factory):
    """A site on which everything above has happened."""
    with serving(tmp_path_factory.mktemp("site"), AUDIENCE_MINIMUM_OVERRIDE="1") as site:
        visitor = Visitor(site)
        come_and_go(visitor, site)
        write_and_subscribe(visitor, site)
        knock_everywhere(visitor)
        run_commands(site)
        break_the_database(visitor, site)
        yield site


def test_nobody_is_found_in_what_the_site_wrote_down(used):
    assert hygiene.leaks(used) == []


def test_what_was_searched_for_is_what_was_typed_and_given(used):
    assert {EMAIL, PASSWORD, "Aino-Sofia", "kysyva@example.com"} <= hygiene.TYPED
    assert {"tuotu.henkilo@example.com", "+358409876543"} <= set(hygiene._kept(used))


def test_every_line_of_the_log_is_an_object_and_tells_its_route(used):
    said = [line for line in used.log.splitlines() if not re.match(r"(Site|Back office|Become the)", line)]
    lines = [json.loads(line) for line in said]
    assert {line["at"][-6:] for line in lines} == {"+00:00"}
    answered = {
        (line["method"], line["route"], line["status"]) for line in lines if line["event"] == "answered"
    }
    assert {
        ("POST", "/en/signup", 303),
        ("POST", "/v/<token>", 303),
        ("POST", "/v/<token>", 404),
        ("POST", "/en/login", 422),
        ("POST", "/u/<token>", 200),
        ("POST", "none", 405),
        ("POST", "/en/contact", 413),
        ("GET", "none", 404),
        ("POST", "/fi/yhteys", 503),
    } <= answered
    assert any("no such table: inquiries" in str(line.get("error")) for line in lines)
