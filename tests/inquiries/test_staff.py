from uuid import uuid4

import pytest
from sqlalchemy import select

from clevenio.audit import AuditEntry, subject_hash
from clevenio.inquiries import operations, queries
from clevenio.inquiries.models import Inquiry
from clevenio.inquiries.operations import Message
from clevenio.people import restrictions
from clevenio.people.addresses import address
from tests.support.application import form_token
from tests.support.factories import NOW


@pytest.fixture
def arrive(database, settings):
    """`arrive("text")`: an inquiry that came in; its id."""

    def send(text="How do I begin?", name="Aino Esimerkki"):
        with database.session() as session:
            message = Message(name, address("aino@example.com"), text, "Oy Keksitty Ab")
            inquiry = operations.send(session, settings, message, "fi", NOW)
            session.commit()
            return inquiry.id

    return send


@pytest.fixture
def trail(other_session):
    """The actions and subjects in the audit trail, but for the login."""

    def entries():
        with other_session() as session:
            found = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence)).all()
            return [(entry.action, entry.subject) for entry in found if entry.action != "staff.login"]

    return entries


def test_the_inbox_lists_inquiries_under_audit(arrive, sign_in_staff, trail):
    number = arrive()
    page = sign_in_staff("support").get("/staff/inquiries")
    assert page.status_code == 200
    assert f"/staff/inquiries/{number}" in page.text
    assert "How do I begin?" not in page.text
    assert [action for action, _ in trail()] == ["inquiries.list"]


def test_each_view_of_an_inquiry_is_an_entry(arrive, sign_in_staff, trail, settings, other_session):
    number = arrive("Line one\nLine <two>")
    client = sign_in_staff("support")
    for _ in range(2):
        assert "Line one\nLine &lt;two&gt;" in client.get(f"/staff/inquiries/{number}").text
    with other_session() as session:
        subject = subject_hash(settings.suppression_key, session.get(Inquiry, number).subject)
    assert trail() == [("inquiries.read", subject)] * 2


def test_an_inquiry_is_answered_closed_and_opened_again(arrive, sign_in_staff, trail, other_session):
    number = arrive()
    client = sign_in_staff("support")
    token = form_token(client.get(f"/staff/inquiries/{number}"))
    for state in ("answered", "closed", "open"):
        response = client.post(f"/staff/inquiries/{number}/state", data={"state": state, "csrf_token": token})
        assert response.status_code == 303
        with other_session() as session:
            assert session.get(Inquiry, number).state == state
    assert [action for action, _ in trail()][1:] == [
        "inquiries.answered",
        "inquiries.closed",
        "inquiries.open",
    ]


def test_a_state_nobody_knows_is_refused(arrive, sign_in_staff):
    number = arrive()
    client = sign_in_staff("support")
    token = form_token(client.get(f"/staff/inquiries/{number}"))
    data = {"state": "eaten", "csrf_token": token}
    assert client.post(f"/staff/inquiries/{number}/state", data=data).status_code == 422


def test_without_the_forms_token_nothing_changes(arrive, sign_in_staff, other_session):
    number = arrive()
    response = sign_in_staff("support").post(f"/staff/inquiries/{number}/state", data={"state": "closed"})
    assert response.status_code == 400
    with other_session() as session:
        assert session.get(Inquiry, number).state == "open"


def test_the_inbox_can_be_narrowed_and_turned_over(arrive, sign_in_staff, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 2)
    for number in range(3):
        arrive(f"Nr {number}", name=f"Writer {'ABC'[number]}")
    client = sign_in_staff("support")
    first, second = (client.get(f"/staff/inquiries?page={page}").text for page in (1, 2))
    assert (first + second).count('scope="row"') == 3
    assert first.count('scope="row"') == 2
    assert 'scope="row"' not in client.get("/staff/inquiries?state=closed").text
    assert client.get("/staff/inquiries?page=-4").status_code == 200
    refused = client.get("/staff/inquiries?state=nonsense")
    assert refused.status_code == 422
    assert "Not a valid choice." in refused.text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_inbox_is_ordered_and_narrowed_by_day(arrive, sign_in_staff, database):
    for name in ("First", "Second"):
        number = arrive(f"From {name}", name=f"{name} Writer")
        with database.session() as session:
            inquiry = session.get(Inquiry, number)
            inquiry.received_at = NOW.replace(day=1 if name == "First" else 2)
            inquiry.company = {"First": "B Oy", "Second": "A Oy"}[name]
            session.commit()
    client = sign_in_staff("support")

    def order(query):
        page = client.get(f"/staff/inquiries?{query}").text
        names = [name for name in ("First", "Second") if f"{name} Writer" in page]
        return sorted(names, key=lambda name: page.index(f"{name} Writer"))

    assert order("") == ["Second", "First"]
    assert order("order=oldest") == ["First", "Second"]
    assert order("order=company") == ["Second", "First"]
    assert order("since=2026-06-02") == ["Second"]
    assert order("until=2026-06-01") == ["First"]
    assert "Page" not in client.get("/staff/inquiries").text


def test_an_unknown_inquiry_is_a_page_not_found(sign_in_staff):
    client = sign_in_staff("support")
    assert client.get("/staff/inquiries/4b1c1f9e-2f3c-4a53-8f3f-0f6bb0a6d0aa").status_code == 404


def test_a_restricted_message_is_open_to_a_privacy_officer_alone(
    arrive, database, sign_in_staff, other_session, trail
):
    number = arrive()
    with database.session() as session:
        restrictions.restrict(session, "aino@example.com", restrictions.Ground.GUARDIAN, uuid4(), NOW)
        session.commit()
    support, officer = sign_in_staff("support"), sign_in_staff("support", "privacy_officer")
    address, token = f"/staff/inquiries/{number}", form_token(support.get("/staff/inquiries"))
    data = {"state": "closed", "csrf_token": token}
    assert support.get(address).status_code == 404
    assert support.post(f"{address}/state", data=data).status_code == 404
    with other_session() as session:
        assert session.get(Inquiry, number).state == "open"
    assert trail() == []
    assert "How do I begin?" in officer.get(address).text
