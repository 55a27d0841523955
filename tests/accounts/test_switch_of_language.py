"""The switch of language beside what somebody typed and nobody saved: it keeps the text, and does nothing else."""

import re
from html import unescape

import pytest

from clevenio.consent import ledger
from clevenio.consent.notices import account_notice
from clevenio.people import identifiers
from clevenio.people import operations as people
from tests.accounts.test_ended_login import EMAIL, PROFILE, end, fields, log_in, opened
from tests.support.accounts import PASSWORD
from tests.support.application import new_client

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


def form_of(page):
    """The form that the switch sends along."""
    return page.text.partition('id="typed"')[2].partition("</form>")[0]


def switch(client, page, **typed):
    """Press the switch of a page, with what stands in the form that it sends along."""
    tag = re.search(r'<button class="tongue"[^>]*>', page.text)[0]
    given = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
    assert given["form"] == "typed"
    form = form_of(page)
    chosen = re.findall(r'<select[^>]*name="(\w+)".*?<option selected value="(\w+)"', form, re.DOTALL)
    data = {**fields(form), **dict(chosen), **typed, given["name"]: given["value"]}
    return client.post(unescape(given["formaction"]), data=data)


@pytest.fixture
def drafted(sign_in_account, app, clock):
    """A browser, and the login page that carries what was typed."""
    client = sign_in_account()
    hidden = opened(client)
    end(client, app, clock, "rested")
    return client, client.post("/en/account/profile", data={**PROFILE, **hidden})


def test_the_login_that_carries_a_draft_goes_on_in_the_other_language(drafted, company):
    client, asked = drafted
    page = switch(client, asked, email=EMAIL, password="half a password")
    assert page.status_code == 200
    assert "Kirjautumisesi oli päättynyt" in page.text
    assert (fields(page)["email"], "half a password" in page.text) == (EMAIL, False)
    assert 'action="/fi/kirjaudu?next=/fi/tili/tiedot"' in unescape(page.text)
    data = {"draft": fields(page)["draft"], "email": EMAIL, "password": PASSWORD}
    again = client.post("/fi/kirjaudu", data=data)
    assert fields(again)["company"] == PROFILE["company"]
    assert "Olet taas kirjautuneena" in again.text
    assert company() == "Esimerkki Oy"


def test_what_stands_in_the_form_after_the_login_goes_along_as_it_stands(drafted, company):
    client, asked = drafted
    again = log_in(client, asked)
    page = switch(client, again, phone="still no number")
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert "Kirjoittamasi on alla, mutta sitä ei ole vielä tallennettu" in page.text
    shown = fields(page)
    for name in ("last_name", "company", "website", "role_other"):
        assert shown[name] == PROFILE[name]
    assert shown["phone"] == "still no number"
    assert company() == "Esimerkki Oy"
    back = switch(client, page, phone="")
    assert "What you typed is below and not saved yet" in back.text
    saved = {**PROFILE, "phone": "", "csrf_token": fields(back)["csrf_token"]}
    assert client.post("/en/account/profile", data=saved).status_code == 303
    assert company() == PROFILE["company"]


def test_what_was_refused_goes_along_too(sign_in_account, company):
    client = sign_in_account()
    refused = client.post("/en/account/profile", data={**PROFILE, **opened(client)})
    assert refused.status_code == 422
    page = switch(client, refused, phone="")
    assert (page.status_code, fields(page)["company"]) == (200, PROFILE["company"])
    assert company() == "Esimerkki Oy"


def test_boxes_stay_as_they_are_ticked_beside_the_same_words_in_the_other_language(
    sign_in_account, app, clock, other_session
):
    client = sign_in_account()
    data = {"surveys": "yes", "notice": account_notice("en").id, "stood": "", **opened(client, "/en/account")}
    end(client, app, clock, "rested")
    page = switch(client, log_in(client, client.post("/en/account/choices", data=data)))
    assert re.search(r'name="surveys"[^>]*checked', page.text)
    assert not re.search(r'name="trials"[^>]*checked', page.text)
    assert f'name="notice" value="{account_notice("fi").id}"' in page.text
    with other_session() as session:
        person = people.find(session, identifiers.address(EMAIL)).id
        assert ledger.decisions_of(session, person) == {}
    press = {**fields(form_of(page)), "stood": ""}
    assert client.post("/fi/tili/valinnat", data=press).status_code == 303
    with other_session() as session:
        last = ledger.latest(session, person)["surveys"]
        assert (last.state, last.notice) == (ledger.State.GRANTED, account_notice("fi").id)


def test_boxes_ticked_beside_older_words_are_chosen_anew_in_either_language(sign_in_account):
    client = sign_in_account()
    data = {"surveys": "yes", "notice": "0" * 32, "stood": "", "switch": "1"}
    page = client.post("/fi/tili/valinnat", data={**data, **opened(client, "/en/account")})
    assert page.status_code == 200
    assert not re.search(r'name="surveys"[^>]*checked', page.text)


def test_a_page_that_holds_nothing_typed_has_a_link(sign_in_account, client):
    for page in (sign_in_account().get("/en/account/profile"), client.get("/en/login")):
        assert '<a class="tongue"' in page.text
        assert '<button class="tongue"' not in page.text


def test_the_switch_shows_nobody_what_somebody_else_typed(sign_in_account, app):
    hidden = opened(sign_in_account())
    other = sign_in_account("kaarlo@example.com")
    token = opened(other)["csrf_token"]
    data = {**PROFILE, "whose": hidden["whose"], "csrf_token": token, "switch": "1"}
    answer = other.post("/fi/tili/tiedot", data=data)
    assert (answer.status_code, "Vanha Oy" in unescape(answer.text)) == (403, False)


def test_the_switch_takes_a_login_and_a_token(sign_in_account, app, company):
    client = sign_in_account()
    typed = {**PROFILE, "switch": "1"}
    assert client.post("/fi/tili/tiedot", data=typed).status_code == 400
    token = {"csrf_token": opened(client)["csrf_token"]}
    assert client.post("/fi/tili/tiedot", data={**typed, **token}).status_code == 403
    assert new_client(app).post("/fi/tili/tiedot", data=typed).status_code == 403
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert (
        client.post("/fi/tili/tiedot", data={**typed, **opened(client)}, headers=headers).status_code == 403
    )
    assert company() == "Esimerkki Oy"
