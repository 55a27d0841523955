"""Holds as the privacy officer puts and ends them, and what they keep."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from clevenio.audit import AuditEntry
from clevenio.errors import Refused
from clevenio.people.holds import BY_RULE, Ground, Hold, put
from clevenio.people.models import Person
from clevenio.rights.holding import operations
from tests.rights.conftest import EMAIL
from tests.support.application import form_token
from tests.support.factories import NOW, make_person

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
PATH = "/staff/retention/holds"
TYPED = {"email": EMAIL, "ground": "legal_claim", "reason": "A claim about an invoice"}


@pytest.fixture
def officer(sign_in_staff, database):
    with database.session() as session:
        make_person(session, EMAIL, first_name="Aino", last_name="Esimerkki")
        session.commit()
    client = sign_in_staff("privacy_officer")

    def post(path, **values):
        return client.post(path, data={"csrf_token": form_token(client.get(PATH)), **values})

    client.send = post
    return client


def holds(other_session):
    with other_session() as session:
        return session.scalars(select(Hold)).all()


def test_a_hold_is_put_shown_and_ended_each_with_its_entry(officer, other_session):
    assert "No holds" in officer.get(PATH).text
    assert officer.send(PATH, **TYPED).status_code == 303
    page = officer.get(PATH).text
    assert "Aino Esimerkki" in page
    assert "A claim about an invoice" in page
    [hold] = holds(other_session)
    assert officer.send(f"{PATH}/{hold.id}/end").status_code == 303
    assert holds(other_session)[0].ended_at is not None
    assert "Aino Esimerkki" not in officer.get(PATH).text
    with other_session() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action.like("retention.%"))).all()
    acts = [entry.action for entry in entries]
    assert acts[0] == "retention.hold"
    assert acts[-1] == "retention.release"
    assert "retention.holds" in acts
    assert {entry.subject for entry in entries} == {entries[0].subject}
    assert entries[0].reason == "A claim about an invoice"


def test_a_reason_is_a_line_that_the_trail_has_room_for(officer, other_session):
    answer = officer.send(PATH, **{**TYPED, "reason": "a" * 501})
    assert answer.status_code == 422
    assert "a" * 501 in answer.text
    assert holds(other_session) == []


def test_an_erasure_waits_for_the_holds_end(officer, acts, settings):
    person = acts.person().id
    request = acts.ask(person)
    officer.send(PATH, **TYPED)
    with pytest.raises(Refused, match="on hold"):
        acts.begin(request)
    with acts.database.session() as session:
        [held] = operations.read(session, settings, "staff:x", NOW)
        operations.end(session, settings, held.hold.id, "staff:x", NOW + timedelta(hours=1))
        session.commit()
    acts.begin(request)
    assert acts.person() is None


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"email": "nobody@example.com"}, "Nobody is known by this address."),
        ({"email": "nonsense"}, "error"),
        ({"reason": ""}, "error"),
        ({"ground": "because"}, "error"),
    ],
)
def test_a_wrong_entry_is_told_beside_its_field_and_loses_nothing(officer, other_session, wrong, words):
    answer = officer.send(PATH, **{**TYPED, **wrong})
    assert answer.status_code == 422
    assert words in answer.text
    assert {**TYPED, **wrong}["email"] in answer.text
    assert holds(other_session) == []


def test_the_same_ground_is_put_once(officer, other_session):
    officer.send(PATH, **TYPED)
    again = officer.send(PATH, **TYPED)
    assert (again.status_code, len(holds(other_session))) == (422, 1)
    assert "already held on this ground" in again.text
    assert officer.send(PATH, **{**TYPED, "ground": "agreement"}).status_code == 303


def test_a_hold_that_is_ended_twice_ended_once_and_one_that_never_was_is_no_page(
    officer, other_session, clock
):
    officer.send(PATH, **TYPED)
    [hold] = holds(other_session)
    officer.send(f"{PATH}/{hold.id}/end")
    [first] = holds(other_session)
    clock.advance(minutes=1)
    assert officer.send(f"{PATH}/{hold.id}/end").status_code == 303
    assert holds(other_session)[0].ended_at == first.ended_at
    with other_session() as session:
        ended = select(AuditEntry).where(AuditEntry.action == "retention.release")
        assert len(session.scalars(ended).all()) == 1
    assert officer.send(f"{PATH}/{uuid4()}/end").status_code == 404


def test_the_page_of_an_erasure_says_that_a_hold_comes_first(officer, acts):
    request = acts.ask(acts.person().id)
    path = f"/staff/requests/{request}"
    assert f'action="{path}/erasure"' in officer.get(path).text
    officer.send(PATH, **TYPED)
    page = officer.get(path).text
    assert "This data is on hold" in page
    assert f'action="{path}/erasure"' not in page


def test_the_officer_says_that_an_agreement_runs(officer, other_session):
    with other_session() as session:
        person = session.scalars(select(Person)).one()
        kept = put(session, person.id, Ground.AGREEMENT, "Made-up service", BY_RULE, NOW).id
        session.commit()
    assert "1 unused account stays because an agreement is named for it." in officer.get("/staff/").text
    assert "The ledger names this agreement" in officer.get(PATH).text
    assert officer.send(f"{PATH}/{kept}/confirm").status_code == 303
    page = officer.get(PATH).text
    assert "Made-up service" in page
    assert "It runs" not in page
    assert "unused account stays" not in officer.get("/staff/").text
    [hold] = holds(other_session)
    assert (hold.ended_at, hold.set_by.partition(":")[0]) == (None, "staff")
    assert officer.send(f"{PATH}/{uuid4()}/confirm").status_code == 404
    officer.send(f"{PATH}/{kept}/end")
    assert officer.send(f"{PATH}/{kept}/confirm").status_code == 404
