"""A question with something in it that nobody asked for: it is removed, answered, and the answer arrives."""

import pytest
from playwright.sync_api import expect

from clevenio.inquiries.models import Inquiry
from tests.browser.steps import enter_as_staff
from tests.support.browser import TWO_KINDS
from tests.support.mailbox import text_of

pytestmark = pytest.mark.browser

PATHS = {"fi": "/fi/yhteys", "en": "/en/contact"}
WORDS = {
    "fi": {
        "error": "Virhe: ",
        "message": "Hei,\nmistä aloitan? Minulla on diabetes ja tarvitsen taukoja.",
        "passage": "Minulla on diabetes",
        "left": "Hei,\nmistä aloitan? [poistettu] ja tarvitsen taukoja.",
        "subject": "Vastauksemme viestiisi",
        "answered": "Vastattu",
        "sent": "Lähetetty",
    },
    "en": {
        "error": "Error: ",
        "message": "Hello,\nwhere do I begin? I have diabetes and need breaks.",
        "passage": "I have diabetes",
        "left": "Hello,\nwhere do I begin? [removed] and need breaks.",
        "subject": "Our answer to your message",
        "answered": "Answered",
        "sent": "Sent",
    },
}
SELECT = """passage => {
  const text = document.querySelector("#typed").firstChild, start = text.data.indexOf(passage);
  getSelection().setBaseAndExtent(text, start, text, start + passage.length);
}"""


def press(page, act):
    page.locator(f"main [name=act][value={act}]").click()
    page.wait_for_load_state()


def ask(page, site, language, email, words):
    """Send the contact form; the first time with a mistake, whose summary leads to the field."""
    page.goto(site.url + PATHS[language])
    page.fill("#email", "nonsense")
    page.fill("#name", "Aino Esimerkki")
    page.fill("#message", words["message"])
    page.locator("main form .button").click()
    assert page.title().startswith(words["error"])
    expect(page.locator("#errors")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#email")).to_be_focused()
    page.fill("#email", email)
    page.locator("main form .button").click()
    page.wait_for_url("**/" + {"fi": "kiitos", "en": "thanks"}[language])


@TWO_KINDS
def test_a_passage_is_removed_and_the_question_answered(live_site, page, language, javascript, shot):
    words = WORDS[language]
    email = f"asks-{language}-{javascript}@example.com".lower()
    ask(page, live_site, language, email, words)
    with live_site.session() as session:
        number = session.query(Inquiry.id).where(Inquiry.email == email).scalar()

    enter_as_staff(page, live_site, f"answers-{language}-{javascript}@example.com".lower(), "support")
    path = f"{live_site.url}/staff/inquiries/{number}"
    page.goto(f"{path}/redaction")
    if javascript:
        take = page.locator("[data-take]")
        expect(take).to_be_disabled()
        page.evaluate(SELECT, words["passage"])
        take.click()
        expect(page.locator("#passage")).to_have_value(words["passage"])
    else:
        expect(page.locator("[data-take]")).to_be_hidden()
        page.fill("#passage", words["passage"].upper())
    press(page, "preview")
    expect(page.locator(".typed")).to_have_text(words["left"])
    shot(page, f"redaction-preview-{language}-1280")
    press(page, "remove")
    expect(page.locator("#typed")).to_have_text(words["left"])
    with live_site.session() as session:
        assert session.get(Inquiry, number).message == words["left"]

    page.goto(f"{live_site.url}/staff/inquiries/templates/new")
    for field, text in (("name", "Begin"), ("fi", "Hei {name},"), ("en", "Hello {name},")):
        page.fill(f"#{field}", text)
    page.locator("main form .button").click()
    page.wait_for_url("**/templates")
    page.goto(f"{path}/answer")
    page.select_option("#template", index=0)
    press(page, "insert")
    typed = page.input_value("#text") + "\n\nhttps://example.com/start\n\nKaarlo"
    assert "Aino Esimerkki," in typed
    page.fill("#text", typed)
    press(page, "preview")
    shot(page, f"answer-preview-{language}-1280")
    press(page, "change")
    expect(page.locator("#text")).to_have_value(typed)
    press(page, "preview")
    press(page, "send")
    expect(page.locator(".facts")).to_contain_text(words["answered"])
    expect(page.locator("article")).to_contain_text(words["sent"])
    shot(page, f"inquiry-answered-{language}-1280")
    mail = live_site.mailbox.newest(email, 2, seconds=10)
    assert mail["Subject"] == words["subject"]
    assert typed in text_of(mail)


def test_no_page_of_the_inbox_is_wider_than_the_screen(live_site, new_page):
    page = new_page(width=360)
    ask(page, live_site, "en", "wide@example.com", WORDS["en"])
    with live_site.session() as session:
        number = session.query(Inquiry.id).where(Inquiry.email == "wide@example.com").scalar()
    enter_as_staff(page, live_site, "looks@example.com", "support")
    for path in (
        "",
        "/templates",
        "/templates/new",
        f"/{number}",
        f"/{number}/answer",
        f"/{number}/redaction",
    ):
        page.goto(f"{live_site.url}/staff/inquiries{path}")
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_what_is_left_is_said_once_most_is_used(live_site, new_page):
    page = new_page()
    page.goto(live_site.url + PATHS["en"])
    page.fill("#message", "x" * 3999)
    expect(page.locator("#message-count")).to_have_text("")
    page.fill("#message", "x" * 4001)
    expect(page.locator("#message-count")).to_have_text("Characters left: 999")
    page.fill("#message", "\U0001f600" * 5001)
    expect(page.locator("#message-count")).to_have_text("Too many characters: 1")
