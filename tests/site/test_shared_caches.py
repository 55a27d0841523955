"""Public pages come in three variants, which a shared cache tells apart: their headers, and the nginx configuration."""

import re
from itertools import product
from string import Template

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clevenio.consent.cookies import Choices, variant
from clevenio.consent.notices import choices_notice
from clevenio.limits import Attempts
from clevenio.web.blueprints import public_endpoints
from clevenio.web.ready_bytes import preferred_encoding
from tests.support.application import new_client
from tests.support.nginx import CONFIGURATION

ANSWER = Choices(choices_notice("fi").id, frozenset({"analytics"}))
VISITS = {
    "bar": {},
    "none": {"Cookie": f"choices={ANSWER.value}"},
    "gpc": {"Sec-GPC": "1"},
}
on_sqlite = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.fixture
def client(app):
    """One that sends the Cookie header it is given; with a jar of its own it would drop it."""
    return app.test_client(use_cookies=False)


@pytest.fixture
def paths(app):
    found = {r.rule for r in app.url_map.iter_rules() if r.endpoint in public_endpoints(app) and r.defaults}
    assert len(found) >= 40
    return sorted(found)


@on_sqlite
def test_a_page_has_three_variants_each_with_a_tag_of_its_own(client, paths):
    for path in paths:
        answers = {name: client.get(path, headers=headers) for name, headers in VISITS.items()}
        tags = {name: answer.headers["ETag"] for name, answer in answers.items()}
        # The signal is no news to somebody who has answered.
        both = client.get(path, headers={**VISITS["none"], **VISITS["gpc"]})
        assert both.data == answers["none"].data, path
        assert len({answer.data for answer in answers.values()}) == len(set(tags.values())) == 3, path
        for answer in answers.values():
            assert answer.headers["Vary"] == "Accept-Encoding, Sec-GPC", path
            assert answer.headers["Cache-Control"] == "no-cache", path
        other = client.get(path, headers={**VISITS["gpc"], "If-None-Match": tags["bar"]})
        assert (other.status_code, other.headers["ETag"]) == (200, tags["gpc"]), path


@on_sqlite
def test_nothing_else_that_a_visitor_sends_makes_another_variant(client, paths):
    """No cookie, agent, language, address or malformed answer."""
    known = {client.get(paths[0], headers=headers).data for headers in VISITS.values()}
    for name, value in {
        "Cookie": f"choices={ANSWER.value[:-9]}; receipt=x; session=y",
        "User-Agent": "Googlebot/2.1",
        "Accept-Language": "sv",
        "X-Forwarded-For": "203.0.113.9",
        "Sec-GPC": "0",
        "Referer": "https://www.example.com/",
        "DNT": "1",
    }.items():
        assert client.get(paths[0], headers={name: value}).data in known, name


@on_sqlite
@pytest.mark.parametrize("path", ["/en/choices", "/fi/valinnat/kuitti"])
def test_what_shows_one_visitors_answer_stays_in_no_cache(client, path):
    assert client.get(path).headers["Cache-Control"] == "no-store"


@on_sqlite
def test_deciding_is_counted_against_no_limit_of_a_network(app, other_session):
    for number in range(150):
        decision = ("accept", "reject")[number % 2]
        answer = new_client(app).post("/fi/valinnat", data={"decision": decision})
        assert answer.status_code == 303, number
    with other_session() as session:
        assert session.query(Attempts).count() == 0


class Maps:
    """The `map` blocks of the configuration, asked as nginx asks them: strings first, then patterns in order."""

    def __init__(self, text):
        self._maps = {}
        for source, target, body in re.findall(r"(?m)^map (\S+) \$(\w+) \{\n(.*?)^\}", text, re.DOTALL):
            lines = re.findall(r'^\s+(default|"(?:\\.|[^"\\])*") ("[^"]*"|\S+);', body, re.MULTILINE)
            self._maps[target] = (source, [(self._plain(key), value.strip('"')) for key, value in lines])

    @staticmethod
    def _plain(text):
        return re.sub(r'\\(["\\])', r"\1", text.strip('"'))

    def __call__(self, target, value):
        _, lines = self._maps[target]
        for key, result in lines:
            if not key.startswith("~") and key == value and key != "default":
                return result
        for key, result in lines:
            flags = re.IGNORECASE if key.startswith("~*") else 0
            pattern = key.removeprefix("~*" if flags else "~").replace("(?<", "(?P<")
            found = re.search(pattern, value, flags) if key.startswith("~") else None
            if found:
                return Template(result).safe_substitute(found.groupdict())
        return next(result for key, result in lines if key == "default")


