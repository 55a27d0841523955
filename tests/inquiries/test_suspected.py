"""An inquiry with the field filled in that people do not meet: kept apart, never lost, mailed to nobody."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from clevenio.audit import AuditEntry
from clevenio.inquiries import operations, queries
from clevenio.inquiries.models import Inquiry, State
from clevenio.outbox import Mail
from clevenio.people import restrictions
from tests.inquiries.conftest import a_message
from tests.support.application import form_token
from tests.support.factories import NOW
from tests.support.retention import let_go
from tests.support.staff import make_member

GOOD = {"name": "Aino Esimerkki", "email": "aino@example.com", "message": "How do I begin?"}
FILLED = {**GOOD, "subject": "Cheap watches"}
DAYS = timedelta(days=30)


def suspected(text="Buy watches"):
    return a_message(text, is_suspected=True)


def stored(other_session):
    with other_session() as session:
        states = session.scalars(select(Inquiry.state)).all()
        return sorted(states), session.scalars(select(Mail.kind)).all()


@pytest.mark.parametrize("path", ["/fi/yhteys", "/en/contact"])
def test_a_program_gets_the_answer_of_a_success_and_nobody_gets_mail(client, other_session, path):
    answers = [client.post(path, data=data) for data in (GOOD, FILLED)]
    assert answers[0].status_code == answers[1].status_code == 303
    assert answers[0].location == answers[1].location
    assert stored(other_session) == ([State.OPEN, State.SUSPECTED], ["inquiry"])


def test_whoever_sends_the_same_words_without_the_field_is_heard(client, other_session):
    for data in (FILLED, GOOD, FILLED):
        client.post("/en/contact", data=data)
    assert stored(other_session)[0] == [State.OPEN, State.SUSPECTED]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_form_without_the_field_is_no_program(client, other_session):
    client.post("/en/contact", data=GOOD)
    client.post("/en/contact", data={**GOOD, "message": "Again", "subject": ""})
    assert stored(other_session)[0] == [State.OPEN, State.OPEN]


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("path", "label"),
    [("/en/contact", "Leave this field empty"), ("/fi/yhteys", "Jätä tämä kenttä tyhjäksi")],
)
def test_no_person_meets_the_field_and_no_browser_fills_it(client, path, label):
    page = client.get(path).text
    [(around, field)] = re.findall(
        r"<div ([^>]*)>\s*<label[^>]*>[^<]*</label>\s*<input ([^>]*id=\"subject\"[^>]*)", page
    )
    assert "inert" in around
    assert 'aria-hidden="true"' in around
    assert 'tabindex="-1"' in field
    assert 'autocomplete="off"' in field
    assert "required" not in field
    assert label in page


def test_it_stands_in_no_list_but_its_own(database, settings):
    with database.session() as session:
        operations.send(session, settings, suspected(), "en", NOW)
        operations.send(session, settings, a_message(), "en", NOW)
        session.flush()
        assert session.scalars(queries.inbox()).one().state == State.OPEN
        assert (
            session.scalars(queries.inbox(queries.Wanted(state="suspected"))).one().state == State.SUSPECTED
        )
        assert queries.count(session, State.OPEN) == 1
        [due] = queries.due(session, NOW)
        assert due.text.startswith("1 inquiry waits")


def test_whoever_sees_that_a_person_wrote_it_opens_it_and_its_receipt_goes(database, settings):
    with database.session() as session:
        member = make_member(session, "answers@example.com", "support")
        inquiry = operations.send(session, settings, suspected(), "fi", NOW)
        session.flush()
        for _ in range(2):
            operations.set_state(session, settings, member, inquiry.id, State.OPEN, NOW)
        mail = session.scalars(select(Mail)).one()
        assert (mail.recipient, mail.kind) == ("aino@example.com", "inquiry")
        assert inquiry.receipt.encode() in mail.message
        assert [each.action for each in session.scalars(select(AuditEntry))] == ["inquiries.open"]


def test_it_goes_when_its_time_is_over_and_others_stay(database, settings):
    with database.session() as session:
        operations.send(session, settings, suspected(), "en", NOW)
        operations.send(session, settings, suspected("Later"), "en", NOW + timedelta(seconds=1))
        operations.send(session, settings, a_message(), "en", NOW)
        session.commit()
        let_go(session, queries.SWEEPS, NOW + DAYS)
        session.commit()
        left = session.scalars(select(Inquiry.message).order_by(Inquiry.message)).all()
        assert left == ["How do I begin?", "Later"]


def test_a_restricted_one_stays(database, settings):
    with database.session() as session:
        operations.send(session, settings, suspected(), "en", NOW)
        restrictions.restrict(session, "aino@example.com", restrictions.Ground.GUARDIAN, uuid4(), NOW)
        session.commit()
        let_go(session, queries.SWEEPS, NOW + DAYS)
        assert session.scalars(select(Inquiry)).one()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_inbox_says_how_many_wait_apart_and_opens_them(client, sign_in_staff, other_session):
    client.post("/en/contact", data=FILLED)
    staff = sign_in_staff("support")
    inbox = staff.get("/staff/inquiries").text
    assert "1 message was probably sent by a program." in inbox
    assert 'scope="row"' not in inbox
    page = staff.get("/staff/inquiries?state=suspected").text
    number = re.search(r"/staff/inquiries/([0-9a-f-]{36})", page)[1]
    page = staff.get(f"/staff/inquiries/{number}")
    assert "A person wrote this" in page.text
    token = form_token(page)
    staff.post(f"/staff/inquiries/{number}/state", data={"state": "open", "csrf_token": token})
    assert stored(other_session) == ([State.OPEN], ["inquiry"])
    refused = staff.post(f"/staff/inquiries/{number}/state", data={"state": "suspected", "csrf_token": token})
    assert refused.status_code == 422


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_program_is_no_success_of_a_campaign(client, other_session, monkeypatch):
    counted = []
    monkeypatch.setattr("clevenio.inquiries.views.count_campaign", counted.append)
    client.post("/en/contact", data=FILLED)
    assert counted == []
    client.post("/en/contact", data=GOOD)
    assert len(counted) == 1
