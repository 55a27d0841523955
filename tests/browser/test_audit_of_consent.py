"""The crawl of consent finds what is broken: the site's own pages, each spoilt in one way."""

import re

import pytest

from audits.consent.look import look
from audits.consent.traces import Observer
from audits.engine import violations

# It tests the crawl and not the site; the crawl itself runs each time.
pytestmark = [pytest.mark.browser, pytest.mark.slow]

STORES = """
localStorage.setItem("one", "1");
sessionStorage.setItem("two", "2");
document.cookie = "three=3";
indexedDB.open("four");
caches.open("five");
"""
MOVES = "addEventListener('load', () => document.querySelector('main').style.marginTop = '300px');"
ASKS = "document.addEventListener('DOMContentLoaded', () => { new Image().src = 'https://cdn.example.net/pixel'; });"
BREAKS = "throw new Error('oh no');"


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield context.new_page()
    context.close()


def spoil(page, script="", style="", markup=("<html", "<html")):
    """Serve the site's page with another script, a further style or other markup; the policy stays."""

    def other(route):
        answer = route.fetch()
        body = (
            answer.text().replace("integrity=", "data-was=").replace(*markup) if markup[0] else answer.text()
        )
        route.fulfill(response=answer, body=body.replace("integrity=", "data-was="))

    page.route("**/en/", other)
    if script:
        page.route("**/js/site.js*", lambda route: route.fulfill(content_type="text/javascript", body=script))
    if style:
        page.route(
            "**/site.css*", lambda route: route.fulfill(response=(a := route.fetch()), body=a.text() + style)
        )


def visit(page, live_site, **how):
    observer = Observer(page.context, page)
    spoil(page, **how)
    return observer.visit(live_site.url, "/en/")


def test_the_page_as_it_is_leaves_nothing_and_moves_nothing(live_site, page):
    seen = visit(page, live_site)
    assert (seen.cookies, seen.stored, seen.violations, seen.errors, seen.shifts) == ([], [], [], [], [])
    assert [kind for kind, _ in seen.requests if kind == "document"] == ["document"]
    assert list(look(page)) == []


def test_whatever_is_stored_is_seen(live_site, page):
    seen = visit(page, live_site, script=STORES)
    assert [cookie["name"] for cookie in seen.cookies] == ["three"]
    assert set(seen.stored) == {
        ("local_storage", "one"),
        ("session_storage", "two"),
        ("database", "four"),
        ("cache", "five"),
    }


def test_a_service_worker_is_seen(live_site, page):
    page.route("**/en/worker.js", lambda route: route.fulfill(content_type="text/javascript", body=""))
    observer = Observer(page.context, page)
    observer.visit(live_site.url, "/en/")
    page.context.route(
        "**/en/worker.js", lambda route: route.fulfill(content_type="text/javascript", body="")
    )
    page.evaluate("navigator.serviceWorker.register('/en/worker.js').catch(() => {})")
    page.wait_for_timeout(300)
    assert ("service_worker", f"{live_site.url}/en/") in observer.look().stored


def test_what_moves_is_seen(live_site, page):
    (moved,) = visit(page, live_site, script=MOVES).shifts
    assert re.fullmatch(r"0\.\d{4} \(.*main from \d+ \d+ \d+ \d+ to \d+ \d+ \d+ \d+.*\)", moved)


def test_what_asks_elsewhere_is_seen(live_site, page):
    assert visit(page, live_site, script=ASKS).violations == ["img-src: https://cdn.example.net/pixel"]


def test_what_breaks_is_seen(live_site, page):
    assert any("oh no" in each for each in visit(page, live_site, script=BREAKS).errors)


@pytest.mark.parametrize(
    ("style", "said"),
    [
        ("[data-choice=accept] { background: green !important }", "the contrast of the ground"),
        ("[data-choice=reject] { color: #bbb !important }", "the contrast of the text is only"),
        ("[data-choice=accept] { font-size: 1.3em !important }", "refusing is"),
        ("#site-choices .pair { grid-template-columns: 1fr 2fr !important }", "px of width"),
        ("#site-choices .pair { margin-block-start: 40rem }", "does not show both answers"),
        ("#site-choices { position: fixed !important; inset: auto 0 0; height: 60% }", "the bar covers"),
        ("html { scroll-padding: 0 !important }", "the bar covers"),
        ("#site-choices { inline-size: 500px }", "px wider than the window"),
        ("html { overflow: hidden !important }", "cannot be scrolled"),
        ("#site-choices { position: fixed !important; inset: 0 }", "lies over the top of the page"),
        ("#site-choices summary { font-size: 5px !important; padding: 0 !important }", "a target has 24"),
        ("@media (forced-colors: active) { .button { border: 0 !important } }", "have no edge"),
        (
            "@media (forced-colors: active) { .button { outline: 0 !important } }",
            "focus on the bar cannot be seen",
        ),
        ("@layer reset { #site-choices { transition: all 1s !important } }", "has a transition"),
        (
            "@layer reset { @media print { #site-choices { display: block !important } } }",
            "in print: the bar is there",
        ),
    ],
)
def test_a_bar_that_looks_wrong_is_found(live_site, page, style, said):
    visit(page, live_site, style=style)
    found = list(look(page))
    assert any(said in each for each in found), found


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ('value="accept" data-', 'type="reset" data-', "refusing is button submit, accepting button reset"),
        ('role="region"', 'role="dialog" aria-modal="true"', "there is a modal dialogue"),
        ('data-choice="withdraw"', 'data-choice="thank"', "nothing takes a consent back"),
        ('data-open="choices"', "", "nothing leads to the choices"),
        ('name="category"', 'name="category" checked', "a box is ticked beforehand"),
    ],
)
def test_a_wall_a_missing_way_back_and_a_ticked_box_are_found(live_site, page, was, becomes, said):
    visit(page, live_site, markup=(was, becomes))
    found = list(look(page))
    assert any(said in each for each in found), found


def test_what_an_engine_of_accessibility_minds_is_found(live_site, page):
    visit(page, live_site, markup=('<html lang="en">', "<html>"))
    assert any("html-has-lang" in each for each in violations(page))
