"""The audit of consent says no where it should: a cookie too many, too early, too long; a request to the wrong place."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from audits.consent.__main__ import result
from audits.consent.crawl import Case, Walk
from audits.consent.judge import Judge, never_seen
from audits.consent.pages import Pages
from audits.consent.plan import every, short
from audits.consent.states import State, states
from audits.consent.traces import Traces
from clevenio.registry import Clocks
from clevenio.registry.loader import shipped
from tests.support.elsewhere import KEYS

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
REGISTRY = shipped().in_force(KEYS, (), Clocks())
FRESH, REFUSED = State("fresh"), State("refused", "reject")
ALL = State("all", "accept", frozenset({"preferences", "analytics", "marketing"}))
WITHDRAWN = replace(ALL, then_withdrawn=True)


def cookie(name, days=1.0, domain="localhost", readable=True, path="/"):
    expires = NOW.timestamp() + days * 86_400 if days else -1
    return {"name": name, "domain": domain, "expires": expires, "httpOnly": not readable, "path": path}


def found(state, *, is_public=True, **seen):
    judge = Judge(REGISTRY, state, "localhost:8000", NOW)
    return [
        each.removeprefix("/en/: ") for each in judge.findings(Traces("/en/", **seen), is_public=is_public)
    ]


def of_cookie(state, *arguments, is_public=True, **facts):
    return found(state, is_public=is_public, cookies=[cookie(*arguments, **facts)])


def test_what_is_declared_and_agreed_to_is_no_finding():
    cookies = [
        cookie("choices", 183),
        cookie("receipt", 183, readable=False),
        cookie("_ga", 400),
        cookie("_ga_X1", 400),
        cookie("IDE", 390, ".doubleclick.net", readable=False),
    ]
    asked = [
        ("script", "https://www.googletagmanager.com/gtag/js?id=G-1"),
        ("image", "https://region1.google-analytics.com/g/collect"),
        ("fetch", "http://localhost:8000/en/choices"),
        ("image", "data:image/svg+xml,x"),
    ]
    assert found(ALL, cookies=cookies, requests=asked) == []


@pytest.mark.parametrize(
    ("state", "facts", "said"),
    [
        (ALL, ("tracker",), "cookie tracker is not declared"),
        (ALL, ("_ga", 1, "other.example"), "cookie _ga is not declared for other.example"),
        (REFUSED, ("_ga", 1), "cookie _ga without consent to analytics"),
        (
            State("marketing", "save", frozenset({"marketing"})),
            ("_ga", 1),
            "cookie _ga without consent to analytics",
        ),
        (WITHDRAWN, ("_fbp", 1), "cookie _fbp without consent to marketing"),
        (FRESH, ("choices", 183), "cookie choices before any answer"),
        (ALL, ("_fbp", 91), "cookie _fbp lives 91.0 days, declared are 90"),
    ],
)
def test_a_cookie_too_many_too_early_or_too_long_is_found(state, facts, said):
    assert of_cookie(state, *facts) == [said]


def test_a_session_belongs_to_pages_that_know_somebody_and_ends_with_the_browser():
    assert of_cookie(REFUSED, "__Host-session", 0, readable=False, is_public=False) == []
    assert of_cookie(REFUSED, "session", 0, readable=False) == [
        "cookie session on a page that is the same for everybody"
    ]
    assert of_cookie(REFUSED, "session", 2, readable=False, is_public=False) == [
        "cookie session lives 2.0 days, declared are 0"
    ]


@pytest.mark.parametrize("readable", [True, False])
def test_who_may_read_a_cookie_is_as_declared(readable):
    said = {True: [], False: ["cookie choices is not readable by scripts, declared is the contrary"]}
    assert of_cookie(REFUSED, "choices", 183, readable=readable) == said[readable]


def test_a_cookie_under_another_path_than_declared_is_found():
    assert of_cookie(ALL, "_fbp", 1, path="/en/") == ["cookie _fbp stands under /en/, declared is /"]
    assert of_cookie(ALL, "fr", 90, domain="facebook.com", readable=False, path="/tr") == []


def test_others_keep_their_own_after_a_withdrawal_and_nobody_asks_them():
    theirs = {"domain": "facebook.com", "readable": False}
    assert of_cookie(WITHDRAWN, "fr", 90, **theirs) == []
    assert of_cookie(REFUSED, "fr", 90, **theirs) == ["cookie fr without consent to marketing"]
    assert found(WITHDRAWN, requests=[("image", "https://www.facebook.com/tr")]) == [
        "image to www.facebook.com, which nothing agreed to needs"
    ]


@pytest.mark.parametrize("kind", ["local_storage", "session_storage", "database", "cache", "service_worker"])
def test_no_other_place_to_store_is_overlooked(kind):
    assert found(ALL, stored=[(kind, "x")]) == [f"{kind} x is not declared"]


@pytest.mark.parametrize(
    ("state", "request_", "said"),
    [
        (
            FRESH,
            ("script", "https://cdn.example.net/x.js"),
            "script to cdn.example.net, which nothing agreed to needs",
        ),
        (FRESH, ("fetch", "http://localhost:8000/seen"), "fetch to /seen before any answer"),
        (
            ALL,
            ("image", "http://www.facebook.com/tr"),
            "image to www.facebook.com, which nothing agreed to needs",
        ),
        (ALL, ("script", "http://localhost:9/x.js"), "script to localhost:9, which nothing agreed to needs"),
    ],
)
def test_a_request_that_nothing_agreed_to_needs_is_found(state, request_, said):
    assert found(state, requests=[request_]) == [said]


def test_what_the_browser_says_is_a_finding():
    seen = {"violations": ["img-src: x"], "errors": ["boom"], "shifts": ["0.0100 (nav)"]}
    assert found(ALL, **seen) == [
        "stopped by the policy: img-src: x",
        "boom",
        "the layout shifts by 0.0100 (nav)",
    ]


def test_what_is_declared_and_never_seen_is_told():
    everything = {(each.kind, each.name.replace("*", "1"), each.domain) for each in REGISTRY.cookies.values()}
    assert never_seen(REGISTRY, everything) == []
    assert never_seen(REGISTRY, everything - {("cookie", "_fbp", None)}) == [
        "cookie _fbp is declared and was never seen"
    ]


OWN = {
    language: Pages(tuple(f"/{language}/{n}" for n in range(20)), (f"/{language}/own",), f"/{language}/")
    for language in ("fi", "en")
}


def test_the_long_form_leaves_no_page_state_language_or_kind_of_browser_out():
    cases = list(every(REGISTRY, OWN, is_looked_at=True))
    names = ["fresh", "refused", "preferences", "analytics", "marketing", "all", "withdrawn", "GPC"]
    assert [state.name for state in states(REGISTRY)] == names
    assert {(c.state.name, c.language, c.scripts) for c in cases} == {
        (name, language, scripts) for name in names for language in OWN for scripts in (True, False)
    }
    assert all(case.pages == OWN[case.language] for case in cases)
    assert len({case.slug for case in cases}) == len(cases) == 32


def test_the_short_form_shows_each_page_to_a_newcomer_and_every_page_in_some_other_state():
    cases = list(short(REGISTRY, OWN))
    newcomers = {(c.language, c.scripts): c.pages for c in cases if c.state.name == "fresh"}
    assert newcomers == {("fi", True): OWN["fi"], ("en", False): OWN["en"]}
    assert len({(c.state.name, c.language) for c in cases}) == 16
    assert {c.scripts for c in cases if c.state.name != "fresh"} == {True, False}
    others = [path for c in cases if c.state.name != "fresh" for path in c.pages.public]
    assert set(others) == {path for own in OWN.values() for path in own.public}


def test_a_walk_that_saw_nothing_has_not_found_nothing():
    case = Case(FRESH, "fi", scripts=True, pages=OWN["fi"])
    assert not result("plain", Walk(case, pages=2)).holds
    assert result("plain", Walk(case, pages=20)).holds
    assert not result("plain", Walk(case, ["/fi/: boom"], pages=20)).holds
