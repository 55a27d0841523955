"""A visitor's choice in Chromium: nothing before it, all of it kept, and gone when taken back."""

import re
from urllib.parse import unquote
from uuid import UUID

import pytest
from playwright.sync_api import expect

from clevenio.consent import ledger
from clevenio.consent.notices import choices_notice
from tests.support.browser import TWO_KINDS

pytestmark = pytest.mark.browser

CENTRE = {"fi": "/fi/valinnat", "en": "/en/choices"}
PRODUCT = {"fi": "/fi/palvelu", "en": "/en/product"}
ALL = {"analytics", "marketing", "preferences"}
STORED = """async () => ({
    cookies: document.cookie,
    local: Object.keys(localStorage),
    session: Object.keys(sessionStorage),
    databases: (await indexedDB.databases()).length,
    caches: (await caches.keys()).length,
    workers: (await navigator.serviceWorker.getRegistrations()).length,
})"""
NOTHING = {"cookies": "", "local": [], "session": [], "databases": 0, "caches": 0, "workers": 0}


def cookies(page):
    return {cookie["name"]: unquote(cookie["value"]) for cookie in page.context.cookies()}


def decide(page, button, wanted, javascript):
    """Press a button and wait until the page shows the choice: a test that left it sooner would race its script."""
    if javascript and page.locator("form.choices").count() == 0:
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            button.click()
        page.locator("#announcement:not(.unseen)").wait_for()
    else:
        with page.expect_navigation():
            button.click()
    found = re.search(r";c=([a-z,]*);", cookies(page)["choices"])
    assert set(filter(None, found[1].split(","))) == wanted


def states(live_site, page):
    with live_site.session() as session:
        return {p: str(s) for p, s in ledger.decisions_of(session, UUID(cookies(page)["receipt"])).items()}


def bar(page):
    return page.locator("#site-choices")


@TWO_KINDS
def test_nothing_is_stored_or_asked_elsewhere_before_a_choice(live_site, page, language, javascript):
    for path in (f"/{language}/", PRODUCT[language], CENTRE[language]):
        page.goto(live_site.url + path)
        page.mouse.wheel(0, 2000)
        page.keyboard.press("Escape")
        assert page.context.cookies() == []
        if javascript:
            assert page.evaluate(STORED) == NOTHING
    page.goto(f"{live_site.url}/{language}/")
    assert bar(page).is_visible()


@TWO_KINDS
@pytest.mark.parametrize(("button", "wanted"), [("accept", ALL), ("reject", set())])
def test_one_click_on_the_bar_decides(live_site, page, language, javascript, button, wanted):
    page.goto(live_site.url + PRODUCT[language])
    decide(page, bar(page).locator(f"[data-choice={button}]"), wanted, javascript)
    bar(page).wait_for(state="detached")
    # Without a script the answer leads back to the line that says so.
    assert page.url == live_site.url + PRODUCT[language] + ("" if javascript else "#saved")
    state = {"accept": "granted", "reject": "refused"}[button]
    assert states(live_site, page) == dict.fromkeys(ALL, state)
    page.reload()
    assert bar(page).count() == 0


@TWO_KINDS
def test_choosing_one_by_one_keeps_what_is_ticked(live_site, page, language, javascript):
    page.goto(f"{live_site.url}/{language}/")
    bar(page).locator("summary").click()
    boxes = bar(page).locator("[name=category]")
    assert [boxes.nth(n).is_checked() for n in range(boxes.count())] == [False, False, False]
    bar(page).locator("[name=category][value=analytics]").check()
    decide(page, bar(page).locator("[data-choice=save]"), {"analytics"}, javascript)
    assert states(live_site, page) == {
        "analytics": "granted",
        "marketing": "refused",
        "preferences": "refused",
    }


@TWO_KINDS
def test_the_preference_centre_saves_shows_and_gives_the_receipt(live_site, page, language, javascript, shot):
    page.goto(live_site.url + CENTRE[language])
    shot(page, f"choices-{language}-before")
    page.locator("form.choices [value=marketing]").check()
    decide(page, page.locator("form.choices [data-choice=save]"), {"marketing"}, javascript)
    page.wait_for_selector(".receipt")
    expect(page.locator("main [role=status]")).to_be_visible()
    assert page.url == live_site.url + CENTRE[language]
    assert page.locator("form.choices [value=marketing]").is_checked()
    assert cookies(page)["receipt"] in page.locator(".receipt").inner_text()
    shot(page, f"choices-{language}-after")
    with page.expect_download() as download:
        page.locator(".receipt a[download]").click()
    assert download.value.suggested_filename == f"receipt-{cookies(page)['receipt']}.json"
    page.locator("main a[href$='receipt'], main a[href$='kuitti']").click()
    page.locator(".acts li").wait_for()
    assert page.locator(".acts li").count() == 1
    page.locator("main summary").click()
    assert page.locator(".quoted").is_visible()
    shot(page, f"receipt-{language}")


