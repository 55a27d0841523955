"""The campaign that a visitor came by, in Chromium: kept by consent alone, by scripts and without them."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

LANDING = {"fi": "/fi/palvelu", "en": "/en/product"}
QUERY = "?utm_source=google&utm_campaign=syksy&gclid=EAIaIQobChMI-secret"


def land(new_page, site, language, **options):
    page = new_page(language=language, **options)
    page.goto(site.url + LANDING[language] + QUERY)
    return page


def press(page, selector, javascript):
    """Press a button, and wait until its answer is there."""
    if javascript:
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            page.locator(selector).click()
        page.locator("#announcement:not(.unseen)").wait_for()
    else:
        with page.expect_navigation():
            page.locator(selector).click()


def kept(page):
    return {cookie["name"]: cookie for cookie in page.context.cookies()}.get("campaign")


def test_allowing_on_the_bar_keeps_it_and_withdrawing_erases_it(new_page, live_site, language, javascript):
    page = land(new_page, live_site, language, javascript=javascript)
    assert page.context.cookies() == []
    press(page, "#site-choices [data-choice=accept]", javascript)
    cookie = kept(page)
    assert "s=google&c=syksy" in cookie["value"]
    assert "secret" not in cookie["value"]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
    press(page, "footer [data-choice=withdraw]", javascript)
    assert kept(page) is None


def test_refusing_keeps_nothing(new_page, live_site, language, javascript):
    page = land(new_page, live_site, language, javascript=javascript)
    press(page, "#site-choices [data-choice=reject]", javascript)
    assert {cookie["name"] for cookie in page.context.cookies()} == {"choices", "receipt"}
    if javascript:
        assert page.evaluate("localStorage.length + sessionStorage.length") == 0


@pytest.mark.parametrize("javascript", [True])
@pytest.mark.parametrize("language", ["en"])
def test_one_box_ticked_on_the_bar_is_enough_or_not(new_page, live_site, language, javascript):
    for box, is_kept in (("analytics", False), ("marketing", True)):
        page = land(new_page, live_site, language, javascript=javascript)
        page.locator("#site-choices summary").click()
        page.check(f"#site-choices [value={box}]")
        press(page, "#site-choices [data-choice=save]", javascript)
        assert (kept(page) is not None) is is_kept
        expect(page.locator("#site-choices")).to_have_count(0)
