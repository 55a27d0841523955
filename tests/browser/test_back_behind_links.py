"""Back and Reload on the pages behind mailed links, which send nothing again and show how it stands now."""

from itertools import count

import pytest
from playwright.sync_api import expect

from clevenio.consent.ledger import State
from tests.browser.steps import decisions, look, send_newsletter
from tests.support.browser import TWO_KINDS
from tests.support.mailbox import link_in

pytestmark = pytest.mark.browser

_numbers = count(1)
ON = {"fi": "/fi/uutiskirje", "en": "/en/newsletter"}
ASK = {"fi": "/fi/valinnat/linkki", "en": "/en/choices/link"}
OWN = {"fi": "/fi/omat-valinnat/", "en": "/en/my-choices/"}
WORDS = {
    "fi": {
        "subscribe": "Tilaa",
        "confirm": "Vahvista tilaus",
        "on": "Olet listalla",
        "already": "Tilaus on jo vahvistettu",
        "open": "Avaa valintani",
        "save": "Tallenna valinnat",
        "own": "Omat valintasi",
        "everything": "Lopeta kaikki",
        "close": "Sulje tämä sivu",
        "closed": "Sivu on suljettu",
        "used": "Linkki on jo avattu",
        "forward": "askeleen eteenpäin",
        "this": "Lopeta tämä",
        "off": "Tilaus on lopetettu",
        "what": "Mitä et enää halua saada?",
    },
    "en": {
        "subscribe": "Subscribe",
        "confirm": "Confirm the subscription",
        "on": "You are on the list",
        "already": "Already confirmed",
        "open": "Open my choices",
        "save": "Save the choices",
        "own": "Your choices",
        "everything": "Stop everything",
        "close": "Close this page",
        "closed": "The page is closed",
        "used": "This link has been opened",
        "forward": "one step forward",
        "this": "Stop this",
        "off": "You are unsubscribed",
        "what": "What would you like to stop?",
    },
}


@pytest.fixture
def person(live_site, page, language):
    """Somebody on the list, by the form and the link that was mailed."""
    email = f"aino{next(_numbers)}.{language}@example.com"
    page.goto(live_site.url + ON[language])
    page.fill("main [name=email]", email)
    press(page, language, "subscribe")
    page.goto(live_site.url + link_in(live_site.mailbox.newest(email, seconds=10), "/c/"))
    press(page, language, "confirm")
    see(page, language, "on")
    return email


def press(page, language, button):
    page.get_by_role("button", name=WORDS[language][button], exact=True).click()


def see(page, language, heading):
    expect(page.get_by_role("heading", level=1)).to_have_text(WORDS[language][heading])


def open_own_choices(live_site, page, person, language, count=2):
    """Ask for the link, which is the person's mail number `count`, and press its button."""
    page.goto(live_site.url + ASK[language])
    page.fill("main [name=email]", person)
    page.locator("main form .button").last.click()
    mail = live_site.mailbox.newest(person, count=count, seconds=10)
    page.goto(live_site.url + link_in(mail, OWN[language]))
    press(page, language, "open")
    expect(page.locator("#typed [name=surveys]")).to_be_visible()


def test_a_confirmation_is_looked_at_again(live_site, page, person, language):
    page.reload()
    see(page, language, "on")
    page.go_back()
    see(page, language, "already")
    assert decisions(live_site, person) == {"newsletter": State.GRANTED}


def test_the_way_out(live_site, page, person, language, shot):
    send_newsletter(live_site)
    page.goto(live_site.url + link_in(live_site.mailbox.newest(person, count=2), "/u/"))
    posted = []
    page.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)
    press(page, language, "this")
    see(page, language, "off")
    look(page, shot, "left", language)
    page.fill("#reason", "Liian usein")
    page.locator("main form:has(#reason) button").click()
    expect(page.locator("main .notice")).to_be_visible()
    page.reload()
    expect(page.locator("main .notice")).to_be_visible()
    page.go_back()
    see(page, language, "off")
    expect(page.locator("#reason")).to_be_visible()
    page.locator("main [name=undo]").click()
    see(page, language, "what")
    expect(page.locator("main .notice")).to_be_visible()
    page.go_back()
    see(page, language, "what")
    page.go_forward()
    see(page, language, "what")
    assert len(posted) == 3
    assert decisions(live_site, person) == {"newsletter": State.GRANTED}


