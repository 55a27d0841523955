"""The page of cookie choices in a browser: charts in both languages, light and dark, narrow and wide."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from audits.engine import violations
from clevenio.consent import browser
from clevenio.consent.ledger import Channel
from clevenio.consent.notices import choices_notice
from clevenio.consent.shown import add
from clevenio.i18n import local_day
from tests.browser.steps import enter_as_staff

pytestmark = pytest.mark.browser
ALL = frozenset({"preferences", "analytics", "marketing"})


def fill(session, now, days=29):
    """A month of visitors: some answers a day, and a few that were taken back."""
    chance = random.Random(4)
    for days_ago in range(days):
        day = now - timedelta(days=days_ago)
        for language in ("fi", "en"):
            notice = choices_notice(language)
            add(session, {(local_day(day), notice.id): chance.randint(40, 160)}, {notice.id: notice}, day)
            for _ in range(chance.randint(2, 12)):
                granted = chance.choice([ALL, frozenset(), frozenset(), frozenset({"analytics"})])
                given = decide(session, None, granted, notice, day)
                if granted and chance.random() < 0.1:
                    decide(session, given.receipt, frozenset(), notice, day + timedelta(minutes=3))


def decide(session, receipt, granted, notice, now):
    return browser.decide(
        session, receipt, granted, notice=notice, shown=None, channel=Channel.BANNER, now=now
    )


def test_it_fits_a_phone_and_an_accessibility_engine_finds_nothing(live_site, new_page):
    page = new_page(language="fi", bypass_csp=True)
    enter_as_staff(page, live_site, "rates@example.com", "marketer")
    with live_site.session() as session:
        fill(session, datetime.now(UTC), days=2)
        session.commit()
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(live_site.url + "/staff/rates")
    assert page.locator(".chart").count() == 3
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert list(violations(page)) == []


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["fi", "en"])
def test_staff_look_at_how_the_question_is_answered(start_site, new_page, shot, language, scheme):
    site = start_site(DEFAULT_LANGUAGE=language)
    page = new_page(language=language, color_scheme=scheme, bypass_csp=True)
    enter_as_staff(page, site, "marketer@example.com", "marketer")
    page.goto(site.url + "/staff/rates")
    assert page.locator(".empty").count() == 1
    shot(page, f"rates-empty-{language}-{scheme}")
    with site.session() as session:
        fill(session, datetime.now(UTC))
        session.commit()
    page.reload()
    assert page.locator(".chart").count() == 3
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        shot(page, f"rates-{language}-{scheme}-{width}")
    for summary in page.locator(".chart-figure summary").all():
        summary.click()
    shot(page, f"rates-tables-{language}-{scheme}")
    assert list(violations(page)) == []
    page.select_option("[name=language]", "fi")
    page.locator(".filters .button").click()
    page.wait_for_url("**language=fi**")
    assert page.locator(".chart-figure").first.locator("tbody tr").count() == 1


@pytest.mark.slow
def test_visits_are_counted_and_outlive_a_polite_end_of_the_site(start_site, new_page):
    site = start_site()
    page = new_page(language="fi")
    for path in ("/fi/", "/fi/palvelu", "/fi/", "/fi/yhteys"):
        page.goto(site.url + path)
    page.locator("#site-choices [data-choice=reject]").click()
    page.locator("#site-choices").wait_for(state="detached")
    page.goto(site.url + "/fi/")
    assert site.stop() == 0
    site.start()
    staff = new_page(language="fi")
    enter_as_staff(staff, site, "officer@example.com", "privacy_officer")
    staff.goto(site.url + "/staff/rates")
    row = staff.locator(".chart-figure").first.locator("tbody tr")
    assert [int(cell) for cell in row.locator("td").all_text_contents()] == [4, 0, 0, 1, 0]
