"""Videos and maps of others in Chromium, against stand-ins: our own placeholder, and nothing asked before."""

import re
from uuid import UUID

import pytest
from playwright.sync_api import expect

from audits.engine import violations
from clevenio.consent import ledger
from tests.support.browser import TWO_KINDS
from tests.support.server import serving

pytestmark = pytest.mark.browser

GALLERY = {"fi": "/fi/galleria", "en": "/en/gallery"}
VIDEO = ("www.youtube-nocookie.com", "/embed/example-000")
MAP = "www.openstreetmap.org"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site with both embeds on."""
    with serving(tmp_path_factory.mktemp("embeds"), EMBEDS="youtube,openstreetmap") as site:
        yield site


@pytest.fixture
def visit(wide_context, elsewhere, site):
    """`visit("/en/gallery", java_script_enabled=False)`: a fresh browser on a page."""
    elsewhere.asked.clear()

    def open_page(path, **options):
        page = wide_context(**options).new_page()
        page.goto(site.url + path)
        return page

    return open_page


def press(page, vendor, choice):
    push(page.locator(f"[data-vendor={vendor}] [data-choice={choice}]"))


def push(button):
    """By the keyboard: a pointer beside the frame of another process may be taken for one within it."""
    button.press("Enter")


def wait_for(page, elsewhere, wanted):
    for _ in range(100):
        if elsewhere.hosts() == wanted:
            return
        page.wait_for_timeout(50)
    assert elsewhere.hosts() == wanted


def settled(page):
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)


def cookies(page):
    return {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}


@TWO_KINDS
@pytest.mark.parametrize("headers", [{}, {"Sec-GPC": "1"}], ids=["plain", "gpc"])
def test_before_a_choice_there_is_a_link_and_no_frame(visit, elsewhere, language, javascript, headers):
    page = visit(GALLERY[language], java_script_enabled=javascript, extra_http_headers=headers)
    settled(page)
    assert page.locator("iframe").count() == 0
    links = page.locator(".embed a").evaluate_all("all => all.map((one) => one.href)")
    assert links == [
        "https://www.youtube.com/watch?v=example-000",
        "https://www.openstreetmap.org/?bbox=25.60,62.20,25.90,62.29",
    ]
    assert elsewhere.asked == []


def test_both_buttons_are_the_same_size(visit):
    page = visit(GALLERY["fi"], viewport={"width": 320, "height": 800})
    once, always = (
        page.locator(f"[data-vendor=youtube] [data-choice={one}]").bounding_box()
        for one in ("once", "always")
    )
    assert abs(once["width"] - always["width"]) <= 2
    assert abs(once["height"] - always["height"]) <= 2
    assert once["height"] >= 44


@pytest.mark.parametrize(("language", "scheme"), [("fi", "light"), ("en", "dark")])
def test_an_accessibility_engine_finds_nothing_before_or_beside_a_frame(visit, language, scheme):
    options = {"color_scheme": scheme, "bypass_csp": True, "java_script_enabled": True}
    page = visit(GALLERY[language], viewport={"width": 320, "height": 800}, **options)
    for _ in range(2):
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert list(violations(page, without=["iframe"])) == []
        push(page.locator("[data-vendor=openstreetmap] [data-choice=always]"))
        expect(page.locator("[data-vendor=openstreetmap] iframe")).to_be_visible()


def test_nothing_moves_where_a_frame_is_shown_without_a_press(visit, elsewhere):
    page = visit(GALLERY["en"], viewport={"width": 360, "height": 800})
    press(page, "youtube", "always")
    wait_for(page, elsewhere, {VIDEO[0]})
    page.add_init_script(
        "window.moved = 0; new PerformanceObserver(list => list.getEntries().forEach(e => window.moved += e.value))"
        ".observe({type: 'layout-shift', buffered: true})"
    )
    page.reload()
    page.locator("#embeds").scroll_into_view_if_needed()
    expect(page.locator("iframe")).to_be_visible()
    settled(page)
    assert page.evaluate("window.moved") == 0


@pytest.mark.parametrize("headers", [{}, {"Sec-GPC": "1"}], ids=["plain", "gpc"])
def test_showing_once_shows_this_one_and_keeps_nothing(visit, elsewhere, headers):
    page = visit(GALLERY["en"], extra_http_headers=headers)
    press(page, "youtube", "once")
    framed = page.frame_locator("[data-vendor=youtube] iframe").frame_locator("iframe")
    expect(framed.get_by_text("Shown")).to_be_visible()
    assert elsewhere.asked == [VIDEO]
    assert cookies(page) == {}
    assert page.locator("iframe").count() == 1
    elsewhere.asked.clear()
    page.reload()
    settled(page)
    assert (page.locator("iframe").count(), elsewhere.asked) == (0, [])


def test_showing_always_shows_all_of_this_maker_here_and_later(visit, elsewhere, site):
    page = visit(GALLERY["en"])
    press(page, "openstreetmap", "always")
    wait_for(page, elsewhere, {MAP})
    expect(page.locator("#announcement")).to_have_text(re.compile("OpenStreetMap is allowed"))
    assert page.locator("#site-choices").count() == 0
    kept = cookies(page)
    assert kept["choices"].endswith("%3Bc=preferences%3Bx=youtube")
    with site.session() as session:
        decided = ledger.history(session, UUID(kept["receipt"]))
    assert {row.channel for row in decided} == {"embed"}
    assert {row.purpose for row in decided if row.state == "granted"} == {
        "preferences",
        "preferences:openstreetmap",
    }
    elsewhere.asked.clear()
    page.reload()
    wait_for(page, elsewhere, {MAP})
    assert page.locator("iframe").count() == 1


def test_a_withdrawal_takes_the_frames_away_at_once_and_from_the_next_answer_on(visit, elsewhere, site):
    page = visit(GALLERY["en"])
    press(page, "openstreetmap", "always")
    wait_for(page, elsewhere, {MAP})
    address = page.locator("iframe").get_attribute("src")
    press(page, "youtube", "once")
    wait_for(page, elsewhere, {MAP, VIDEO[0]})
    push(page.locator("footer [data-choice=withdraw]"))
    expect(page.locator("iframe")).to_have_count(0)
    expect(page.locator("[data-vendor=openstreetmap] .placeholder")).to_be_visible()
    elsewhere.asked.clear()
    page.reload()
    settled(page)
    # Even the address of the frame, which somebody may have kept, shows the placeholder now.
    page.goto(address)
    settled(page)
    assert (page.locator("iframe").count(), elsewhere.asked) == (0, [])


def test_accepting_on_the_bar_shows_what_its_categories_allow(visit, elsewhere):
    page = visit(GALLERY["en"])
    page.locator("#site-choices [data-choice=accept]").click()
    wait_for(page, elsewhere, {MAP, VIDEO[0]})
    assert page.locator("iframe").count() == 2


@pytest.mark.parametrize("language", ["fi", "en"])
def test_without_javascript_the_buttons_lead_to_a_page_that_shows_it(visit, elsewhere, language):
    page = visit(GALLERY[language], java_script_enabled=False)
    press(page, "youtube", "once")
    expect(page.frame_locator("iframe").get_by_text("Shown")).to_be_visible()
    assert (elsewhere.asked, cookies(page)) == ([VIDEO], {})
    push(page.locator("main p > a"))
    page.wait_for_url(f"**{GALLERY[language]}")
    press(page, "openstreetmap", "always")
    expect(page.frame_locator("iframe").get_by_text("Shown")).to_be_visible()
    shown = page.url
    assert "choices" in cookies(page)
    elsewhere.asked.clear()
    with page.expect_navigation():
        push(page.locator("footer [data-choice=withdraw]"))
    page.goto(shown)
    assert (page.locator("iframe").count(), elsewhere.asked) == (0, [])


def test_a_page_that_shows_no_frame_lets_none_in_but_our_own(visit, elsewhere):
    page = visit(GALLERY["en"])
    stopped = page.evaluate(
        """async () => {
            const seen = [];
            document.addEventListener("securitypolicyviolation", (event) => seen.push(event.blockedURI));
            const frame = document.createElement("iframe");
            frame.src = "https://www.youtube-nocookie.com/embed/example-000";
            document.body.append(frame);
            await new Promise((done) => setTimeout(done, 500));
            return seen;
        }"""
    )
    assert stopped == ["https://www.youtube-nocookie.com"]
    assert elsewhere.asked == []


def test_switched_off_only_the_link_is_there(live_site, new_page):
    page = new_page()
    page.goto(live_site.url + GALLERY["en"])
    assert page.locator(".placeholder, [data-embed]").count() == 0
    assert page.locator(".embed a").count() == 2