def test_ones_own_choices(live_site, page, person, language, shot):
    open_own_choices(live_site, page, person, language)
    posted = []
    page.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)
    page.check("#typed [name=surveys]")
    press(page, language, "save")
    expect(page.locator("main .notice")).to_be_visible()
    look(page, shot, "own-choices", language)
    page.reload()
    expect(page.locator("#typed [name=surveys]")).to_be_checked()
    page.go_back()
    expect(page.locator("#typed [name=surveys]")).to_be_checked()
    expect(page.locator("main .notice")).to_have_count(0)
    page.go_forward()
    expect(page.locator("#typed [name=surveys]")).to_be_checked()
    # What was ticked and not saved goes along to the other language, and is there after a reload.
    page.check("#typed [name=trials]")
    page.locator(".tongue").click()
    other = {"fi": "en", "en": "fi"}[language]
    expect(page.locator("html")).to_have_attribute("lang", other)
    page.reload()
    expect(page.locator("#typed [name=trials]")).to_be_checked()
    assert decisions(live_site, person) == {"newsletter": State.GRANTED, "surveys": State.GRANTED}
    press(page, other, "save")
    page.go_back()
    expect(page.locator("html")).to_have_attribute("lang", other)
    press(page, other, "everything")
    expect(page.locator("main .notice")).to_be_visible()
    page.go_back()
    expect(page.locator("#typed [name=surveys]")).not_to_be_checked()
    # What was saved before is in force no more.
    page.go_back()
    expect(page.locator("html")).to_have_attribute("lang", language)
    assert "said=choices" in page.url
    expect(page.locator("#typed [name=surveys]")).not_to_be_checked()
    expect(page.locator("main .notice")).to_have_count(0)
    assert len(posted) == 4


@TWO_KINDS
def test_an_opened_page_is_one_step_forward_until_it_is_closed(
    live_site, page, new_page, person, language, shot
):
    open_own_choices(live_site, page, person, language)
    # One step back lies the link, which opens no more and says where the page is.
    page.go_back()
    see(page, language, "used")
    expect(page.locator("main")).to_contain_text(WORDS[language]["forward"])
    page.go_forward()
    expect(page.locator("#typed [name=surveys]")).to_be_visible()
    other = {"fi": "en", "en": "fi"}[language]
    # The address alone, handed on or typed in, shows a button.
    stranger = new_page(language=language)
    stranger.goto(page.url)
    assert person not in stranger.content()
    expect(stranger.locator("#typed [name=surveys]")).to_have_count(0)
    # The button is there in the other language, too, and opens the page in that one.
    stranger.locator(".tongue").click()
    expect(stranger.locator("html")).to_have_attribute("lang", other)
    assert person not in stranger.content()
    press(stranger, other, "open")
    expect(stranger.locator("#typed [name=surveys]")).to_be_visible()
    press(page, language, "close")
    see(page, language, "closed")
    look(page, shot, "own-choices-closed", language)
    for _ in range(3):
        page.go_back()
        assert person not in page.content()
        expect(page.locator("#typed [name=surveys]")).to_have_count(0)


@pytest.mark.parametrize("javascript", [True])
def test_the_next_page_learns_no_address_with_a_token_and_posts_say_where_they_come_from(
    live_site, page, person, language
):
    send_newsletter(live_site)
    posted = []
    page.on("request", lambda request: posted.append(request) if request.method == "POST" else None)
    page.goto(live_site.url + link_in(live_site.mailbox.newest(person, count=2), "/u/"))
    press(page, language, "this")
    see(page, language, "off")
    page.locator(".masthead .brand").click()
    expect(page.locator(".masthead .tongue")).to_be_visible()
    assert page.evaluate("document.referrer") == live_site.url + "/"
    open_own_choices(live_site, page, person, language, count=3)
    assert "page=" in page.url
    page.locator(".masthead .brand").click()
    page.wait_for_url(f"{live_site.url}/{language}/")
    assert page.evaluate("document.referrer") == live_site.url + "/"
    # Where a browser knows no Fetch Metadata, this is what our check of posts goes by.
    assert {request.all_headers()["origin"] for request in posted} == {live_site.url}
