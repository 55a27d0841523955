"""What scripts stored goes with the consent it rested on: cookies and storage, by name and by pattern."""

import json
import re
from html import escape, unescape

import pytest

from tests.browser.test_tags import wait_until

pytestmark = pytest.mark.browser

# Kept by a script that the shipped registry does not have; declared as its entries would be.
STORED = [
    {"name": "_own", "kind": "local_storage", "category": "analytics", "vendor": "clevenio"},
    {"name": "_tab_*", "kind": "session_storage", "category": "analytics", "vendor": "clevenio"},
    {"name": "_note_*", "kind": "cookie", "category": "marketing", "vendor": "clevenio"},
]
KEEP = """() => {
  localStorage.setItem("_own", "1"); localStorage.setItem("_other", "1");
  sessionStorage.setItem("_tab_7", "1");
  document.cookie = "_note_7=1;path=/;max-age=1000";
}"""
KEPT = """() => [...Object.keys(localStorage), ...Object.keys(sessionStorage),
  ...document.cookie.split("; ").map((pair) => pair.split("=")[0])].filter((name) => name.startsWith("_")).sort()"""


@pytest.fixture
def page(new_page):
    page = new_page()

    def declare(route):
        answer = route.fetch()
        told = escape(json.dumps({"tags": [], "stored": STORED, "signals": {}}))
        body = re.sub("<head>", f'<head><meta name="tags" content="{told}">', answer.text(), count=1)
        assert json.loads(unescape(told))["stored"] == STORED
        route.fulfill(response=answer, body=body)

    page.route("**/en/product", declare)
    return page


def decide(page, live_site, button):
    page.goto(f"{live_site.url}/en/choices")
    with page.expect_navigation():
        page.locator(f"form.choices [data-choice={button}]").click()
    page.goto(f"{live_site.url}/en/product")


def test_what_scripts_stored_goes_with_the_consent(live_site, page):
    decide(page, live_site, "accept")
    page.evaluate(KEEP)
    page.reload()
    page.wait_for_load_state("networkidle")
    everything = ["_note_7", "_other", "_own", "_tab_7"]
    assert page.evaluate(KEPT) == everything

    page.locator("footer [data-choice=withdraw]").click()
    wait_until(page, lambda: len(page.evaluate(KEPT)) < len(everything))
    # What nobody declared is none of ours to delete.
    assert page.evaluate(KEPT) == ["_other"]
