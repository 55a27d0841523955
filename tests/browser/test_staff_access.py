"""Staff come in with a passkey or an app, confirm again, and invite each other; in both languages."""

import re
import sqlite3
import time
from contextlib import closing

import pyotp
import pytest
from playwright.sync_api import expect

from tests.browser.steps import answer_with_app, enter_as_staff, set_an_app_up
from tests.support.browser import TWO_KINDS
from tests.support.staff import PASSWORD

WORDS = {
    "fi": {
        "leave": "Kirjaudu ulos",
        "failed": "Pääsyavain ei vastannut",
        "to come": "Pääsyavainta ei ole vielä tehty.",
        "roles": "Roolit",
        "invited": "Kutsu on matkalla.",
    },
    "en": {
        "leave": "Sign out",
        "failed": "The passkey did not answer",
        "to come": "No passkey has been made yet.",
        "roles": "Roles",
        "invited": "The invitation is on its way.",
    },
}


@pytest.fixture
def authenticator():
    """`authenticator(page)`: a virtual authenticator of the page's browser, with a person who is verified by it."""

    def add(page, **options):
        session = page.context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        kind = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
            **options,
        }
        made = session.send("WebAuthn.addVirtualAuthenticator", {"options": kind})["authenticatorId"]
        return session, made

    return add


def accept(page, site, email, role="administrator"):
    page.goto(site.run("staff", "invite", email, "--role", role).stdout.strip())
    page.fill("#password", PASSWORD)
    page.locator("main form .button").click()
    page.wait_for_url("**/staff/first-factor")


def enter_password(page, site, email):
    page.goto(f"{site.url}/staff/login")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.locator("main form .button").click()
    page.wait_for_url("**/staff/factor")


def let_proofs_grow_old(site):
    """As if ten minutes had gone by since anybody proved themselves."""
    with closing(sqlite3.connect(site.data / "clevenio.db")) as database, database:
        database.execute("UPDATE login_sessions SET confirmed_at = '2020-01-01 00:00:00.000000'")


def make_passkey(page, name="Laptop"):
    page.locator("main a[href='/staff/security/passkeys']").click()
    page.fill("#name", name)
    page.locator("[data-passkey] button").click()


def leave(page, language):
    page.get_by_role("button", name=WORDS[language]["leave"]).click()
    page.wait_for_url("**/staff/login")


@pytest.mark.parametrize("javascript", [True])
def test_a_passkey_is_made_and_lets_its_owner_in(live_site, page, language, shot, authenticator):
    email = f"passkey-{language}@example.com"
    session, key = authenticator(page)
    accept(page, live_site, email)
    shot(page, f"staff-first-factor-{language}-1280")
    make_passkey(page)
    expect(page.locator(".codes li")).to_have_count(10)
    shot(page, f"staff-recovery-codes-{language}-1280")
    with page.expect_download() as file:
        page.locator("main form button").click()
    text = file.value.path().read_text(encoding="utf-8")
    assert all(code in text for code in page.locator(".codes code").all_inner_texts())
    page.locator("main a.button").click()
    page.wait_for_url("**/staff/")
    assert (
        session.send("WebAuthn.getCredentials", {"authenticatorId": key})["credentials"][0]["rpId"]
        == "localhost"
    )
    leave(page, language)

    enter_password(page, live_site, email)
    shot(page, f"staff-factor-{language}-1280")
    page.locator("[data-passkey] button").click()
    page.wait_for_url("**/staff/")
    page.goto(f"{live_site.url}/staff/security")
    expect(page.locator("main")).to_contain_text("Laptop")
    shot(page, f"staff-security-{language}-1280")
    page.goto(f"{live_site.url}/staff/confirmation?next=/staff/security")
    page.locator("[data-passkey] button").click()
    page.wait_for_url("**/staff/security")


@pytest.mark.parametrize("javascript", [True])
def test_a_passkey_that_does_not_know_the_person_lets_nobody_in(live_site, page, language, authenticator):
    email = f"unverified-{language}@example.com"
    session, key = authenticator(page)
    accept(page, live_site, email)
    make_passkey(page)
    page.locator("main a.button").click()
    page.wait_for_url("**/staff/")
    leave(page, language)
    session.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": False})
    enter_password(page, live_site, email)
    page.locator("[data-passkey] button").click()
    expect(page.locator("[data-passkey] .error")).to_contain_text(WORDS[language]["failed"])
    expect(page).to_have_url(re.compile("/staff/factor$"))
    # The button may be pressed again, and then works.
    session.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": True})
    page.locator("[data-passkey] button").click()
    page.wait_for_url("**/staff/")


