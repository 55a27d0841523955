"""A page that the browser kept in memory comes back after its bar was answered on another page."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

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
