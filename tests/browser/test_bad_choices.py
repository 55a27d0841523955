"""Bad input in a browser: a broken cookie decides nothing, and a form that was tampered with changes nothing."""

import pytest

from clevenio.consent import ledger
from clevenio.consent.notices import choices_notice
from tests.browser.test_choices import CENTRE, bar, cookies

# What a broken cookie does depends on no word: each language stands for one kind of browser.
pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize(("language", "javascript"), [("fi", False), ("en", True)]),
]

CURRENT = choices_notice("en").id
BROKEN = {
    "malformed": "yes",
    "no text": "%ff%fe%",
    "truncated": f"v={CURRENT}%3Bc=analytics%2Cmark",
    "cut within a name": f"v={CURRENT}%3Bc=analyt%3Bx=",
    "stale": f"v={'0' * 32}%3Bc=analytics%2Cmarketing%3Bx=",
}
OUTCOMES = {
    "fi": ("Mitään ei tallennettu", "Teksti on muuttunut"),
    "en": ("Nothing was saved", "The text has changed"),
}


@pytest.fixture
def page(browser, javascript, language):
    """A page whose posts may be answered 422 to its script, which then posts as a form does."""
    locale = {"fi": "fi-FI", "en": "en-GB"}[language]
    context = browser.new_context(java_script_enabled=javascript, locale=locale)
    context.set_default_timeout(10_000)
    problems = []
    context.on("weberror", lambda error: problems.append(str(error.error)))
    yield context.new_page()
    context.close()
    assert problems == []


def rows(live_site):
    with live_site.session() as session:
        return ledger.position(session)


@pytest.mark.parametrize("value", BROKEN.values(), ids=BROKEN)
def test_a_broken_cookie_is_no_decision_and_the_next_one_counts(live_site, page, language, value):
    page.context.add_cookies([{"name": "choices", "value": value, "url": live_site.url}])
    answer = page.goto(f"{live_site.url}/{language}/")
    assert answer.status == 200
    assert bar(page).locator("[name=category]").count() == 3
    assert page.goto(live_site.url + CENTRE[language]).status == 200
    assert page.locator("form.choices [name=category]:checked").count() == 0
    page.goto(f"{live_site.url}/{language}/")
    bar(page).locator("[data-choice=reject]").click()
    bar(page).wait_for(state="detached")
    page.reload()
    assert bar(page).count() == 0
    assert cookies(page)["choices"].endswith(";c=;x=")


@pytest.mark.parametrize(
    ("field", "value", "outcome"),
    [
        ("[name=category][value=analytics]", "nonsense", 0),
        ("[name=category][value=analytics]", "newsletter", 0),
        ("[name=notice]", "0" * 32, 1),
    ],
)
def test_what_nobody_asked_is_refused_and_changes_nothing(live_site, page, language, field, value, outcome):
    page.goto(f"{live_site.url}/{language}/")
    before = rows(live_site)
    page.evaluate(
        "([field, value]) => document.querySelector(`#site-choices ${field}`).value = value", [field, value]
    )
    bar(page).locator("summary").click()
    bar(page).locator("[name=category]").nth(1).check()
    with page.expect_navigation():
        bar(page).locator("[data-choice=save]").click()
    page.locator("#errors").wait_for()
    assert OUTCOMES[language][outcome] in page.locator("#errors").inner_text()
    assert page.context.cookies() == []
    assert rows(live_site) == before
    # The new text stands there, and answers.
    assert page.locator("form.choices [name=notice]").get_attribute("value") == choices_notice(language).id
    with page.expect_navigation():
        page.locator("form.choices [data-choice=save]").click()
    assert "choices" in cookies(page)


def test_a_refusal_by_an_old_text_is_taken(live_site, page, language):
    page.goto(f"{live_site.url}/{language}/")
    page.evaluate("document.querySelector('#site-choices [name=notice]').value = '0'.repeat(32)")
    bar(page).locator("[data-choice=reject]").click()
    bar(page).wait_for(state="detached")
    assert cookies(page)["choices"].endswith(";c=;x=")
