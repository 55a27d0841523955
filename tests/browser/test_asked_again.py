"""Whoever has chosen is asked again about what changed alone; without scripts about the whole."""

from urllib.parse import unquote

import pytest

from tests.browser.test_tags import stored, wait_until
from tests.support.server import Site, is_taken

pytestmark = pytest.mark.browser

BEFORE = "matomo=stats.example.fi/1"
BETWEEN = f"{BEFORE},plausible=plausible.io/example.fi"
AFTER = f"{BETWEEN},meta_pixel=1234567890"
LOCALE = {"fi": "fi-FI", "en": "en-GB"}
CENTRE = {"fi": "/fi/valinnat", "en": "/en/choices"}
WORDS = {
    "fi": {
        "title": "Jokin on muuttunut valintasi jälkeen",
        "says": "Kävijämittaus: uusi saaja Plausible (Plausible Insights OÜ, Viro).",
        "reject": "Hylkää muutos",
    },
    "en": {
        "title": "Something has changed since you chose",
        "says": "Analytics: a new recipient, Plausible (Plausible Insights OÜ, Estonia).",
        "reject": "Reject the change",
    },
}
SHIFTED = """() => new Promise((done) => {
    let sum = 0;
    const seen = new PerformanceObserver((list) => list.getEntries().forEach((entry) => (sum += entry.value)));
    seen.observe({ type: "layout-shift", buffered: true });
    setTimeout(() => done(sum), 400);
})"""


@pytest.fixture(scope="module")
def sites(tmp_path_factory):
    """One site, its company a day older on each further port: by what it used then."""
    data = tmp_path_factory.mktemp("asked-again")
    found = {tags: Site(data, TAGS=tags) for tags in (BEFORE, BETWEEN, AFTER)}
    yield found
    for site in found.values():
        site.close()


@pytest.fixture
def site(sites):
    """The site of today."""
    return running(sites[AFTER])


def running(site):
    """A site that answers, started by whoever needs it first."""
    if not is_taken(site.port):
        site.start()
    return site


@pytest.fixture
def page(sites, site, wide_context, elsewhere, language, javascript):
    """A browser that allowed analytics and refused marketing, before the company took another counter into use."""
    before = running(sites[BEFORE])
    page = wide_context(
        locale=LOCALE[language], java_script_enabled=javascript, viewport={"width": 360, "height": 740}
    ).new_page()
    page.goto(before.url + CENTRE[language])
    page.check("form.choices [name=category][value=analytics]")
    with page.expect_navigation():
        page.click("form.choices [data-choice=save]")
    page.wait_for_load_state("networkidle")
    elsewhere.asked.clear()
    return page


def said(page):
    return next(unquote(c["value"]) for c in page.context.cookies() if c["name"] == "choices").partition(";")[
        2
    ]


@pytest.mark.parametrize("javascript", [True])
def test_the_bar_asks_about_the_new_recipient_alone(site, page, language, elsewhere, shot):
    page.goto(f"{site.url}/{language}/")
    bar, words = page.locator("#site-choices"), WORDS[language]
    bar.locator("li").first.wait_for()
    assert bar.locator("h2").inner_text() == words["title"]
    assert [line.inner_text() for line in bar.locator("li").all()] == [words["says"]]
    assert bar.locator("details").count() == 0
    assert bar.locator("[data-choice=reject]").inner_text() == words["reject"]
    assert page.evaluate(SHIFTED) == 0
    # Until the answer nothing runs, not even what was allowed before.
    assert elsewhere.asked == []
    shot(page, f"asked-again-{language}")

    bar.locator("[data-choice=accept]").click()
    page.locator("#announcement:not(.unseen)").wait_for()
    wait_until(page, lambda: {"plausible.io", "stats.example.fi"} <= elsewhere.hosts())
    assert said(page) == "c=analytics;x="
    page.goto(f"{site.url}/{language}/")
    assert bar.count() == 0


@pytest.mark.parametrize("javascript", [True])
def test_rejecting_the_change_leaves_the_rest_as_it_was(site, page, language, elsewhere):
    page.goto(f"{site.url}/{language}/")
    page.locator("#site-choices li").first.wait_for()
    page.click("#site-choices [data-choice=reject]")
    page.locator("#announcement:not(.unseen)").wait_for()
    wait_until(page, lambda: "stats.example.fi" in elsewhere.hosts())
    page.reload()
    page.wait_for_load_state("networkidle")
    assert elsewhere.hosts() == {"stats.example.fi"}
    assert said(page) == "c=analytics;x=plausible"
    assert stored(page)


@pytest.mark.parametrize("javascript", [True])
@pytest.mark.parametrize("language", ["en"])
def test_where_the_change_cannot_be_learnt_the_whole_is_asked(site, page, language):
    page.route("**/.well-known/choices.json", lambda route: route.abort())
    page.goto(f"{site.url}/en/")
    page.wait_for_load_state("networkidle")
    bar = page.locator("#site-choices")
    assert bar.locator("h2").inner_text() == "May we use optional cookies?"
    assert bar.locator("[name=category]").count() == 3


@pytest.mark.parametrize("javascript", [True])
@pytest.mark.parametrize("language", ["en"])
def test_a_document_of_another_version_narrows_nothing(sites, site, page):
    """As it was before the last recipient came, and as a cache may still hand it out."""
    address = "/.well-known/choices.json"
    stale = page.request.get(running(sites[BETWEEN]).url + address).text()
    page.route(f"**{address}", lambda route: route.fulfill(body=stale, content_type="application/json"))
    with page.expect_response(f"**{address}"):
        page.goto(f"{site.url}/en/")
    page.wait_for_load_state("networkidle")
    bar = page.locator("#site-choices")
    assert bar.is_visible()
    assert bar.locator("h2").inner_text() == "May we use optional cookies?"
    assert bar.locator("[name=category]").count() == 3
    assert bar.locator("[name=asked]").count() == 0


@pytest.mark.parametrize("javascript", [True])
@pytest.mark.parametrize("language", ["en"])
def test_the_centre_starts_nothing_while_something_is_open(site, page, language, elsewhere):
    page.goto(site.url + CENTRE["en"])
    page.wait_for_load_state("networkidle")
    assert elsewhere.asked == []


@pytest.mark.parametrize("javascript", [False])
def test_without_scripts_the_whole_is_asked(site, page, language):
    page.goto(f"{site.url}/{language}/")
    bar = page.locator("#site-choices")
    assert bar.locator("[name=category]").count() == 3
    with page.expect_navigation():
        bar.locator("[data-choice=accept]").click()
    assert said(page) == "c=analytics,marketing,preferences;x="
