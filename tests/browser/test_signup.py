"""From the signup page to the account and back out, as a person does it."""

import re
from itertools import count

import pytest

from clevenio.consent import ledger
from clevenio.people import identifiers, operations
from clevenio.registry import load
from tests.support.mailbox import link_in, text_of

pytestmark = [pytest.mark.browser]

_numbers = count(1)
PASSWORD = "seitsemän veljestä metsässä"
ADDRESSES = {
    "fi": {"signup": "/fi/rekisteroidy", "login": "/fi/kirjaudu", "account": "/fi/tili"},
    "en": {"signup": "/en/signup", "login": "/en/login", "account": "/en/account"},
}
WORDS = {
    "fi": {
        "sent": "Tarkista sähköpostisi",
        "open": "Avaa tilini",
        "opened": "Tilisi on auki",
        "saved": "Valintasi on tallennettu.",
        "log out": "Kirjaudu ulos",
        "mend": "Kirjoita sähköpostiosoite.",
    },
    "en": {
        "sent": "Check your e-mail",
        "open": "Open my account",
        "opened": "Your account is open",
        "saved": "Your choices have been saved.",
        "log out": "Log out",
        "mend": "Type an e-mail address.",
    },
}


def fill_in(page, email):
    for name, value in {
        "first_name": "Maija-Liisa",
        "last_name": "Esimerkki",
        "email": email,
        "phone": "040 123 4567",
        "company": "Esimerkki Oy",
        "website": "esimerkki.example.fi",
        "password": PASSWORD,
    }.items():
        page.fill(f"[name={name}]", value)
    page.select_option("[name=role]", "marketing")


def press(page, within):
    page.locator(f"{within} .button").last.click()


def decisions(live_site, email):
    with live_site.session() as session:
        person = operations.find(session, identifiers.address(email))
        return ledger.decisions_of(session, person.id) if person else None


def test_from_the_first_visit_to_a_choice_taken_back(live_site, page, language, javascript, shot):
    words, at = WORDS[language], {name: live_site.url + path for name, path in ADDRESSES[language].items()}
    email = f"maija{next(_numbers)}.{language}@example.com"
    name = f"{language}-{'js' if javascript else 'plain'}"

    page.goto(at["signup"])
    assert page.locator("main input[type=checkbox]:checked").count() == 0
    assert page.context.cookies() == []
    press(page, "main form")
    assert page.get_by_text(words["mend"]).first.is_visible()
    shot(page, f"signup-errors-{name}")

    fill_in(page, email)
    for box in ("newsletter", "ad_audiences", "terms"):
        page.check(f"[name={box}]")
    press(page, "main form")
    page.get_by_role("heading", name=words["sent"]).wait_for()
    shot(page, f"signup-sent-{name}")
    assert decisions(live_site, email) is None

    mail = live_site.mailbox.newest(email, seconds=10)
    assert "Meta" in text_of(mail)
    page.goto(live_site.url + link_in(mail, "/v/"))
    shot(page, f"signup-verify-{name}")
    assert decisions(live_site, email) is None
    page.get_by_role("button", name=words["open"]).click()
    page.get_by_role("heading", name=words["opened"]).wait_for()
    shot(page, f"signup-verified-{name}")
    platforms = [vendor.id for vendor in load().vendors.values() if vendor.audience]
    assert {"google", "linkedin", "meta", "tiktok"} < set(platforms)
    granted = ["newsletter", *(f"ad_audiences:{platform}" for platform in platforms)]
    assert decisions(live_site, email) == dict.fromkeys(granted, ledger.State.GRANTED)

    page.goto(at["account"])
    assert page.url.startswith(at["login"])
    page.fill("[name=email]", email.upper())
    page.fill("[name=password]", PASSWORD)
    shot(page, f"login-{name}")
    press(page, "main form")
    page.wait_for_url(at["account"])
    shot(page, f"account-{name}")
    assert page.is_checked("[name=newsletter]")
    assert page.is_checked("[name=ad_audiences]")
    assert not page.is_checked("[name=surveys]")

    page.uncheck("[name=ad_audiences]")
    page.locator("form:has([name=newsletter]) .button").click()
    page.get_by_text(words["saved"]).wait_for()
    found = decisions(live_site, email)
    assert found["ad_audiences:google"] is found["ad_audiences:meta"] is ledger.State.WITHDRAWN
    assert found["newsletter"] is ledger.State.GRANTED
    page.locator(".history summary").click()
    shot(page, f"account-saved-{name}")

    page.get_by_role("button", name=words["log out"]).click()
    page.wait_for_url(re.compile(rf"/{language}/$"))
    page.goto(at["account"])
    assert page.url.startswith(at["login"])


@pytest.mark.parametrize("javascript", [True])
def test_the_other_role_is_asked_for_only_where_it_is_chosen(live_site, page, language):
    page.goto(live_site.url + ADDRESSES[language]["signup"])
    assert not page.locator("[name=role_other]").is_visible()
    page.select_option("[name=role]", "other")
    assert page.locator("[name=role_other]").is_visible()


@pytest.mark.parametrize("width", [320, 360, 768])
@pytest.mark.parametrize("place", ["signup", "login"])
def test_a_narrow_screen_shows_the_whole_form(live_site, new_page, language, width, place, shot):
    page = new_page(language=language, width=width)
    page.goto(live_site.url + ADDRESSES[language][place])
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shot(page, f"{place}-{language}-{width}")