@TWO_KINDS
@pytest.mark.parametrize("start", [PRODUCT, CENTRE], ids=["any page", "the centre itself"])
def test_withdrawing_takes_one_click_in_the_footer(live_site, page, language, javascript, start):
    page.goto(f"{live_site.url}/{language}/")
    decide(page, bar(page).locator("[data-choice=accept]"), ALL, javascript)
    page.goto(live_site.url + start[language])
    decide(page, page.locator("footer [data-choice=withdraw]"), set(), javascript)
    assert states(live_site, page) == dict.fromkeys(ALL, "withdrawn")
    page.goto(live_site.url + CENTRE[language])
    assert page.locator("form.choices [name=category]:checked").count() == 0


@pytest.mark.parametrize("javascript", [True])
def test_the_centre_shows_a_withdrawal_without_being_asked_again(live_site, page, language, javascript):
    page.goto(live_site.url + CENTRE[language])
    decide(page, page.locator("form.choices [data-choice=accept]"), ALL, javascript)
    page.wait_for_selector("form.choices [name=category]:checked")
    page.locator("footer [data-choice=withdraw]").click()
    expect(page.locator("form.choices [name=category]:checked")).to_have_count(0)
    word = {"fi": "peruttu", "en": "withdrawn"}[language]
    expect(page.locator(".receipt dd", has_text=word)).to_have_count(3)


# With scripts the same post goes out twice, and any page fails that is answered 422 behind its back.
@pytest.mark.parametrize("javascript", [False])
def test_a_bar_from_before_the_text_changed_asks_again(live_site, page, language):
    page.goto(f"{live_site.url}/{language}/")
    assert bar(page).locator("[name=notice]").get_attribute("value") == choices_notice(language).id
    page.evaluate("document.querySelector('#site-choices [name=notice]').value = '0'.repeat(32)")
    bar(page).locator("[data-choice=accept]").click()
    page.wait_for_selector("#errors")
    assert page.url == live_site.url + CENTRE[language]
    assert page.context.cookies() == []


@TWO_KINDS
def test_the_browsers_signal_gets_a_line_instead_of_the_bar(live_site, new_page, language, javascript, shot):
    page = new_page(language=language, javascript=javascript, extra_http_headers={"Sec-GPC": "1"})
    page.goto(f"{live_site.url}/{language}/")
    assert bar(page).locator("button").count() == 0
    shot(page, f"gpc-{language}")
    bar(page).locator("a").click()
    page.wait_for_url(live_site.url + CENTRE[language])
    decide(page, page.locator("form.choices [data-choice=accept]"), ALL, javascript)
    page.goto(f"{live_site.url}/{language}/")
    assert bar(page).count() == 0


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (360, "dark"), (768, "light"), (1280, "dark")])
@pytest.mark.parametrize("javascript", [True])
def test_both_answers_look_equal(live_site, new_page, language, width, scheme, javascript, shot):
    page = new_page(language=language, width=width, color_scheme=scheme)
    page.goto(f"{live_site.url}/{language}/")
    boxes, styles = [], []
    for name in ("accept", "reject"):
        button = bar(page).locator(f"[data-choice={name}]")
        boxes.append(button.bounding_box())
        styles.append(
            button.evaluate(
                "b => { const s = getComputedStyle(b);"
                "return [b.tagName, s.fontSize, s.fontWeight, s.fontFamily, s.color, s.backgroundColor, s.borderColor] }"
            )
        )
    assert styles[0] == styles[1]
    assert abs(boxes[0]["width"] - boxes[1]["width"]) <= 2
    assert abs(boxes[0]["height"] - boxes[1]["height"]) <= 2
    assert boxes[0]["height"] >= 24
    shot(page, f"bar-{language}-{width}-{scheme}")
    bar(page).locator("summary").click()
    shot(page, f"bar-open-{language}-{width}-{scheme}")
