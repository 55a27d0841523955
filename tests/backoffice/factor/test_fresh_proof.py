"""A fresh proof before exports, roles and factors: asked for after ten minutes, and nothing typed is lost by it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from clevenio.accounts.models import LoginSession
from tests.backoffice.factor.conftest import confirm, log_in, renew
from tests.support.application import form_token
from tests.support.staff import (
    PASSWORD,
    code_at,
    pass_factor,
)
from tests.support.staff import SUPPORT as EMAIL

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


def test_ten_minutes_after_the_last_proof_another_one_is_asked_for(client, member, clock, actions):
    pass_factor(log_in(client), clock.now)
    clock.advance(minutes=9, seconds=59)
    assert "Your recovery codes" in renew(client).text
    clock.advance(seconds=1)
    response = renew(client)
    assert response.status_code == 403
    assert "Confirm that it is you" in response.text
    assert actions().count("staff.codes_renewed") == 1


def test_looking_needs_no_fresh_proof(inside):
    assert inside.get("/staff/security").status_code == 200
    assert inside.get("/staff/inquiries").status_code == 200


def test_a_page_that_needs_one_leads_back_after_it(inside, clock):
    assert inside.get("/staff/security/app").location == "/staff/confirmation?next=/staff/security/app"
    assert confirm(inside, clock, "?next=/staff/security/app").location == "/staff/security/app"
    assert inside.get("/staff/security/app").status_code == 200


def test_the_filters_of_a_page_come_along_through_password_factor_and_proof(client, member, clock, app):
    wanted = "/staff/inquiries?state=open&page=2"
    arrival = client.get("/staff/inquiries?state=open&page=2")
    assert arrival.location == "/staff/login?next=/staff/inquiries?state%3Dopen%26page%3D2"
    sent = {"email": EMAIL, "password": PASSWORD}
    half = client.post(arrival.location, data=sent)
    token = form_token(client.get(half.location))
    answered = client.post(half.location, data={"factor_code": code_at(clock.now), "csrf_token": token})
    assert answered.location == wanted
    clock.advance(minutes=11)
    asked = client.get("/staff/security/app?device=my+phone%26more&device=b")
    question = client.get(asked.location)
    sent = {"factor_code": code_at(clock.now), "csrf_token": form_token(question)}
    back = client.post(asked.location, data=sent).location
    assert back == "/staff/security/app?device=my+phone%26more&device=b"


@pytest.mark.parametrize(
    ("address", "act"),
    [
        ("/staff/security/app", "Set an authenticator app up"),
        ("/staff/security/passkeys?x=1", "Add a passkey"),
        ("/staff/audiences/downloads/token", "Download a file"),
    ],
)
def test_the_page_says_what_the_proof_is_for(inside, address, act):
    page = inside.get("/staff/confirmation", query_string={"next": address})
    assert act in page.text
    refused = inside.post(
        "/staff/confirmation", query_string={"next": address}, data={"csrf_token": form_token(page)}
    )
    assert refused.status_code == 422
    assert act in refused.text


def test_a_posted_act_is_named_on_the_page_that_asks(inside):
    page = renew(inside)
    assert page.status_code == 403
    assert "Make new recovery codes" in page.text


@pytest.mark.parametrize("address", ["/staff/", "/staff/nothing", "//evil.example", "https://evil.example/x"])
def test_where_nothing_takes_a_proof_the_page_names_nothing(inside, address):
    page = inside.get("/staff/confirmation", query_string={"next": address})
    assert page.status_code == 200
    assert "What it is for" not in page.text
    assert "evil" not in page.text.partition("<main")[2]


@pytest.mark.parametrize("wanted", ["https://evil.example", "//evil.example", "/\\evil.example", "/en/"])
def test_it_leads_nowhere_else(inside, clock, wanted):
    assert confirm(inside, clock, f"?next={wanted}").location == "/staff/"


def test_what_was_posted_is_carried_along_and_done_once_the_proof_is_there(inside, clock, actions):
    page = renew(inside, note='two "words" & <more>')
    assert 'name="note" value="two &#34;words&#34; &amp; &lt;more&gt;"' in page.text
    assert 'action="/staff/security/recovery-codes"' in page.text
    assert "staff.codes_renewed" not in actions()
    sent = {"csrf_token": form_token(page), "factor_code": "000000", "note": "kept"}
    page = inside.post("/staff/security/recovery-codes", data=sent)
    assert page.status_code == 422
    assert 'name="note" value="kept"' in page.text
    assert "staff.codes_renewed" not in actions()
    sent = {"csrf_token": form_token(page), "factor_code": code_at(clock.now)}
    assert "Your recovery codes" in inside.post("/staff/security/recovery-codes", data=sent).text
    assert actions()[-2:] == ["staff.confirm", "staff.codes_renewed"]


def test_neither_passwords_nor_answers_are_written_into_the_page(inside):
    page = renew(inside, password="secret one", current_password="secret two", factor_code="")
    assert "secret" not in page.text


def test_a_used_code_confirms_nothing(inside, clock, actions):
    sent = {"csrf_token": form_token(inside.get("/staff/")), "factor_code": code_at(clock.now)}
    assert inside.post("/staff/security/recovery-codes", data=sent).status_code == 200
    clock.advance(minutes=10)
    sent["factor_code"] = code_at(clock.now - timedelta(minutes=10))
    assert inside.post("/staff/security/recovery-codes", data=sent).status_code == 422
    assert actions().count("staff.codes_renewed") == 1


def test_a_proof_lengthens_no_session(inside, clock, other_session):
    confirm(inside, clock)
    with other_session() as session:
        row = session.scalars(select(LoginSession).where(LoginSession.ended_at.is_(None))).one()
        assert row.ends_at - row.created_at == timedelta(hours=12)
        assert row.confirmed_at == clock.now


def test_an_export_takes_a_fresh_proof(app, sign_in_staff, clock):
    client = sign_in_staff("marketer")
    token = form_token(client.get("/staff/audiences"))
    clock.advance(minutes=11)
    for path in ("/staff/audiences/exports", "/staff/audiences/removals"):
        asked = client.post(path, data={"csrf_token": token, "segment": "all", "platform": "google"})
        assert asked.status_code == 303
        assert asked.location.startswith("/staff/confirmation?posted=")
        assert "google" not in asked.location
    assert client.get("/staff/audiences/downloads/token").location.startswith("/staff/confirmation?")


@pytest.fixture
def officer(app, sign_in_staff, clock):
    """A privacy officer who came in eleven minutes ago."""
    client = sign_in_staff("privacy_officer")
    clock.advance(minutes=11)
    return client


def ask_for_entries(client, **fields):
    """Ask for the entries of the trail that tell of lists, as a file."""
    sent = {"csrf_token": form_token(client.get("/staff/audit")), "action": "audit.list", **fields}
    return client.post("/staff/audit/export", data=sent)


def prove(client, address, code):
    """Answer the page at an address that asks for a proof."""
    page = client.get(address)
    return client.post(address, data={"csrf_token": form_token(page), "factor_code": code})


def test_a_file_is_offered_once_the_proof_is_there_because_the_browser_would_stay_where_it_asked(
    officer, clock
):
    asked = ask_for_entries(officer)
    page = officer.get(asked.location)
    assert "Download the audit trail" in page.text
    assert prove(officer, asked.location, "000000").status_code == 422
    offered = officer.get(prove(officer, asked.location, code_at(clock.now)).location)
    assert offered.mimetype == "text/html"
    assert 'name="action" value="audit.list"' in offered.text
    assert "factor_code" not in offered.text
    assert 'action="/staff/audit/export"' in offered.text
    again = {"csrf_token": form_token(offered), "action": "audit.list"}
    assert officer.post("/staff/audit/export", data=again).mimetype == "text/csv"


def test_the_pages_that_ask_for_a_proof_and_offer_the_file_are_looked_at_again_without_a_post(officer, clock):
    asked = ask_for_entries(officer)
    assert (asked.status_code, officer.get(asked.location).status_code) == (303, 200)
    proved = prove(officer, asked.location, code_at(clock.now))
    assert proved.status_code == 303
    for _time in range(2):
        assert "Confirmed: it is you" in officer.get(proved.location).text
    clock.advance(minutes=11)
    assert officer.get(proved.location).location.startswith(
        "/staff/confirmation?next=/staff/confirmation/file"
    )


def test_whoever_brings_the_proof_with_the_form_is_led_to_the_same_offer(officer, clock):
    offered = ask_for_entries(officer, factor_code=code_at(clock.now))
    assert offered.status_code == 303
    page = officer.get(offered.location)
    assert 'name="action" value="audit.list"' in page.text
    assert "factor_code" not in page.text


def test_what_was_posted_for_a_file_is_offered_to_nobody_else_and_for_an_hour(officer, sign_in_staff, clock):
    offer = prove(officer, ask_for_entries(officer).location, code_at(clock.now)).location
    other = sign_in_staff("privacy_officer", email="other@example.com")
    assert other.get(offer).status_code == 404
    assert officer.get(offer).status_code == 200
    for _half in range(2):
        clock.advance(minutes=30)
        officer.get("/staff/")
    confirmed = prove(officer, officer.get(offer).location, code_at(clock.now))
    assert officer.get(confirmed.location).status_code == 404


@pytest.mark.parametrize("link", ["/staff/audiences/downloads/forged", "/staff/recipients/files/forged"])
def test_a_link_that_leads_to_no_file_is_not_offered(inside, clock, link):
    proved = confirm(inside, clock, f"?next={link}")
    assert proved.status_code == 303
    offered = inside.get(proved.location)
    assert offered.status_code == 404
    assert "Confirmed: it is you" not in offered.text
    assert link not in offered.text.partition("<main")[2]
