"""From asking to being forgotten: a customer who leaves, and a child whose guardian tells us."""

import time

import pytest
from playwright.sync_api import expect

from clevenio.people import identifiers, operations
from tests.browser.steps import PASSWORD, PATHS, enter_as_staff, log_in, look, sign_up
from tests.support.browser import TWO_KINDS
from tests.support.mailbox import text_of

pytestmark = pytest.mark.browser

ACCOUNT = {"fi": "/fi/tili", "en": "/en/account"}
DELETION = {"fi": "/fi/tili/poisto", "en": "/en/account/deletion"}
WORDS = {
    "fi": {
        "data": "Oikeutesi",
        "delete": "Poista tilini",
        "ask": "Pyydä tilini poistamista",
        "wrong": "Tämä ei ole nykyinen salasanasi.",
        "asked": "Olet pyytänyt tilisi poistamista",
        "back": "Peru pyyntö",
        "kept": "Peruttu: tilisi säilyy.",
        "requests": "Pyynnöt",
        "erase": "Poista tiedot",
        "sure": "Merkitse ruutu, jos haluat poistaa tiedot.",
        "done": "Valmis",
        "gone": "Tietosi on poistettu, kuten pyysit.",
        "messages": "Huoltajien viestit",
        "freeze": "Sulje tiedot nyt",
        "frozen": "Tämän osoitteen tiedot on suljettu",
        "check": "Kirjaa tarkistus",
        "guardian": "Nimeämäsi osoitteen tiedot on poistettu, kuten pyysit.",
    },
    "en": {
        "data": "Your rights",
        "delete": "Delete my account",
        "ask": "Ask for my account to be deleted",
        "wrong": "This is not your present password.",
        "asked": "You have asked for your account to be deleted",
        "back": "Take the request back",
        "kept": "Taken back: your account stays.",
        "requests": "Requests",
        "erase": "Erase the data",
        "sure": "Tick the box to erase the data.",
        "done": "Done",
        "gone": "What we held about you has been erased as you asked.",
        "messages": "Guardians’ messages",
        "freeze": "Freeze the data now",
        "frozen": "The data of this address is frozen",
        "check": "Write the check down",
        "guardian": "The data of the address you named has been erased as you asked.",
    },
}


def until_done(page, word):
    """Reload a request's page until everything about it is done."""
    until = time.monotonic() + 30
    while not page.locator(".facts .tag", has_text=word).count():
        assert time.monotonic() < until, page.locator("main").inner_text()
        page.wait_for_timeout(300)
        page.reload()


def person(site, email):
    with site.session() as session:
        return operations.find(session, identifiers.address(email))


@TWO_KINDS
def test_a_customer_asks_thinks_again_and_leaves(live_site, page, new_page, language, javascript, shot):
    words, email = WORDS[language], f"leaves-{language}-{javascript}@example.com".lower()
    sign_up(page, live_site, language, email, "newsletter")
    log_in(page, live_site, language, email)
    page.locator(".account-pages").get_by_role("link", name=words["data"]).click()
    page.get_by_role("link", name=words["delete"]).click()
    look(page, shot, "rights-deletion", language)
    page.fill("#password", "not this one")
    page.get_by_role("button", name=words["ask"]).click()
    expect(page.locator("#password-error")).to_have_text(words["wrong"])
    look(page, shot, "rights-deletion-wrong", language)
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name=words["ask"]).click()
    expect(page.get_by_role("heading", name=words["asked"])).to_be_visible()
    page.goto(live_site.url + ACCOUNT[language])
    expect(page.get_by_role("heading", name=words["asked"])).to_be_visible()
    look(page, shot, "rights-deletion-said", language)
    page.locator(".notice a").click()
    page.get_by_role("button", name=words["back"]).click()
    page.get_by_text(words["kept"]).wait_for()
    page.goto(live_site.url + DELETION[language])
    expect(page.get_by_role("button", name=words["ask"])).to_be_visible()
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name=words["ask"]).click()
    look(page, shot, "rights-deletion-asked", language)

    officer = new_page(javascript=javascript, language=language)
    enter_as_staff(
        officer, live_site, f"officer-{language}-{javascript}@example.com".lower(), "privacy_officer"
    )
    look(officer, shot, "rights-overview", language)
    officer.get_by_role("link", name=words["requests"], exact=True).click()
    look(officer, shot, "rights-queue", language)
    officer.locator("tbody th a").first.click()
    expect(officer.locator(".facts")).to_contain_text(email)
    look(officer, shot, "rights-request", language)
    officer.get_by_role("button", name=words["erase"]).click()
    expect(officer.locator("#sure-error")).to_have_text(words["sure"])
    officer.check("#sure")
    officer.get_by_role("button", name=words["erase"]).click()
    until_done(officer, words["done"])
    look(officer, shot, "rights-request-done", language)
    assert email not in officer.content()

    assert words["gone"] in text_of(live_site.mailbox.newest(email))
    assert person(live_site, email) is None
    page.goto(live_site.url + PATHS[language]["account"])
    expect(page).to_have_url(f"{live_site.url}{PATHS[language]['login']}?next={PATHS[language]['account']}")


@TWO_KINDS
def test_a_guardian_tells_us_of_a_child(live_site, page, new_page, language, javascript, shot):
    words = WORDS[language]
    email, guardian = (f"{who}-{language}-{javascript}@example.com".lower() for who in ("child", "guardian"))
    child = new_page(javascript=javascript, language=language)
    sign_up(child, live_site, language, email)
    log_in(child, live_site, language, email)
    enter_as_staff(page, live_site, f"support-{language}-{javascript}@example.com".lower(), "support")
    page.get_by_role("link", name=words["messages"]).click()
    page.fill("#email", email)
    page.select_option("#channel", "phone")
    page.fill("#answer_to", guardian)
    page.select_option("#language", language)
    look(page, shot, "rights-guardians", language)
    page.get_by_role("button", name=words["freeze"]).click()
    expect(page.get_by_role("heading", name=words["frozen"])).to_be_visible()
    look(page, shot, "rights-guardian-frozen", language)
    child.goto(live_site.url + PATHS[language]["account"])
    expect(child).to_have_url(f"{live_site.url}{PATHS[language]['login']}?next={PATHS[language]['account']}")

    page.fill("#checked", "Nimi ja yritys")
    page.get_by_role("button", name=words["check"]).click()
    page.check("#sure")
    look(page, shot, "rights-guardian-checked", language)
    page.get_by_role("button", name=words["erase"]).click()
    until_done(page, words["done"])
    look(page, shot, "rights-guardian-done", language)
    assert words["guardian"] in text_of(live_site.mailbox.newest(guardian, 2))
    assert live_site.mailbox.all(email) == []
    assert person(live_site, email) is None
