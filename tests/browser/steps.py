"""What several walks through the site have in common, each step as somebody takes it in a browser."""

import time
from hashlib import sha256

import pyotp

from clevenio.consent import ledger
from clevenio.people import identifiers, operations
from tests.support.mailbox import link_in
from tests.support.staff import PASSWORD as STAFF_PASSWORD

PASSWORD = "seitsemän veljestä metsässä"
PATHS = {
    "fi": {"signup": "/fi/rekisteroidy", "login": "/fi/kirjaudu", "account": "/fi/tili"},
    "en": {"signup": "/en/signup", "login": "/en/login", "account": "/en/account"},
}
OPEN = {"fi": "Avaa tilini", "en": "Open my account"}
LETTERS = {
    "fi": "# Kolme kysymystä ennen ensimmäistä soittoa\n\nMitä asiakas *jo* tietää?\n",
    "en": "# Three questions before the first call\n\nWhat does the customer know *already*?\n",
}


def look(page, shot, name, language):
    """Keep a picture at each width, and see that nothing scrolls sideways."""
    page.wait_for_load_state()
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        shot(page, f"{name}-{language}-{width}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)


def sign_up(page, site, language, email, *ticked, role="marketing"):
    """Fill in the signup, open the mail, press its button: an account with these boxes ticked."""
    page.goto(site.url + PATHS[language]["signup"])
    for name, value in {
        "first_name": "Maija-Liisa",
        "last_name": "Esimerkki",
        "email": email,
        "phone": "040 123 4567",
        "company": "Esimerkki Oy",
        "website": "esimerkki.example.fi",
        "password": PASSWORD,
    }.items():
        page.fill(f"main [name={name}]", value)
    page.select_option("main [name=role]", role)
    for box in (*ticked, "terms"):
        page.check(f"main [name={box}]")
    page.locator("main form .button").last.click()
    mail = site.mailbox.newest(email, seconds=10)
    page.goto(site.url + link_in(mail, "/v/"))
    page.get_by_role("button", name=OPEN[language]).click()
    page.locator("main a[href$='kirjaudu'], main a[href$='login']").wait_for()


def log_in(page, site, language, email):
    """Come to the account's page by the login form."""
    page.goto(site.url + PATHS[language]["login"])
    page.fill("main [name=email]", email)
    page.fill("main [name=password]", PASSWORD)
    page.locator("main form .button").click()
    page.wait_for_url(site.url + PATHS[language]["account"])


def enter_as_staff(page, site, email, *roles):
    """Take an invitation to the back office, set a password and an app up. Returns the app's secret."""
    chosen = [part for role in roles for part in ("--role", role)]
    page.goto(site.run("staff", "invite", email, *chosen).stdout.strip())
    page.fill("#password", STAFF_PASSWORD)
    page.locator("main form .button").click()
    return set_an_app_up(page)


def set_an_app_up(page):
    """From the password on, the first time: choose an app, type its code, keep the recovery codes."""
    page.wait_for_url("**/staff/first-factor")
    page.locator("main a[href='/staff/security/app']").click()
    secret = page.locator("#key").inner_text().replace(" ", "")
    page.fill("#code", pyotp.TOTP(secret).now())
    page.locator("main form .button").click()
    page.locator("main .codes").wait_for()
    page.locator("main a.button").click()
    page.wait_for_url("**/staff/")
    return secret


def answer_with_app(page, secret):
    """Type a code of an app: the next one, as a clock a little ahead shows it, for each works once."""
    page.fill("#factor_code", pyotp.TOTP(secret).at(time.time() + 30))
    page.locator("main form .button:not([type=button])").first.click()


def send_newsletter(site, topic="newsletter"):
    """Mail the letter to everybody on a topic. Returns what the command said."""
    for language, text in LETTERS.items():
        (site.data / f"{language}.md").write_text(text, encoding="utf-8")
    done = site.run("newsletter", "send", "--topic", topic, "--fi", "fi.md", "--en", "en.md")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def decisions(site, email):
    """The last decision on each purpose of whoever has the address; None for nobody."""
    with site.session() as session:
        person = operations.find(session, identifiers.address(email))
        return ledger.decisions_of(session, person.id) if person else None


def digest(form):
    """What a platform matches by, computed apart from the code under test."""
    return sha256(form.encode()).hexdigest()


def download(page, button):
    """Press a button whose form answers with a file. Returns the download and the answer it came in."""
    with (
        page.expect_download() as file,
        page.expect_response(lambda answer: "/downloads/" in answer.url) as answer,
    ):
        page.get_by_role("button", name=button).click()
    return file.value, answer.value


def number_of(page, place):
    """The number at a place among a page's figures."""
    return int("".join(filter(str.isdigit, page.locator(".stats dd").nth(place).inner_text())))
