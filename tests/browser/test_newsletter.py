"""On the list with an address alone, and off it again by the link in the mail or the mail client's button."""

from itertools import count
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from clevenio.consent import ledger
from clevenio.consent.ledger import State
from clevenio.newsletter.models import Departure
from clevenio.people import identifiers, operations
from tests.browser.steps import LETTERS, decisions, send_newsletter
from tests.support.browser import TWO_KINDS
from tests.support.mailbox import link_in, text_of

pytestmark = pytest.mark.browser

_numbers = count(1)
PATHS = {"fi": "/fi/uutiskirje", "en": "/en/newsletter"}
WORDS = {
    "fi": {
        "subscribe": "Tilaa",
        "mend": "Kirjoita sähköpostiosoite.",
        "sent": "Tarkista sähköpostisi",
        "confirm": "Vahvista tilaus",
        "on": "Olet listalla",
        "this": "Lopeta tämä",
        "everything": "Lopeta kaikki",
        "off": "Tilaus on lopetettu",
        "tell": "Kerro syy",
        "thanks": "Kiitos, että kerroit syyn.",
    },
    "en": {
        "subscribe": "Subscribe",
        "mend": "Type an e-mail address.",
        "sent": "Check your e-mail",
        "confirm": "Confirm the subscription",
        "on": "You are on the list",
        "this": "Stop this",
        "everything": "Stop everything",
        "off": "You are unsubscribed",
        "tell": "Tell us",
        "thanks": "Thank you for telling us why.",
    },
}


def history(live_site, email):
    with live_site.session() as session:
        person = operations.find(session, identifiers.address(email))
        return [(row.purpose, row.state, row.channel) for row in ledger.history(session, person.id)]


def reasons(live_site):
    with live_site.session() as session:
        return session.scalars(select(Departure.reason)).all()


@TWO_KINDS
def test_an_address_alone_gets_on_the_list_and_off_it(live_site, page, language, javascript, shot):
    words, email = WORDS[language], f"aino{next(_numbers)}.{language}@example.com"
    name = f"{language}-{'js' if javascript else 'plain'}"

    def press(button):
        page.get_by_role("button", name=words[button], exact=True).click()

    def see(heading):
        expect(page.get_by_role("heading", level=1)).to_have_text(words[heading])

    page.goto(live_site.url + PATHS[language])
    assert page.locator("main input[type=checkbox]:checked").count() == 0
    press("subscribe")
    expect(page.locator("#email-error")).to_have_text(words["mend"])
    shot(page, f"newsletter-error-{name}")
    page.fill("main [name=email]", email)
    press("subscribe")
    see("sent")
    shot(page, f"newsletter-sent-{name}")
    assert page.context.cookies() == []

    page.goto(live_site.url + link_in(live_site.mailbox.newest(email, seconds=10), "/c/"))
    shot(page, f"newsletter-confirmation-{name}")
    assert decisions(live_site, email) is None
    press("confirm")
    see("on")
    granted = [("newsletter", "granted", "confirmation")]
    assert history(live_site, email) == granted

    assert send_newsletter(live_site) == "1 candidate: 1 sent."
    letter = live_site.mailbox.newest(email, count=2)
    assert letter["Subject"] == LETTERS[language].partition("\n")[0].removeprefix("# ")
    page.goto(live_site.url + link_in(letter, "/u/"))
    shot(page, f"unsubscribe-{name}")
    page.reload()
    assert history(live_site, email) == granted

    press("this")
    see("off")
    shot(page, f"unsubscribed-{name}")
    assert decisions(live_site, email) == {"newsletter": State.WITHDRAWN}
    page.locator("main [name=undo]").click()
    expect(page.locator("main .notice")).to_be_visible()
    assert decisions(live_site, email) == {"newsletter": State.GRANTED}
    press("everything")
    see("off")
    left = decisions(live_site, email)
    assert left.pop("newsletter") is State.WITHDRAWN
    # What was never granted is refused from now on, audiences included.
    assert set(left.values()) == {State.REFUSED}
    assert {"surveys", "ad_audiences:google"} <= set(left)
    page.fill("#reason", f"Liian usein – too often ({name})")
    press("tell")
    expect(page.locator("main .notice")).to_have_text(words["thanks"])
    shot(page, f"unsubscribed-everything-{name}")
    assert f"Liian usein – too often ({name})" in reasons(live_site)
    assert {channel for _, _, channel in history(live_site, email)[1:]} == {"unsubscribe_page"}
    assert send_newsletter(live_site) == "0 candidates: nobody to mail."


@pytest.mark.parametrize("javascript", [True])
def test_the_mail_clients_one_click_ends_that_topic_alone(live_site, page, language):
    email = f"kaarlo.{language}@example.com"
    page.goto(live_site.url + PATHS[language])
    page.fill("main [name=email]", email)
    for topic in ("newsletter", "surveys"):
        page.check(f"main [value={topic}]")
    page.get_by_role("button", name=WORDS[language]["subscribe"], exact=True).click()
    page.goto(live_site.url + link_in(live_site.mailbox.newest(email, seconds=10), "/c/"))
    page.get_by_role("button", name=WORDS[language]["confirm"]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(WORDS[language]["on"])
    send_newsletter(live_site)

    letter = live_site.mailbox.newest(email, count=2)
    field, _, value = letter["List-Unsubscribe-Post"].partition("=")
    way_out = letter["List-Unsubscribe"].strip("<>")
    # As a mail provider's server does: no cookie, no Origin, nothing of a browser's (RFC 8058 3.2).
    with urlopen(Request(way_out, urlencode({field: value}).encode(), method="POST"), timeout=10) as answer:
        assert (answer.status, answer.url) == (200, way_out)
    assert way_out in text_of(letter)
    assert decisions(live_site, email) == {"newsletter": State.WITHDRAWN, "surveys": State.GRANTED}
    assert history(live_site, email)[-1] == ("newsletter", "withdrawn", "one_click")
    page.goto(way_out)
    expect(page.get_by_role("heading", level=1)).to_have_text(WORDS[language]["off"])


@pytest.mark.parametrize("width", [320])
def test_a_narrow_screen_shows_the_whole_form(live_site, new_page, language, width, shot):
    page = new_page(language=language, width=width)
    page.goto(live_site.url + PATHS[language])
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shot(page, f"newsletter-{language}-{width}")
