"""Recipients chosen one by one in Chromium: what is granted is what the boxes show, with scripts and without."""

from urllib.parse import unquote

import pytest

from tests.support.server import serving

pytestmark = pytest.mark.browser

CENTRE = {"fi": "/fi/valinnat", "en": "/en/choices"}
BOTH = ["openstreetmap", "youtube"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site with two recipients of preferences."""
    with serving(tmp_path_factory.mktemp("recipients"), EMBEDS=",".join(BOTH)) as site:
        yield site


@pytest.fixture
def page(new_page, site, language, javascript):
    page = new_page(language=language, javascript=javascript)
    page.goto(site.url + CENTRE[language])
    show(page)
    return page


def show(page):
    """Open the list; scripts have come by then."""
    page.wait_for_load_state("networkidle")
    page.locator("form.choices details").evaluate("details => details.open = true")


def box(page, value):
    return page.locator(f"form.choices [value={value}]:not([type=hidden])")


def ticked(page):
    return {b.get_attribute("value") for b in page.locator("form.choices [name]:checked").all()}


def save(page):
    with page.expect_navigation():
        page.locator("form.choices [data-choice=save]").click()
    show(page)
    cookies = {c["name"]: unquote(c["value"]) for c in page.context.cookies()}
    return cookies.get("choices", "").partition(";")[2]


def test_a_category_alone_means_all_of_its_recipients(page, javascript):
    box(page, "preferences").check()
    if javascript:
        assert ticked(page) == {"preferences", *BOTH}
    assert save(page) == "c=preferences;x="
    assert ticked(page) == {"preferences", *BOTH}


def test_the_last_recipient_takes_its_category_along(page, javascript):
    box(page, "marketing").check()
    box(page, "preferences").check()
    box(page, "youtube").check()
    box(page, "openstreetmap").uncheck()
    assert save(page) == "c=marketing,preferences;x=openstreetmap"
    box(page, "youtube").uncheck()
    assert box(page, "preferences").is_checked() is not javascript
    assert save(page) == "c=marketing;x=openstreetmap,youtube"
    assert ticked(page) == {"marketing"}


def test_a_recipient_without_its_category_is_never_dropped_unsaid(page, language, javascript, shot):
    box(page, "youtube").check()
    if javascript:
        assert ticked(page) == {"preferences", "youtube"}
        assert save(page) == "c=preferences;x=openstreetmap"
        return
    assert save(page) == ""
    said = {"fi": "YouTube kuuluu ryhmään", "en": "YouTube belongs to"}[language]
    assert said in page.locator("form.choices .error").inner_text()
    assert ticked(page) == {"youtube"}
    shot(page, f"recipients-{language}-alone")
    box(page, "preferences").check()
    assert save(page) == "c=preferences;x=openstreetmap"


def test_unticking_a_category_refuses_it(page):
    box(page, "preferences").check()
    save(page)
    box(page, "preferences").uncheck()
    assert save(page) == "c=;x=openstreetmap,youtube"
    assert ticked(page) == set()
