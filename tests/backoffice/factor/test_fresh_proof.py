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
        sent = {"csrf_token": token, "segment": "all", "platform": "google"}
        page = client.post(path, data=sent)
        assert page.status_code == 403
        assert 'name="platform" value="google"' in page.text
    assert client.get("/staff/audiences/downloads/token").location.startswith("/staff/confirmation?")


def test_a_file_is_offered_once_the_proof_is_there_because_the_browser_would_stay_where_it_asked(
    app, sign_in_staff, clock
):
    client = sign_in_staff("privacy_officer")
    token = form_token(client.get("/staff/audit"))
    clock.advance(minutes=11)
    sent = {"csrf_token": token, "action": "audit.list", "factor_code": code_at(clock.now)}
    offered = client.post("/staff/audit/export", data=sent)
    assert offered.status_code == 200
    assert offered.mimetype == "text/html"
    assert 'name="action" value="audit.list"' in offered.text
    assert "factor_code" not in offered.text
    assert 'action="/staff/audit/export"' in offered.text
    again = {"csrf_token": form_token(offered), "action": "audit.list"}
    assert client.post("/staff/audit/export", data=again).mimetype == "text/csv"
