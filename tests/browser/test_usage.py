"""How accounts are used, looked at in a browser: by their holders day by day, by staff in groups and charts."""

from datetime import UTC, datetime, timedelta

import pytest

from audits.engine import violations
from clevenio.people import usage
from clevenio.people.usage import Kind
from tests.browser.steps import enter_as_staff
from tests.support.accounts import PASSWORD, make_account
from tests.support.usage import make_users

pytestmark = [pytest.mark.browser]
OWN = {
    "fi": ("/fi/kirjaudu", "/fi/tili", "/fi/tili/kaytto"),
    "en": ("/en/login", "/en/account", "/en/account/use"),
}


def fill(session, now):
    """Companies large and small, in several roles, over 90 days."""
    for days_ago in (2, 20, 60):
        for role, domain in (("sales", "esimerkki.example.fi"), ("finance", "havu.example.fi")):
            make_users(
                session, 14, range(days_ago, 88, 3), now=now, role=role, website_domain=domain, country="FI"
            )
    make_users(session, 12, range(1, 80, 7), now=now, role="owner", website_domain="kallio.example.fi")
    make_users(session, 3, now=now, role="other", website_domain="pieni.example.fi")


def remember(session, email, language, now):
    """Somebody with some weeks of use behind them."""
    person = make_account(session, email, language=language).person_id
    for days_ago in range(0, 60, 2):
        usage.record(session, person, Kind.LOGIN, now - timedelta(days=days_ago))
        usage.record_day(session, person, now - timedelta(days=days_ago))
    for _ in range(3):
        usage.record(session, person, Kind.FAILED_LOGIN, now - timedelta(days=2))


@pytest.mark.parametrize(("language", "scheme"), [("fi", "light"), ("en", "dark")])
def test_people_look_at_the_use_of_their_account(start_site, new_page, shot, language, scheme):
    site, email = start_site(), f"aino.{language}@example.com"
    with site.session() as session:
        remember(session, email, language, datetime.now(UTC))
        session.commit()
    page = new_page(language=language, color_scheme=scheme, bypass_csp=True)
    login, account, use = OWN[language]
    page.goto(site.url + login)
    page.fill("main [name=email]", email)
    page.fill("main [name=password]", PASSWORD)
    page.locator("main form .button").click()
    page.wait_for_url(site.url + account)
    page.get_by_role("link", name={"fi": "Käyttö", "en": "Use"}[language], exact=True).click()
    page.wait_for_url(site.url + use)
    assert page.locator(".days > li").count() == 20
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        shot(page, f"own-use-{language}-{scheme}-{width}")
    assert list(violations(page)) == []
    page.locator("[rel=next]").click()
    page.wait_for_url(f"{site.url}{use}?page=2")
    assert page.locator(".days > li").count() == 10


@pytest.mark.parametrize(("language", "scheme"), [("fi", "light"), ("en", "dark")])
def test_staff_look_at_charts_of_groups(start_site, new_page, shot, language, scheme):
    site = start_site(DEFAULT_LANGUAGE=language)
    with site.session() as session:
        fill(session, datetime.now(UTC))
        session.commit()
    page = new_page(language=language, color_scheme=scheme)
    enter_as_staff(page, site, "marketer@example.com", "marketer")
    page.goto(site.url + "/staff/usage")
    assert page.locator(".chart").count() == 5
    names = [chart.get_attribute("aria-label") for chart in page.locator(".chart[role=img]").all()]
    assert len(names) == 5
    assert {"fi": "Roolin mukaan", "en": "By role"}[page.get_attribute("html", "lang")] in names
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        shot(page, f"staff-use-{language}-{scheme}-{width}")
    # Tones and strokes come from the page's own tokens, and the strict policy stopped none of them.
    assert page.evaluate("getComputedStyle(document.querySelector('.tone-2')).fill") != "rgb(0, 0, 0)"
    page.locator(".chart-figure summary").nth(2).click()
    assert page.get_by_role("cell", name="40", exact=True).first.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_accessibility_engine_finds_nothing_in_the_charts(start_site, new_page, scheme):
    site = start_site()
    with site.session() as session:
        fill(session, datetime.now(UTC))
        session.commit()
    page = new_page(color_scheme=scheme, bypass_csp=True)
    enter_as_staff(page, site, "marketer@example.com", "marketer")
    page.goto(site.url + "/staff/usage")
    for summary in page.locator(".chart-figure summary").all():
        summary.click()
    assert list(violations(page)) == []
