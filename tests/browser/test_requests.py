"""Somebody without an account asks, confirms by the mail, and reads the answer that an officer wrote."""

import pytest
from playwright.sync_api import expect

from tests.browser.steps import enter_as_staff, look
from tests.support.browser import TWO_KINDS
from tests.support.mailbox import link_in, text_of

pytestmark = pytest.mark.browser

PAGE = {"fi": "/fi/oikeudet", "en": "/en/rights"}
WORDS = {
    "fi": {
        "send": "Lähetä pyyntö",
        "missing": "Kirjoita sähköpostiosoite.",
        "sent": "Pyyntösi on perillä",
        "confirm": "Vahvista pyynnöt",
        "confirmed": "Olemme saaneet pyyntösi",
        "requests": "Pyynnöt",
        "write": "Kirjoita vastaus",
        "answer": "Lähetä vastaus ja päätä pyyntö",
        "done": "Valmis",
        "nothing": "Mitään ei ole",
        "watchdog": "tietosuojavaltuutetun",
        "enter": "Kirjaa pyyntö",
    },
    "en": {
        "send": "Send the request",
        "missing": "Type an e-mail address.",
        "sent": "Your request has arrived",
        "confirm": "Confirm the requests",
        "confirmed": "We have your requests",
        "requests": "Requests",
        "write": "Write the answer",
        "answer": "Send the answer and end the request",
        "done": "Done",
        "nothing": "There is nothing",
        "watchdog": "Data Protection Ombudsman",
        "enter": "Write a request down",
    },
}


@TWO_KINDS
def test_asking_to_see_the_data_and_refusing_marketing(live_site, page, new_page, language, javascript, shot):
    words, email = WORDS[language], f"asks-{language}-{javascript}@example.com".lower()
    page.goto(live_site.url + PAGE[language])
    look(page, shot, "requests-form", language)
    page.check("main [name=kind][value=access]")
    page.check("main [name=kind][value=direct_marketing]")
    page.fill("#details", "Tilasin joskus jotakin.")
    page.get_by_role("button", name=words["send"]).click()
    expect(page.locator("#email-error")).to_have_text(words["missing"])
    expect(page.locator("#details")).to_have_value("Tilasin joskus jotakin.")
    look(page, shot, "requests-wrong", language)
    page.fill("#email", email)
    page.get_by_role("button", name=words["send"]).click()
    expect(page.get_by_role("heading", name=words["sent"])).to_be_visible()
    look(page, shot, "requests-sent", language)
    assert email not in page.url

    mail = live_site.mailbox.newest(email, seconds=10)
    assert "Tilasin" not in text_of(mail)
    page.goto(live_site.url + link_in(mail, "/q/"))
    look(page, shot, "requests-confirmation", language)
    page.get_by_role("button", name=words["confirm"]).click()
    expect(page.get_by_role("heading", name=words["confirmed"])).to_be_visible()
    look(page, shot, "requests-confirmed", language)

    officer = new_page(javascript=javascript, language=language)
    name = f"answers-{language}-{javascript}@example.com".lower()
    enter_as_staff(officer, live_site, name, "privacy_officer")
    officer.get_by_role("link", name=words["requests"], exact=True).click()
    look(officer, shot, "requests-queue", language)
    officer.locator("tbody th a").first.click()
    expect(officer.locator("main")).to_contain_text(email)
    look(officer, shot, "requests-request", language)
    officer.get_by_role("link", name=words["write"]).click()
    officer.get_by_role("link", name=words["nothing"]).click()
    look(officer, shot, "requests-answer", language)
    officer.get_by_role("button", name=words["answer"]).click()
    expect(officer.locator(".facts")).to_contain_text(words["done"])
    look(officer, shot, "requests-answered", language)
    assert words["watchdog"] in text_of(live_site.mailbox.newest(email, 2, seconds=10))

    officer.goto(live_site.url + "/staff/requests/new")
    look(officer, shot, "requests-entry", language)
