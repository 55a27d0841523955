"""Notes of staff that an erasure leaves or removes, as the privacy officer reads them on a phone."""

import pytest

from tests.browser.steps import enter_as_staff
from tests.support.browser import TWO_KINDS

pytestmark = pytest.mark.browser


@TWO_KINDS
def test_the_day_of_a_note_stands_apart_from_its_words(live_site, page, language, javascript):
    officer, person = (f"{who}-{language}-{javascript}@example.com".lower() for who in ("officer", "aino"))
    enter_as_staff(page, live_site, officer, "privacy_officer")
    page.goto(f"{live_site.url}/staff/requests/new")
    page.check("[name=kind][value=erasure]")
    page.fill("#email", person)
    page.fill("#checked", "The company and the month of the signup agree")
    page.locator("main form .button").last.click()
    page.set_viewport_size({"width": 360, "height": 800})
    note, day = page.locator(".box > .typed"), page.locator(".box > .typed + .hint")
    assert note.evaluate("each => getComputedStyle(each).fontWeight") == "400"
    above, below = note.bounding_box(), day.bounding_box()
    assert below["y"] - (above["y"] + above["height"]) >= 6
