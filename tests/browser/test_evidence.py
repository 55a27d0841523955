"""The way of a receipt: a visitor reads it out, the privacy officer finds what was shown and decided."""

import json
from zipfile import ZipFile

import pytest

from audits.engine import violations
from clevenio.consent.notices import choices_notice
from tests.browser.steps import enter_as_staff

pytestmark = [pytest.mark.browser]
PAGES = {"fi": ("/fi/", "/fi/valinnat"), "en": ("/en/", "/en/choices")}


def choose_and_withdraw(page, site, language):
    """A visitor takes two categories in the bar, comes back and withdraws from the footer; the receipt's number."""
    home, choices = PAGES[language]
    page.goto(site.url + home)
    bar = page.locator("#site-choices")
    bar.locator("summary").click()
    bar.locator("[value=analytics]").check()
    bar.locator("[value=preferences]").check()
    bar.locator("[data-choice=save]").click()
    bar.wait_for(state="detached")
    page.goto(site.url + home)
    page.locator("footer [data-choice=withdraw]").click()
    page.wait_for_load_state("networkidle")
    page.goto(site.url + choices)
    return page.locator(".receipt code").first.inner_text()


@pytest.mark.parametrize(("language", "scheme"), [("fi", "light"), ("en", "dark")])
def test_the_privacy_officer_finds_what_a_receipt_saw_and_decided(
    start_site, new_page, shot, language, scheme
):
    site = start_site(DEFAULT_LANGUAGE=language)
    number = choose_and_withdraw(new_page(language=language), site, language)
    page = new_page(language=language, color_scheme=scheme, bypass_csp=True)
    enter_as_staff(page, site, "officer@example.com", "privacy_officer")
    page.goto(site.url + "/staff/evidence")
    page.fill("#receipt", "4b1c")
    page.locator("main form:has(#receipt) .button").click()
    assert page.input_value("#receipt") == "4b1c"
    assert page.locator("#receipt-error").is_visible()
    shot(page, f"evidence-error-{language}-{scheme}")
    page.fill("#receipt", number)
    page.locator("main form:has(#receipt) .button").click()
    page.wait_for_url("**/receipts/*")
    assert page.locator("tbody tr").count() == 6
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        for frame in page.locator("iframe").all():
            frame.scroll_into_view_if_needed()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        shot(page, f"evidence-{language}-{scheme}-{width}")
    assert list(violations(page)) == []
    with page.expect_download() as file:
        page.locator("main form .button").click()
    with ZipFile(file.value.path()) as kept:
        [chain] = json.loads(kept.read("ledger.json"))["chains"]
        assert {"answer.json", "index.html", "SHA256SUMS"} < set(kept.namelist())
    assert (chain["subject"], chain["findings"]) == (number, [])
    assert [row["state"] for row in chain["decisions"]].count("withdrawn") == 2


@pytest.fixture
def curious(browser):
    """A page whose console may say what a frame was kept from doing; `new_page` takes that for a fault."""
    context = browser.new_context(locale="fi-FI", viewport={"width": 1280, "height": 800})
    yield context.new_page()
    context.close()


def test_the_screen_is_the_one_that_was_shown_and_does_nothing(start_site, new_page, curious):
    site = start_site()
    visitor = new_page(language="fi")
    visitor.goto(site.url + "/fi/")
    look = "e => [e.querySelector('h2').innerText, e.querySelector('p').innerText, ...[...e.querySelectorAll('button, summary')].map(b => b.textContent)]"
    was = visitor.locator("#site-choices").evaluate(look)
    visitor.locator("#site-choices [data-choice=reject]").click()
    visitor.locator("#site-choices").wait_for(state="detached")
    page = curious
    enter_as_staff(page, site, "officer@example.com", "privacy_officer")
    page.goto(site.url + "/staff/evidence")
    page.locator("main tbody a").first.click()
    page.wait_for_url("**/versions/*")
    bar, form = (page.frame_locator("iframe").nth(number) for number in (0, 1))
    assert bar.locator("#site-choices").evaluate(look) == was
    assert form.locator("[name=category]").count() == 3
    assert form.locator("[name=category]:checked").count() == 0
    # Drawn by our own style, and pressing sends nothing anywhere.
    assert bar.locator(".button").first.evaluate("e => getComputedStyle(e).borderRadius") != "0px"
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    bar.locator("[data-choice=accept]").click()
    bar.locator("summary").click()
    page.wait_for_timeout(300)
    assert asked == []
    assert bar.locator("[data-choice=save]").is_visible()


@pytest.mark.parametrize("language", ["fi"])
def test_versions_on_a_phone_are_cards_told_apart_by_the_end_of_their_number(
    start_site, new_page, language, shot
):
    site = start_site()
    for shown in ("fi", "en"):
        visitor = new_page(language=shown)
        visitor.goto(f"{site.url}/{shown}/")
        visitor.locator("#site-choices [data-choice=reject]").click()
        visitor.locator("#site-choices").wait_for(state="detached")
    page = new_page(language=language)
    enter_as_staff(page, site, "officer@example.com", "privacy_officer")
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(site.url + "/staff/evidence")
    box = page.locator("main .scroll")
    assert box.evaluate("e => e.scrollWidth <= e.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    heads = page.locator("main tbody th")
    assert heads.count() == 2
    ends = set(heads.locator("strong").all_inner_texts())
    assert ends == {choices_notice(shown).id[-8:] for shown in ("fi", "en")}
    shot(page, f"evidence-{language}-360")
