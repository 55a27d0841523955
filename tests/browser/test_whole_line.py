"""The line that everything hangs on: a visitor, a decision, a mail, an audience file, and out of all of it."""

import csv
import re

import pytest
from playwright.sync_api import expect

from clevenio.consent.ledger import State
from tests.browser.steps import LETTERS, decisions, digest, send_newsletter, sign_up
from tests.support.mailbox import link_in, text_of

pytestmark = pytest.mark.browser

WORDS = {
    "fi": {"sign up": re.compile("Rekisteröidy|Avaa tili"), "everything": "Lopeta kaikki"},
    "en": {"sign up": re.compile("Sign up|Open an account"), "everything": "Stop everything"},
}
# Somebody else who agreed, so that a file can be made before and after.
OTHER = "pysyy.mukana@example.com"
OTHERS = f"""email,consent,consent_at,consent_source,consent_wording
{OTHER},ad_audiences:google,2026-05-18T14:30+03:00,trade fair form,I agree that Clevenio may give \
my e-mail address as a hash to Google.
"""


def command(site, *arguments):
    done = site.run(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def addresses_in(site, kind, *options):
    """The first column of a file for Google, as the command writes it to standard output."""
    rows = csv.DictReader(command(site, "audiences", kind, "--platform", "google", *options).splitlines())
    return {row["Email"] for row in rows}


@pytest.mark.parametrize(
    ("language", "javascript"), [("fi", False), ("en", True)], ids=["fi without scripts", "en with scripts"]
)
def test_from_a_first_visit_to_an_audience_file_and_out_of_it(start_site, page, language, javascript, shot):
    site = start_site(AUDIENCE_MINIMUM_OVERRIDE="1")
    words, email = WORDS[language], "Maija.Esimerkki@example.com"
    (site.data / "others.csv").write_text(OTHERS, encoding="utf-8")
    command(site, "people", "import", "others.csv")

    page.goto(f"{site.url}/{language}/")
    page.locator("main").get_by_role("link", name=words["sign up"]).first.click()
    sign_up(page, site, language, email, "newsletter", "ad_audiences")
    assert set(decisions(site, email).values()) == {State.GRANTED}

    assert send_newsletter(site) == "1 candidate: 1 sent."
    letter = site.mailbox.newest(email, count=2)
    assert LETTERS[language].partition("\n")[0].removeprefix("# ") in text_of(letter)

    found = addresses_in(site, "export", "--segment", "all", "--output", "-")
    assert found == {digest(email.lower()), digest(OTHER)}

    page.goto(site.url + link_in(letter, "/u/"))
    page.get_by_role("button", name=words["everything"]).click()
    expect(page.get_by_role("button", name=words["everything"])).to_have_count(0)
    shot(page, f"whole-line-end-{language}")
    assert State.GRANTED not in decisions(site, email).values()

    assert addresses_in(site, "export", "--segment", "all", "--output", "-") == {digest(OTHER)}
    assert addresses_in(site, "removals", "--output", "-") == {digest(email.lower())}
    assert "google: Out: the consent was withdrawn." in command(site, "audiences", "explain", email)
    command(site, "consent", "verify")
