"""Global Privacy Control in Chromium: a refusal that stores nothing, until somebody chooses otherwise."""

from contextlib import nullcontext

import pytest
from playwright.sync_api import expect

from audits.consent.look import look
from tests.browser.test_tags import wait_until
from tests.support.server import serving

pytestmark = pytest.mark.browser

PRODUCT = {"fi": "/fi/palvelu", "en": "/en/product"}
CENTRE = {"fi": "/fi/valinnat", "en": "/en/choices"}
GALLERY = {"fi": "/fi/galleria", "en": "/en/gallery"}
TAGS = "google_analytics=G-TEST1234,meta_pixel=1234567890"
STORED = """async () => [
    ...Object.keys(localStorage), ...Object.keys(sessionStorage),
    ...(await indexedDB.databases()), ...(await caches.keys()),
    ...(await navigator.serviceWorker.getRegistrations()),
].length"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site with tags and embeds on."""
    with serving(tmp_path_factory.mktemp("gpc"), TAGS=TAGS, EMBEDS="youtube,openstreetmap") as site:
        yield site


@pytest.fixture
def visit(wide_context, elsewhere, site):
    elsewhere.asked.clear()

    def open_page(path, **options):
        page = wide_context(extra_http_headers={"Sec-GPC": "1"}, **options).new_page()
        page.goto(site.url + path)
        return page

    return open_page


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize("javascript", [True, False])
def test_one_line_stands_for_the_bar_and_nothing_is_stored_or_asked(
    visit, elsewhere, site, language, javascript
):
    page = visit(
        PRODUCT[language] + "?gclid=EAIaIQobChMI&utm_campaign=autumn", java_script_enabled=javascript
    )
    line = page.locator("#site-choices")
    expect(line).to_be_visible()
    assert "said-no" in line.get_attribute("class")
    assert page.locator("#site-choices button").count() == 0
    assert line.bounding_box()["y"] == 0
    assert list(look(page)) == []
    for path in (GALLERY[language], CENTRE[language], PRODUCT[language]):
        page.goto(site.url + path)
        page.wait_for_load_state("networkidle")
    assert elsewhere.asked == []
    assert page.context.cookies() == []
    assert page.locator("iframe").count() == 0
    if javascript:
        assert page.evaluate(STORED) == 0
    page.locator("#site-choices a").click()
    page.wait_for_url(f"**{CENTRE[language]}")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_later_explicit_choice_wins(visit, elsewhere, site, javascript):
    page = visit(CENTRE["en"], java_script_enabled=javascript)
    page.check("form.choices [value=analytics]")
    page.check("form.choices [value=preferences]")
    with page.expect_navigation():
        page.locator("form.choices [data-choice=save]").press("Enter")
    measured = {"www.googletagmanager.com", "www.google-analytics.com"}
    embedded = {"www.youtube-nocookie.com", "www.openstreetmap.org"}
    wait_until(page, lambda: elsewhere.hosts() == (measured if javascript else set()))
    page.goto(site.url + GALLERY["en"])
    assert page.locator("#site-choices").count() == 0
    wait_until(page, lambda: elsewhere.hosts() == (measured | embedded if javascript else set()))
    with nullcontext() if javascript else page.expect_navigation():
        page.locator("footer [data-choice=withdraw]").press("Enter")
    if javascript:
        page.locator("#announcement:not(.unseen)").wait_for()
        expect(page.locator("iframe")).to_have_count(0)
    page.wait_for_load_state("networkidle")
    elsewhere.asked.clear()
    page.goto(site.url + PRODUCT["en"])
    page.wait_for_load_state("networkidle")
    assert elsewhere.asked == []
    assert {cookie["name"] for cookie in page.context.cookies()} == {"choices", "receipt"}
