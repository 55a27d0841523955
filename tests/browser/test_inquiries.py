"""From a visitor's question to the inbox: the contact form, an invitation, the login, the answer."""

import re
import time

import pytest
from playwright.sync_api import expect

from tests.browser.steps import answer_with_app, set_an_app_up
from tests.support.browser import TWO_KINDS
from tests.support.staff import PASSWORD

pytestmark = pytest.mark.browser

PATHS = {"fi": "/fi/yhteys", "en": "/en/contact"}
# What leads to a language.
OTHER = {"fi": "Suomeksi", "en": "In English"}
WORDS = {
    "fi": {
        "send": "Lähetä viesti",
        "thanks": "Viestisi on perillä",
        "no name": "Kirjoita nimi.",
        "accept": "Aseta salasana ja kirjaudu",
        "sign in": "Kirjaudu",
        "out": "Kirjaudu ulos",
        "inbox": "Yhteydenotot",
        "answered": "Merkitse vastatuksi",
        "state": "Vastattu",
    },
    "en": {
        "send": "Send the message",
        "thanks": "Your message has arrived",
        "no name": "Type a name.",
        "accept": "Set the password and sign in",
        "sign in": "Sign in",
        "out": "Sign out",
        "inbox": "Inquiries",
        "answered": "Mark as answered",
        "state": "Answered",
    },
}


@TWO_KINDS
def test_a_question_is_asked_and_receipted(live_site, page, language, javascript, shot):
    words = WORDS[language]
    email = f"asks-{language}-{javascript}@example.com".lower()
    page.goto(live_site.url + PATHS[language])
    page.fill("#email", email)
    page.fill("#message", "Mistä aloitan?\nWhere do I begin?")
    page.get_by_role("button", name=words["send"]).click()
    expect(page.locator("#name-error")).to_have_text(words["no name"])
    expect(page.locator("#message")).to_have_value("Mistä aloitan?\nWhere do I begin?")
    shot(page, f"contact-error-{language}-1280")
    page.fill("#name", "Aino Esimerkki")
    for tongue in sorted(OTHER, key=lambda each: each == language):
        page.get_by_role("button", name=OTHER[tongue]).click()
        expect(page.locator("#message")).to_have_value("Mistä aloitan?\nWhere do I begin?")
    page.press("#name", "Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(words["thanks"])
    expect(page).to_have_url(re.compile(r"/(yhteys/kiitos|contact/thanks)$"))
    shot(page, f"contact-thanks-{language}-1280")
    mail = live_site.mailbox.newest(email, seconds=10)
    assert "Aino" not in mail.as_string()


@pytest.mark.parametrize("language", ["fi", "en"])
def test_a_message_that_is_too_long_stays_and_its_field_says_why(live_site, new_page, language):
    page = new_page(language=language)
    page.goto(live_site.url + PATHS[language])
    page.fill("#name", "Aino Esimerkki")
    page.fill("#email", f"asks-much-{language}@example.com")
    message, send = page.locator("#message"), page.get_by_role("button", name=WORDS[language]["send"])
    message.fill("ö" * 5_003)
    said = {"fi": "Merkkejä liikaa: 3", "en": "Too many characters: 3"}[language]
    expect(page.locator("#message-count")).to_have_text(said)
    posted = []
    page.on("request", lambda asked: posted.append(asked) if asked.method == "POST" else None)
    send.click()
    expect(message).to_be_focused()
    expect(message).to_have_attribute("aria-invalid", "true")
    expect(message).to_have_accessible_description(said)
    expect(message).to_have_value("ö" * 5_003)
    assert posted == []
    for _ in range(3):
        message.press("Backspace")
    expect(message).not_to_have_attribute("aria-invalid", "true")
    expect(message).to_have_accessible_description("")
    send.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(WORDS[language]["thanks"])
    assert len(posted) == 1


@TWO_KINDS
def test_an_invitation_leads_to_the_inbox_and_works_once(live_site, page, language, javascript, shot):
    words = WORDS[language]
    email = f"answers-{language}-{javascript}@example.com".lower()
    done = live_site.run("staff", "invite", email, "--role", "support")
    address = done.stdout.strip()
    page.goto(live_site.url + PATHS[language])
    page.fill("#name", "Kaarlo Keksitty")
    page.fill("#email", "kaarlo@example.com")
    page.fill("#message", f"From {language}, {javascript}")
    page.get_by_role("button", name=words["send"]).click()

    page.goto(address)
    shot(page, f"invitation-{language}-1280")
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name=words["accept"]).click()
    secret = set_an_app_up(page)
    expect(page.get_by_role("navigation")).to_contain_text(words["inbox"])
    page.get_by_role("button", name=words["out"]).click()
    assert page.goto(address).status == 404

    page.goto(f"{live_site.url}/staff/inquiries")
    shot(page, f"staff-login-{language}-1280")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name=words["sign in"]).click()
    answer_with_app(page, secret)
    expect(page.get_by_role("heading", level=1)).to_have_text(words["inbox"])
    shot(page, f"inbox-{language}-1280")
    page.get_by_role("link", name="Kaarlo Keksitty").first.click()
    expect(page.locator(".typed")).to_have_text(f"From {language}, {javascript}")
    shot(page, f"inquiry-{language}-1280")
    page.get_by_role("button", name=words["answered"]).click()
    expect(page.get_by_role("row").nth(1)).to_contain_text(words["state"])


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
def test_the_first_administrator_comes_in_by_the_link_of_the_start(start_site, new_page, shot, width, scheme):
    site = start_site()
    link = re.search(r"http\S+/staff/invitation/\S+", _announced(site))
    page = new_page(width=width, color_scheme=scheme)
    page.goto(link[0])
    shot(page, f"first-invitation-en-{width}-{scheme}")
    page.fill("#email", "boss@example.com")
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name=WORDS["en"]["accept"]).click()
    set_an_app_up(page)
    shot(page, f"staff-home-en-{width}-{scheme}")
    page.goto(site.url + "/en/contact")
    shot(page, f"contact-en-{width}-{scheme}")
    page.fill("#name", "Kaarlo Keksitty")
    page.fill("#email", "kaarlo@example.com")
    page.fill("#message", "How do I begin?\n\nAnd where?")
    page.get_by_role("button", name=WORDS["en"]["send"]).click()
    for path, name in (("/staff/", "home"), ("/staff/inquiries", "inbox"), ("/staff/outbox", "outbox")):
        page.goto(site.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        shot(page, f"staff-{name}-en-{width}-{scheme}")
    page.locator("tbody tr th a").last.click()
    shot(page, f"staff-mail-en-{width}-{scheme}")
    page.get_by_role("link", name="As the reader sees it").click()
    assert page.evaluate("getComputedStyle(document.querySelector('[data-look]')).length") > 0
    shot(page, f"staff-mail-html-en-{width}-{scheme}")
    page.goto(site.url + "/staff/audit")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shot(page, f"staff-audit-en-{width}-{scheme}")


def _announced(site):
    """The log, once the site has said where everything is."""
    until = time.monotonic() + 10
    while "/staff/invitation/" not in site.log:
        assert time.monotonic() < until, site.log
        time.sleep(0.05)
    return site.log
