"""Scripts of others in Chromium, against stand-ins under their own names: nothing before, nothing after."""

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.elsewhere import KEYS, TAGS
from tests.support.server import serving

pytestmark = pytest.mark.browser

SIGNALS = {
    "ad_storage",
    "ad_user_data",
    "ad_personalization",
    "analytics_storage",
    "functionality_storage",
    "personalization_storage",
    "security_storage",
}
ANALYTICS = {"www.googletagmanager.com", "www.google-analytics.com", "stats.example.fi", "plausible.io"}
ADS = "googleads.g.doubleclick.net"
MARKETING = {"connect.facebook.net", "www.facebook.com", "snap.licdn.com", "px.ads.linkedin.com", ADS}
PATHS = ("/en/", "/fi/palvelu", "/en/choices")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site with every tag on."""
    with serving(tmp_path_factory.mktemp("tags"), TAGS=TAGS) as site:
        yield site


@pytest.fixture
def page(wide_context, elsewhere):
    elsewhere.asked.clear()
    return wide_context(locale="en-GB").new_page()


def choose(page, site, *ticked, path="/en/choices"):
    """Decide in the preference centre, by scripts as anybody does."""
    page.goto(site.url + path)
    for box in page.locator("form.choices [name=category]").all():
        box.set_checked(box.get_attribute("value") in ticked)
    with page.expect_navigation():
        page.locator("form.choices [data-choice=save]").click()
    page.wait_for_load_state("networkidle")


def wait_until(page, holds):
    """A script that is fetched while the page is idle already comes a moment later."""
    for _ in range(100):
        if holds():
            return
        page.wait_for_timeout(50)
    assert holds(), "it did not come"


def stored(page):
    """What is kept for our own site; what others keep for theirs only they can take back."""
    return {cookie["name"] for cookie in page.context.cookies(page.url)} - {"choices", "receipt"}


def said(elsewhere, host="www.googletagmanager.com"):
    """What the page told a maker's script, in order."""
    queries = [
        parse_qs(urlsplit(path).query) for name, path in elsewhere.asked if name == host and "&said=" in path
    ]
    # Images that are asked for at once may arrive in any order, so each carries its number.
    told = sorted((int(query["n"][0]), query["said"][0]) for query in queries)
    return [json.loads(entry) for _, entry in told]


@pytest.mark.parametrize("path", PATHS)
def test_nobody_is_asked_before_a_choice_nor_after_a_refusal(site, page, elsewhere, path):
    page.goto(site.url + path)
    page.mouse.wheel(0, 2000)
    page.wait_for_load_state("networkidle")
    choose(page, site)
    page.goto(site.url + path)
    page.wait_for_load_state("networkidle")
    assert elsewhere.asked == []
    assert stored(page) == set()


def test_each_category_lets_in_its_own_and_no_other(site, page, elsewhere):
    choose(page, site, "analytics")
    wait_until(page, lambda: elsewhere.hosts() == ANALYTICS and len(stored(page)) == 6)
    assert elsewhere.hosts() == ANALYTICS
    assert stored(page) == {
        "_ga",
        "_ga_TEST1234",
        *(f"_pk_{name}.1.abcd" for name in ("id", "ses", "ref", "testcookie")),
    }
    assert not any("AW-" in path for _, path in elsewhere.asked)

    choose(page, site, "marketing")
    elsewhere.asked.clear()
    page.goto(site.url + "/en/product")
    wanted = MARKETING | {"www.googletagmanager.com"}
    wait_until(page, lambda: elsewhere.hosts() == wanted and len(said(elsewhere, "www.facebook.com")) == 2)
    assert elsewhere.hosts() == wanted
    assert ("www.googletagmanager.com", "/gtag/js?id=AW-12345678") in elsewhere.asked
    assert said(elsewhere, "www.facebook.com") == [["init", KEYS["meta_pixel"]], ["track", "PageView"]]


@pytest.mark.parametrize(
    ("ticked", "granted"),
    [
        (("analytics",), {"analytics_storage"}),
        (
            ("analytics", "preferences"),
            {"analytics_storage", "functionality_storage", "personalization_storage"},
        ),
        (("marketing",), {"ad_storage", "ad_user_data", "ad_personalization"}),
    ],
)
def test_google_hears_of_every_signal_before_it_is_configured(site, page, elsewhere, ticked, granted):
    choose(page, site, *ticked)
    page.goto(site.url + "/en/product")
    page.wait_for_load_state("networkidle")
    elsewhere.asked.clear()
    page.reload()
    wait_until(page, lambda: len(said(elsewhere)) == 6)
    told = said(elsewhere)
    default, update = told[0], told[1]
    assert default == ["consent", "default", dict.fromkeys(default[2], "denied")]
    assert set(default[2]) == SIGNALS
    assert update[:2] == ["consent", "update"]
    assert {name for name, state in update[2].items() if state == "granted"} == granted | {"security_storage"}
    assert told[2] == ["set", "ads_data_redaction", "ad_storage" not in granted]
    assert told[3] == ["set", "url_passthrough", False]
    keys = [KEYS["google_analytics"]] if "analytics" in ticked else [KEYS["google_ads"]]
    assert [entry[:2] for entry in told[4:]] == [["js", told[4][1]], *(["config", key] for key in keys)]


