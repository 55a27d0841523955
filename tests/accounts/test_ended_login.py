"""A form posted after its login had ended: nothing is done, and what was typed comes up again after the login."""

import re
from datetime import timedelta
from html import unescape

import pytest

from clevenio.accounts import drafts
from clevenio.consent import ledger
from clevenio.consent.notices import account_notice
from clevenio.people import identifiers
from clevenio.people import operations as people
from tests.support.accounts import PASSWORD
from tests.support.application import form_token, new_client

EMAIL = "aino@example.com"
PROFILE = {
    "first_name": "Aino",
    "last_name": "Esimerkki-Virtanen",
    "company": "Uusi & Vanha Oy",
    "website": "uusi.example.fi",
    "role": "other",
    "role_other": "Puutarhuri",
    "phone": "not a number",
    "language": "fi",
}
pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


def end(client, app, clock, way):
    """The login of the browser at hand ends."""
    if way == "rested":
        clock.advance(days=40)
    elif way == "elsewhere":
        other = new_client(app)
        other.post("/en/login", data={"email": EMAIL, "password": PASSWORD})
        token = form_token(other.get("/en/account/security"))
        other.post("/en/account/sessions", data={"csrf_token": token, "session": "others"})
    else:
        token = form_token(client.get("/en/account"))
        client.post("/en/logout", data={"csrf_token": token})


def fields(page):
    """What stands in the inputs of a page, or of a part of its text, by name."""
    found = {}
    for tag in re.findall(r"<input[^>]*>", page if isinstance(page, str) else page.text):
        given = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if given.get("type") != "checkbox" or " checked" in tag:
            found.setdefault(given.get("name"), unescape(given.get("value", "")))
    return found


def opened(client, path="/en/account/profile"):
    """What a form carries besides what is typed, as it was when its page was opened."""
    return {
        name: value for name, value in fields(client.get(path)).items() if name in ("csrf_token", "whose")
    }


def log_in(client, page, email=EMAIL, **more):
    """Send the login form that a page shows, with what it carries."""
    action = unescape(re.search(r'<form method="post" action="([^"]*login[^"]*)"', page.text)[1])
    data = {"draft": fields(page).get("draft", ""), "email": email, "password": PASSWORD}
    return client.post(action, data={**data, **more})


@pytest.mark.parametrize("way", ["rested", "elsewhere", "logged out"])
def test_what_was_typed_comes_up_again_after_the_login_and_is_saved_by_a_press(
    sign_in_account, app, clock, company, way
):
    client = sign_in_account()
    hidden = opened(client)
    end(client, app, clock, way)
    asked = client.post("/en/account/profile", data={**PROFILE, **hidden})
    assert asked.status_code == 403
    assert "Your login had ended, so nothing was saved." in asked.text
    again = log_in(client, asked)
    assert again.status_code == 200
    assert again.headers["Cache-Control"] == "no-store"
    assert "not saved yet" in again.text
    shown = fields(again)
    typed = {name: PROFILE[name] for name in ("last_name", "company", "website", "role_other", "phone")}
    assert {name: shown[name] for name in typed} == typed
    assert company() == "Esimerkki Oy"
    mended = {**PROFILE, "phone": "", "csrf_token": shown["csrf_token"]}
    assert client.post("/en/account/profile", data=mended).status_code == 303
    assert company() == "Uusi & Vanha Oy"


def test_a_wrong_password_on_the_way_loses_nothing(sign_in_account, app, clock):
    client = sign_in_account()
    hidden = opened(client)
    end(client, app, clock, "rested")
    asked = client.post("/en/account/profile", data={**PROFILE, **hidden})
    wrong = log_in(client, asked, password="not this one")
    assert wrong.status_code == 422
    assert "Uusi & Vanha Oy" in unescape(log_in(client, asked, draft=fields(wrong)["draft"]).text)


def test_boxes_come_up_as_they_were_ticked_and_are_in_force_only_by_a_press(
    sign_in_account, app, clock, other_session
):
    client = sign_in_account()
    before = fields(client.get("/en/account"))
    end(client, app, clock, "rested")
    data = {"surveys": "yes", "notice": account_notice("en").id, "stood": "", "whose": before["whose"]}
    again = log_in(client, client.post("/en/account/choices", data=data))
    assert re.search(r'name="surveys"[^>]*checked', again.text)
    assert not re.search(r'name="trials"[^>]*checked', again.text)

    def decided():
        with other_session() as session:
            person = people.find(session, identifiers.address(EMAIL)).id
            return ledger.decisions_of(session, person).get("surveys")

    assert decided() is None
    press = {**data, "csrf_token": fields(again)["csrf_token"]}
    assert client.post("/en/account/choices", data=press).status_code == 303
    assert decided() == ledger.State.GRANTED


def test_boxes_ticked_beside_older_words_are_to_be_chosen_anew(sign_in_account, app, clock):
    client = sign_in_account()
    data = {"surveys": "yes", "notice": "0" * 32, "stood": "", **opened(client, "/en/account")}
    end(client, app, clock, "rested")
    again = log_in(client, client.post("/en/account/choices", data=data))
    assert "What the boxes say has changed since you opened this page." in again.text
    assert not re.search(r'name="surveys"[^>]*checked', again.text)


