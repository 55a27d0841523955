"""A page that comes back, or stands in another tab, after something was chosen elsewhere."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

# Whether what has the focus lies behind the bar.
COVERED = """() => {
    const here = document.activeElement, bar = document.querySelector("#site-choices");
    if (bar.contains(here) || here === document.body) return false;
    const [one, other] = [here.getBoundingClientRect(), bar.getBoundingClientRect()];
    return one.top >= other.top && one.bottom <= other.bottom;
}"""
COME_BACK = "() => dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"


@pytest.mark.parametrize("javascript", [True])
def test_a_malformed_cookie_of_somebody_else_does_not_keep_the_bar(live_site, page, language):
    page.goto(f"{live_site.url}/{language}/")
    bar = page.locator("#site-choices")
    notice = bar.locator("[name=notice]").get_attribute("value")
    page.evaluate(COME_BACK)
    expect(bar).to_have_count(1)
    address = {"url": live_site.url}
    page.context.add_cookies(
        [
            {"name": "other", "value": "%E0%A4%A", **address},
            {"name": "not-choices", "value": f"choices=v={notice}", **address},
        ]
    )
    page.evaluate(COME_BACK)
    expect(bar).to_have_count(1)
    page.context.add_cookies([{"name": "choices", "value": f"v={notice}%3Bc=%3Bx=", **address}])
    page.evaluate(COME_BACK)
    expect(bar).to_have_count(0)


@pytest.mark.parametrize("javascript", [True])
def test_an_answer_in_another_tab_takes_the_bar_away_here(live_site, page, language):
    page.goto(f"{live_site.url}/{language}/")
    other = page.context.new_page()
    other.goto(f"{live_site.url}/{language}/")
    page.locator("#site-choices [data-choice=reject]").click()
    expect(other.locator("#site-choices")).to_have_count(0)


def test_back_in_the_preference_centre_shows_what_is_in_force(live_site, page, language):
    address = f"{live_site.url}/{language}/{'valinnat' if language == 'fi' else 'choices'}"
    page.goto(address)
    page.locator("main [data-choice=accept]").click()
    expect(page.locator("[name=category]:checked")).to_have_count(3)
    page.goto(f"{live_site.url}/{language}/")
    page.goto(address)
    page.locator("main [data-choice=reject]").click()
    expect(page.locator("[name=category]:checked")).to_have_count(0)
    page.go_back()
    expect(page.locator("[name=category]:checked")).to_have_count(0)


@pytest.mark.parametrize("javascript", [True])
def test_the_pointer_on_the_bar_hides_nothing_that_gets_the_focus(live_site, page, language):
    page.goto(f"{live_site.url}/{language}/")
    page.locator("#site-choices summary").click()
    page.locator("#site-choices form > a").focus()
    for _ in range(12):
        page.keyboard.press("Tab")
        assert not page.evaluate(COVERED)