def test_a_vendor_may_be_refused_within_its_category(site, page, elsewhere):
    page.goto(site.url + "/en/choices")
    page.check("form.choices [name=category][value=marketing]")
    for vendor in ("meta_pixel", "linkedin_insight", "google_ads"):
        box = page.locator(f"form.choices [name=vendor][value={vendor}]")
        box.locator("xpath=ancestor::details").evaluate("details => details.open = true")
        box.set_checked(vendor == "linkedin_insight")
    elsewhere.asked.clear()
    with page.expect_navigation():
        page.locator("form.choices [data-choice=save]").click()
    wait_until(page, lambda: "px.ads.linkedin.com" in elsewhere.hosts())
    assert elsewhere.hosts() == {"snap.licdn.com", "px.ads.linkedin.com"}


def test_accepting_on_the_bar_starts_at_once_and_withdrawing_ends_at_once(site, page, elsewhere):
    page.goto(site.url + "/en/product")
    page.locator("#site-choices [data-choice=accept]").click()
    page.locator("#announcement:not(.unseen)").wait_for()
    wait_until(page, lambda: elsewhere.hosts() == ANALYTICS | MARKETING and "_fbp" in stored(page))
    assert elsewhere.hosts() == ANALYTICS | MARKETING

    with page.expect_navigation():
        page.locator("footer [data-choice=withdraw]").click()
    page.wait_for_load_state("networkidle")
    elsewhere.asked.clear()
    assert stored(page) == set()
    # The page was left because of it, and says all the same how it went: once, and to nobody who comes later.
    page.get_by_text("Nothing optional is on.").wait_for()
    page.reload()
    page.wait_for_load_state("networkidle")
    assert "unseen" in page.locator("#announcement").get_attribute("class")
    for path in ("/en/product", "/en/"):
        page.goto(site.url + path)
        page.wait_for_timeout(500)
    assert elsewhere.asked == []
    assert stored(page) == set()


def test_a_script_that_needs_no_more_is_loaded_from_its_address(site, page, elsewhere):
    page.goto(site.url + "/en/product")
    address = "https://plausible.io/plain.js?k=1"
    page.evaluate(
        "address => import('/static/js/tags/plain.js').then(({ start }) => start([{ address }]))", address
    )
    wait_until(page, lambda: elsewhere.asked)
    assert elsewhere.asked == [("plausible.io", "/plain.js?k=1")]


def test_a_choice_that_ended_takes_along_what_it_had_let_in(site, page, elsewhere):
    choose(page, site, "marketing")
    page.goto(site.url + "/en/product")
    wait_until(page, lambda: "_fbp" in stored(page))
    page.wait_for_load_state("networkidle")
    page.evaluate("localStorage.setItem('lastExternalReferrer', 'empty')")
    page.context.clear_cookies(name="choices")
    page.context.clear_cookies(name="receipt")
    elsewhere.asked.clear()
    page.goto(site.url + "/en/")
    wait_until(page, lambda: stored(page) == set())
    assert stored(page) == set()
    assert page.evaluate("localStorage.length") == 0
    assert elsewhere.asked == []


def test_a_host_that_no_tag_names_cannot_load(site, page, elsewhere):
    choose(page, site, "analytics", "marketing", "preferences")
    elsewhere.asked.clear()
    violations = page.evaluate(
        """async () => {
            const seen = [];
            document.addEventListener("securitypolicyviolation", (event) => seen.push(event.blockedURI));
            new Image().src = "https://unknown.example.net/pixel";
            const script = document.createElement("script");
            script.src = "https://unknown.example.net/script.js";
            document.head.append(script);
            await new Promise((done) => setTimeout(done, 300));
            return seen;
        }"""
    )
    assert len(violations) == 2
    assert "unknown.example.net" not in elsewhere.hosts()


def test_without_a_tag_the_page_says_nothing_of_tags(live_site, new_page):
    page = new_page()
    page.goto(live_site.url + "/en/")
    assert page.locator("meta[name=tags]").count() == 0


def test_the_declaration_names_what_the_tags_keep(site, page):
    page.goto(site.url + "/en/cookies")
    text = page.locator("main").inner_text()
    for name in ("_ga", "_fbp", "li_fat_id", "_pk_id.*", "IDE"):
        assert re.search(rf"(?m)^{re.escape(name)}\b|\b{re.escape(name)}", text), name


def test_where_the_address_is_a_secret_or_people_type_no_script_of_others_runs(site, page, elsewhere):
    page.goto(site.url + "/en/product")
    page.locator("#site-choices [data-choice=accept]").click()
    wait_until(page, lambda: elsewhere.hosts() == ANALYTICS | MARKETING)
    page.goto(site.url + "/en/new-password")
    page.wait_for_load_state("networkidle")
    elsewhere.asked.clear()
    # A forged token stands for a true one: the page's own script does not know which it is.
    typed = ("login", "signup", "signup/again", "new-password", "contact", "newsletter", "rights", "account")
    for path in (
        *(f"/en/{each}" for each in typed),
        "/r/forged",
        "/v/forged",
        "/c/forged",
        "/u/forged",
        "/staff/login",
    ):
        answer = page.goto(site.url + path)
        page.wait_for_load_state("networkidle")
        assert elsewhere.asked == [], path
        # Whatever ran would be stopped: the policy lets nobody else in.
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self';" in policy, path
        assert "connect-src 'self';" in policy, path
    page.goto(site.url + "/en/")
    wait_until(page, lambda: elsewhere.hosts() == ANALYTICS | MARKETING)