def test_no_password_is_carried_along(sign_in_account, app, clock, settings):
    client = sign_in_account()
    hidden = opened(client, "/en/account/address")
    end(client, app, clock, "rested")
    data = {"email": "uusi@example.fi", "address_password": PASSWORD, "is_staff": "1", **hidden}
    asked = client.post("/en/account/address", data=data)
    draft = drafts.unseal(settings.secret_keys, fields(asked)["draft"], clock.now)
    assert draft.fields == (("email", "uusi@example.fi"),)
    again = log_in(client, asked)
    assert fields(again)["email"] == "uusi@example.fi"
    assert PASSWORD not in again.text
    # There is nothing to carry of a form of passwords: the person is asked to do it once more.
    end(client, app, clock, "rested")
    asked = client.post("/en/account/password", data={"present": PASSWORD, "password": "another pass phrase"})
    assert asked.status_code == 403
    assert "so nothing was done" in asked.text
    assert "another pass phrase" not in asked.text
    assert "draft" not in fields(asked)


def test_whoever_logs_in_to_another_account_sees_nothing_of_it(sign_in_account, app, clock):
    client = sign_in_account()
    sign_in_account("kaarlo@example.com")
    hidden = opened(client)
    end(client, app, clock, "rested")
    asked = client.post("/en/account/profile", data={**PROFILE, **hidden})
    answer = log_in(client, asked, email="kaarlo@example.com")
    assert (answer.status_code, answer.location) == (303, "/en/account/profile")
    assert "Vanha Oy" not in client.get(answer.location).text


def test_a_draft_is_good_for_an_hour_and_only_as_it_was_sealed(sign_in_account, app, clock):
    client = sign_in_account()
    hidden = opened(client)
    end(client, app, clock, "rested")
    asked = client.post("/en/account/profile", data={**PROFILE, **hidden})
    sealed = fields(asked)["draft"]
    assert log_in(client, asked, draft=sealed[:-2] + "xx").status_code == 303
    clock.now += timedelta(minutes=61)
    assert log_in(client, asked).status_code == 303


def test_what_is_larger_than_any_form_is_not_carried(sign_in_account, app, clock):
    client = sign_in_account()
    hidden = opened(client)
    end(client, app, clock, "rested")
    asked = client.post("/en/account/profile", data={**PROFILE, **hidden, "company": "x" * 30_000})
    assert asked.status_code == 403
    assert "draft" not in fields(asked)


@pytest.fixture
def in_one_browser(client, sign_in_account):
    """`in_one_browser(email)`: that account logs in in the one browser, as in another of its tabs."""

    def enter(email):
        sign_in_account(email)
        data = {"email": email, "password": PASSWORD}
        client.delete_cookie("session")
        assert client.post("/en/login", data=data).status_code == 303
        return client

    return enter


def test_a_form_from_before_a_new_login_to_the_account_comes_back_as_it_was_typed(
    client, sign_in_account, company
):
    client = sign_in_account()
    hidden = opened(client)
    client.delete_cookie("session")
    client.post("/en/login", data={"email": EMAIL, "password": PASSWORD})
    stale = client.post("/en/account/profile", data={**PROFILE, **hidden})
    assert stale.status_code == 400
    shown = fields(stale)
    assert shown["company"] == "Uusi & Vanha Oy"
    assert "You have logged in anew since this page was opened, so nothing was saved." in stale.text
    assert company() == "Esimerkki Oy"
    mended = {**PROFILE, "phone": "", "csrf_token": shown["csrf_token"]}
    assert client.post("/en/account/profile", data=mended).status_code == 303
    assert company() == "Uusi & Vanha Oy"


def test_what_one_account_typed_is_not_shown_in_anothers_page(in_one_browser):
    hidden = opened(in_one_browser(EMAIL))
    other = in_one_browser("kaarlo@example.com")
    typed = {**PROFILE, "phone": "+358 40 123 4567", **hidden}
    answer = other.post("/en/account/profile", data=typed)
    assert answer.status_code == 403
    assert "Somebody else has used this browser to log in since the page was opened" in answer.text
    for each in ("Vanha Oy", "Esimerkki-Virtanen", "40 123 4567", EMAIL):
        assert each not in answer.text
    assert "Vanha Oy" not in other.get("/en/account/profile").text


@pytest.mark.parametrize("mark", ["", "forged", "kaarlo"])
def test_a_form_without_a_mark_of_ours_is_shown_to_nobody(sign_in_account, app, clock, mark):
    client = sign_in_account()
    if mark == "kaarlo":
        mark = opened(sign_in_account("kaarlo@example.com"))["whose"].replace("-", "", 1)
    typed = {**PROFILE, "whose": mark, "csrf_token": "from another login"}
    stale = client.post("/en/account/profile", data=typed)
    assert (stale.status_code, "Vanha Oy" in stale.text) == (400, False)
    end(client, app, clock, "rested")
    asked = client.post("/en/account/profile", data=typed)
    assert (asked.status_code, "draft" in fields(asked)) == (403, False)
    assert "so nothing was done" in asked.text


def test_after_logging_out_a_draft_opens_for_its_own_account_alone(sign_in_account, app, clock):
    client = sign_in_account()
    sign_in_account("kaarlo@example.com")
    hidden = opened(client)
    end(client, app, clock, "logged out")
    asked = client.post("/en/account/profile", data={**PROFILE, **hidden})
    other = log_in(client, asked, email="kaarlo@example.com")
    assert (other.status_code, other.location) == (303, "/en/account/profile")
    assert "Vanha Oy" not in client.get(other.location).text
    assert "Vanha Oy" in unescape(log_in(new_client(app), asked).text)


def test_a_draft_that_another_site_brings_is_refused(sign_in_account, app, clock):
    client = sign_in_account()
    hidden = opened(client)
    end(client, app, clock, "rested")
    asked = client.post("/en/account/profile", data={**PROFILE, **hidden})
    data = {"draft": fields(asked)["draft"], "email": EMAIL, "password": PASSWORD}
    answer = client.post("/en/login", data=data, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
