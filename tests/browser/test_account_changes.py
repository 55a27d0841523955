"""A forgotten password, another password, another address, and a login ended from afar, as a person does it."""

from itertools import count

import pytest

from clevenio.accounts import queries
from clevenio.people.addresses import address
from tests.browser.steps import PASSWORD, PATHS, sign_up
from tests.support.browser import TWO_KINDS
from tests.support.mailbox import link_in

pytestmark = [pytest.mark.browser]

_numbers = count(1)
SECURITY = {"fi": "/fi/tili/kirjautuminen", "en": "/en/account/security"}
WORDS = {
    "fi": {
        "forgotten": "Valitse uusi",
        "sent": "Tarkista sähköpostisi",
        "reset": "Kirjaudu uudella salasanalla.",
        "changed": "Salasanasi on vaihdettu. Kaikki muut kirjautumiset ovat päättyneet.",
        "this": "tämä selain",
        "end": "Päätä tämä kirjautuminen",
        "ended": "Päätetty.",
        "asked": "Kirjoitimme kumpaankin osoitteeseen.",
        "waits": "Vaihto odottaa",
        "confirm": "Vahvista vaihto",
        "half": "Puolet on tehty",
        "moved": "Osoite on vaihtunut",
        "mend": "Tämä ei ole nykyinen salasanasi.",
    },
    "en": {
        "forgotten": "Choose a new one",
        "sent": "Check your e-mail",
        "reset": "Log in with the new one.",
        "changed": "Your password has been changed. Every other login has ended.",
        "this": "this browser",
        "end": "End this login",
        "ended": "Ended.",
        "asked": "We wrote to both addresses.",
        "waits": "A change is waiting",
        "confirm": "Confirm the change",
        "half": "Half is done",
        "moved": "The address has changed",
        "mend": "This is not your present password.",
    },
}


@pytest.fixture
def email(live_site, page, language):
    """The address of a new account, which `page` opened by the forms."""
    made = f"change{next(_numbers)}.{language}@example.com"
    sign_up(page, live_site, language, made)
    return made


def log_in(page, site, language, email, password):
    page.goto(site.url + PATHS[language]["login"])
    page.fill("main [name=email]", email)
    page.fill("main [name=password]", password)
    page.locator("main form .button").click()


def part(page, name):
    return page.locator(f"section[aria-labelledby={name}]")


@TWO_KINDS
def test_a_forgotten_password(live_site, page, language, javascript, email, shot):
    words = WORDS[language]
    name = f"{language}-{'js' if javascript else 'plain'}"
    page.goto(live_site.url + PATHS[language]["login"])
    page.get_by_role("link", name=words["forgotten"]).click()
    shot(page, f"reset-request-{name}")
    page.fill("main [name=email]", email.upper())
    page.locator("main form .button").click()
    page.get_by_role("heading", name=words["sent"]).wait_for()
    assert page.context.cookies() == []
    path = link_in(live_site.mailbox.newest(email, 2, seconds=15), "/r/")
    page.goto(live_site.url + path)
    page.fill("main [name=password]", "lyhyt")
    page.locator("main form .button").click()
    page.locator("#password-error").wait_for()
    shot(page, f"reset-error-{name}")
    page.fill("main [name=password]", "kolme uutta sanaa")
    page.locator("main form .button").click()
    page.get_by_text(words["reset"]).wait_for()
    log_in(page, live_site, language, email, "kolme uutta sanaa")
    page.wait_for_url(live_site.url + PATHS[language]["account"])
    assert page.goto(live_site.url + path).status == 200
    assert page.locator("main [name=password]").count() == 0


@TWO_KINDS
def test_another_password_and_a_login_ended_from_afar(
    live_site, page, new_page, language, javascript, email, shot
):
    words = WORDS[language]
    name = f"{language}-{'js' if javascript else 'plain'}"
    log_in(page, live_site, language, email, PASSWORD)
    page.wait_for_url(live_site.url + PATHS[language]["account"])
    phone = new_page(javascript=javascript, language=language, width=360)
    log_in(phone, live_site, language, email, PASSWORD)
    phone.wait_for_url(live_site.url + PATHS[language]["account"])

    page.goto(live_site.url + SECURITY[language])
    assert page.get_by_text(words["this"], exact=True).count() == 1
    shot(page, f"logins-{name}")
    page.get_by_role("button", name=words["end"], exact=True).click()
    page.get_by_text(words["ended"]).wait_for()
    phone.goto(live_site.url + PATHS[language]["account"])
    assert phone.url.startswith(live_site.url + PATHS[language]["login"])

    log_in(phone, live_site, language, email, PASSWORD)
    phone.goto(live_site.url + SECURITY[language])
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    shot(phone, f"security-{name}-360")
    part(page, "password-of").get_by_role("link").click()
    own = part(page, "change-password")
    own.locator("[name=present]").fill("not the password")
    own.locator("[name=password]").fill("kolme uutta sanaa")
    own.locator(".button").click()
    page.get_by_text(words["mend"]).first.wait_for()
    shot(page, f"password-error-{name}")
    own.locator("[name=present]").fill(PASSWORD)
    own.locator("[name=password]").fill("kolme uutta sanaa")
    own.locator(".button").click()
    page.get_by_text(words["changed"]).wait_for()
    phone.goto(live_site.url + PATHS[language]["account"])
    assert phone.url.startswith(live_site.url + PATHS[language]["login"])


@TWO_KINDS
def test_another_address(live_site, page, new_page, language, javascript, email, shot):
    words = WORDS[language]
    name = f"{language}-{'js' if javascript else 'plain'}"
    new = f"uusi.{email}"
    log_in(page, live_site, language, email, PASSWORD)
    page.goto(live_site.url + SECURITY[language])
    part(page, "change-address").get_by_role("link").click()
    page.locator("[name=address_password]").wait_for()
    own = part(page, "change-address")
    own.locator("[name=email]").fill(new)
    own.locator("[name=address_password]").fill(PASSWORD)
    own.locator(".button").last.click()
    page.get_by_text(words["asked"]).wait_for()
    page.get_by_text(words["waits"]).wait_for()
    shot(page, f"address-waits-{name}")
    links = [
        link_in(live_site.mailbox.newest(new, seconds=15), "/a/"),
        link_in(next(m for m in reversed(live_site.mailbox.all(email)) if str(m["To"]) == email), "/a/"),
    ]
    stranger = new_page(javascript=javascript, language=language, width=360)
    for path, heading in zip(links, (words["half"], words["moved"]), strict=True):
        stranger.goto(live_site.url + path)
        shot(stranger, f"address-{'new' if path == links[0] else 'old'}-{name}-360")
        stranger.get_by_role("button", name=words["confirm"]).click()
        stranger.get_by_role("heading", name=heading).wait_for()
    assert stranger.context.cookies() == []
    with live_site.session() as session:
        assert queries.account_at(session, address(email).key) is None
    log_in(stranger, live_site, language, new, PASSWORD)
    stranger.wait_for_url(live_site.url + PATHS[language]["account"])
    shot(stranger, f"account-{name}-360")