@pytest.mark.parametrize("javascript", [True])
def test_a_proof_that_grew_old_is_asked_for_again_and_then_the_passkey_is_made(
    live_site, page, language, authenticator
):
    """Nothing was wrong, so nothing says so: the name stands there, and the button works."""
    session, key = authenticator(page)
    secret = enter_as_staff(page, live_site, f"stale-{language}@example.com", "administrator")
    page.goto(f"{live_site.url}/staff/security/passkeys")
    page.fill("#name", "Laptop")
    let_proofs_grow_old(live_site)
    page.locator("[data-passkey] button").click()
    page.locator("#factor_code").wait_for()
    answer_with_app(page, secret)
    expect(page.locator("#name")).to_have_value("Laptop")
    expect(page.locator("main .notice").first).to_contain_text(WORDS[language]["to come"])
    expect(page.locator("#errors, main .notice.alert")).to_have_count(0)
    assert page.locator("[aria-invalid=true]").count() == 0
    assert page.locator("main .error").all_inner_texts() == [""]
    page.locator("[data-passkey] button").click()
    page.wait_for_url("**/staff/security")
    expect(page.locator("main")).to_contain_text("Laptop")
    assert len(session.send("WebAuthn.getCredentials", {"authenticatorId": key})["credentials"]) == 1


@TWO_KINDS
def test_without_javascript_an_app_does_it(live_site, page, language, javascript, shot):
    email = f"app-{language}-{javascript}@example.com".lower()
    accept(page, live_site, email)
    page.goto(f"{live_site.url}/staff/security/passkeys")
    expect(page.locator("[data-passkey] button")).to_be_visible(visible=javascript)
    expect(page.locator("[data-without-passkey] a")).to_be_visible(visible=not javascript)
    page.goto(f"{live_site.url}/staff/first-factor")
    secret = set_an_app_up(page)
    leave(page, language)
    enter_password(page, live_site, email)
    page.fill("#factor_code", "000000")
    page.locator("main form.stack > .button").click()
    expect(page.locator("#errors")).to_be_visible()
    shot(page, f"staff-factor-wrong-{language}-1280")
    answer_with_app(page, secret)
    page.wait_for_url("**/staff/")


@pytest.mark.parametrize(("language", "width"), [("fi", 360), ("en", 1280)])
def test_an_administrator_invites_changes_roles_and_closes(live_site, new_page, language, width, shot):
    email, words = f"boss-{language}-{width}@example.com", WORDS[language]
    page, invited = (
        new_page(language=language, width=width),
        f"somebody.with.a.long.name.{language}{width}@example.com",
    )
    accept(page, live_site, email)
    set_an_app_up(page)
    page.goto(f"{live_site.url}/staff/members")
    page.locator("main .staff-title a.button").click()
    page.fill("#email", invited)
    shot(page, f"staff-invite-{language}-{width}")
    page.locator("main form.stack > .button").click()
    expect(page.locator("#errors")).to_be_visible()
    assert page.input_value("#email") == invited
    page.locator("[name=roles][value=support]").check()
    page.locator("main form.stack > .button").click()
    expect(page.locator("main .notice").first).to_have_text(words["invited"])
    link = page.locator(".notice .key").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shot(page, f"staff-member-{language}-{width}")
    other = new_page(language=language)
    assert other.goto(link).status == 200
    page.locator("[name=roles][value=marketer]").check()
    page.locator("main form.stack > .button").click()
    page.locator(".ask", has=page.locator("form[action$='/closure']")).locator("summary").click()
    shot(page, f"staff-ask-{language}-{width}")
    page.locator("form[action$='/closure'] button").click()
    assert other.goto(link).status == 404
    page.goto(f"{live_site.url}/staff/members")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shot(page, f"staff-members-{language}-{width}")


@pytest.mark.parametrize("width", [360])
def test_nothing_of_it_is_wider_than_a_phone(live_site, new_page, language, width, shot):
    page = new_page(language=language, width=width, color_scheme="dark")
    accept(page, live_site, f"phone-{language}@example.com")
    for path in ("first-factor", "security/passkeys", "security/app"):
        page.goto(f"{live_site.url}/staff/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        shot(page, f"staff-{path.replace('/', '-')}-{language}-{width}-dark")
    secret = page.locator("#key").inner_text().replace(" ", "")
    page.fill("#code", pyotp.TOTP(secret).at(time.time()))
    page.locator("main form .button").click()
    page.locator("main .codes").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for path in ("security", "security/password", "confirmation"):
        page.goto(f"{live_site.url}/staff/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        shot(page, f"staff-{path.replace('/', '-')}-{language}-{width}-dark")
