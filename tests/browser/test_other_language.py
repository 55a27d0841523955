"""The switch of language on a form that somebody has begun to fill in."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def begin(page, field, text):
    """Type into a field, and wait until the script has come that its focus fetches."""
    with page.expect_response("**/tongue.js*") as fetched:
        page.fill(field, text)
    assert page.evaluate("address => import(address).then(() => true)", fetched.value.url)


@pytest.mark.parametrize(
    ("path", "other", "field"),
    [
        ("/en/contact", "/fi/yhteys", "message"),
        ("/en/signup", "/fi/rekisteroidy", "first_name"),
        ("/en/newsletter", "/fi/uutiskirje", "email"),
        ("/en/login", "/fi/kirjaudu", "email"),
        ("/en/rights", "/fi/oikeudet", "email"),
    ],
)
def test_what_was_typed_and_not_sent_is_there_in_the_other_language(live_site, new_page, path, other, field):
    page = new_page()
    page.goto(live_site.url + path)
    begin(page, f"main [name={field}]", "aino@example.com")
    page.locator(".tongue").click()
    expect(page).to_have_url(live_site.url + other)
    expect(page.locator(f"main [name={field}]")).to_have_value("aino@example.com")
    expect(page.locator("html")).to_have_attribute("lang", "fi")
    expect(page.locator("#errors")).to_have_count(0)
    page.go_back()
    page.fill(f"main [name={field}]", "aino@")
    page.locator("main form .button").last.click()
    expect(page.locator("#errors")).to_be_visible()
    assert page.url == live_site.url + path


@pytest.mark.parametrize("typed", ["nothing", "taken back"])
def test_a_form_that_is_as_it_came_is_left_by_a_link(live_site, new_page, typed):
    page = new_page()
    page.goto(live_site.url + "/en/contact")
    if typed == "taken back":
        begin(page, "#message", "Good morning")
        page.fill("#message", "")
    asked = []
    page.on("request", lambda request: asked.append(request.method))
    page.locator(".tongue").click()
    expect(page).to_have_url(live_site.url + "/fi/yhteys")
    assert "POST" not in asked


def test_the_preference_centre_saves_nothing_by_it(live_site, new_page):
    page = new_page()
    page.goto(live_site.url + "/en/choices")
    page.locator("main [name=category]").first.check()
    page.locator(".tongue").click()
    expect(page).to_have_url(live_site.url + "/fi/valinnat")
    assert not [cookie for cookie in page.context.cookies() if cookie["name"] == "choices"]


def test_a_page_behind_a_mailed_link_is_the_same_one_in_the_other_language(live_site, new_page):
    page, address = new_page(), live_site.url + "/r/" + "a" * 20 + "." + "b" * 43
    page.goto(address)
    assert page.locator("form[data-typed]").count() == 1
    begin(page, "main [name=email]", "nobody@example.com")
    page.locator(".tongue").click()
    expect(page).to_have_url(address + "?language=fi")
    expect(page.locator("html")).to_have_attribute("lang", "fi")


def test_a_wrong_password_marks_its_field(live_site, new_page):
    page = new_page(language="fi")
    page.goto(live_site.url + "/fi/kirjaudu")
    page.fill("#email", "aino@example.fi")
    page.fill("#password", "not the password")
    page.locator("main form .button").click()
    expect(page.locator("#password")).to_have_attribute("aria-invalid", "true")
    page.locator("#errors a").click()
    expect(page.locator("#password")).to_be_focused()
    expect(page.locator("#email")).to_have_value("aino@example.fi")