maps = Maps(CONFIGURATION.read_text(encoding="utf-8"))


def is_kept(cookie):
    return maps("choices_unclear", cookie) == "0"


def seen(cookie, gpc=""):
    return variant({"HTTP_COOKIE": cookie, "HTTP_SEC_GPC": gpc} if cookie else {"HTTP_SEC_GPC": gpc})


CANONICAL = [
    Choices(notice, frozenset(categories), frozenset(refused)).value
    for notice in (choices_notice("fi").id, choices_notice("en").id, "0" * 32)
    for categories in ((), ("analytics",), ("analytics", "marketing"))
    for refused in ((), ("meta_pixel",))
]
BEFORE_AND_AFTER = ["{}", "receipt=1; {}", "{}; receipt=1", "a=b; {}; c=d"]


@pytest.mark.parametrize("frame", BEFORE_AND_AFTER)
@pytest.mark.parametrize("value", CANONICAL)
def test_what_our_own_site_wrote_is_kept_under_its_answer(value, frame):
    cookie = frame.format(f"choices={value}")
    assert is_kept(cookie)
    notice = re.match("v=([0-9a-f]{12})", value)[1]
    assert maps("choices_answer", cookie) == notice + value.partition("%3B")[1] + value.partition("%3B")[2]


def test_without_an_answer_the_key_says_so():
    for cookie in ("", "receipt=1", "a=b; c=d"):
        assert (maps("choices_answer", cookie), is_kept(cookie)) == ("-", True)


PARTS = [
    "choices=",
    "CHOICES=",
    "xchoices=",
    "; ",
    ";",
    '"',
    "\\073",
    " ",
    "v=",
    "%3Bc=",
    "receipt=1",
    "a=",
    ",",
    "=",
    *CANONICAL,
]


@given(st.lists(st.sampled_from(PARTS), max_size=8).map("".join))
def test_under_one_key_there_is_one_variant_whatever_a_cookie_says(cookie):
    """Either the cache is passed by, or the key alone decides what the site answers."""
    if not is_kept(cookie):
        return
    answer = maps("choices_answer", cookie)
    scope = re.fullmatch(r"([0-9a-f]{12})(%3Bc=.*)", answer)
    same = f"choices=v={scope[1]}{'0' * 20}{scope[2]}" if scope else ""
    for gpc in ("", "1"):
        assert seen(cookie, gpc) == seen(same, gpc)


@pytest.mark.parametrize(
    "header", ["", "gzip, deflate, br, zstd", "gzip", "gzip;q=1, br;q=0", "identity", "xbrx"]
)
def test_the_site_is_asked_for_the_encoding_that_the_key_names(header):
    name = maps("encoding", header)
    assert preferred_encoding(name) == name
    # Never one that the browser would not take.
    assert not name or preferred_encoding(header) == name


def test_only_ready_pages_are_kept():
    kept = {
        (control, vary): maps("is_about_somebody", f"{control}|{vary}")
        for control, vary in product(("no-cache", "no-store", ""), ("Accept-Encoding, Sec-GPC", "Cookie", ""))
    }
    assert [what for what, is_left_out in kept.items() if is_left_out == "0"] == [
        ("no-cache", "Accept-Encoding, Sec-GPC")
    ]


def test_the_key_names_page_answer_signal_and_encoding():
    key = re.search(r'location / \{[^}]*proxy_cache_key "([^"]+)"', CONFIGURATION.read_text(encoding="utf-8"))
    assert key[1].split() == ["$host$uri", "$choices_answer", "$says_no", "$encoding"]
