"""What the privacy officer sees of agreements: counts freely, people only with an entry in the trail."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from clevenio import legal
from clevenio.accounts import agreement_oversight as oversight
from clevenio.accounts import agreements
from clevenio.accounts.models import Account
from clevenio.audit import AuditEntry, subject_hash
from tests.support.accounts import make_account
from tests.support.application import form_token

TODAY = datetime(2027, 1, 2, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def today(clock):
    clock.now = TODAY


@pytest.fixture
def officer(sign_in_staff):
    return sign_in_staff("privacy_officer")


@pytest.fixture
def entries(other_session):
    """(action, subject, details) of what the trail says of agreements."""

    def find():
        query = select(AuditEntry).where(AuditEntry.action.in_(("agreements.read", "controllers.list")))
        with other_session() as session:
            return [(one.action, one.subject, one.details) for one in session.scalars(query)]

    return find


@pytest.fixture
def customers(database, settings, publish):
    """Three accounts that know the versions of signup; then new terms come, and one accepts them."""
    with database.session() as session:
        found = [
            make_account(session, f"{name}@example.com", company=company, language=language)
            for name, company, language in (
                ("aino", "Bråne & Co", "fi"),
                ("bo", "Aava Oy", "en"),
                ("cai", "Aava Oy", "en"),
            )
        ]
        publish("terms", "2027-01-01", "required")
        matters = agreements.matters(session, found[0].id, TODAY.date())
        agreements.answer(session, settings, found[0], matters, "fi", TODAY)
        session.commit()
    return found


def test_counts_say_who_knows_which_version_and_who_is_still_to_answer(customers, database):
    with database.session() as session:
        terms, dpa, privacy = oversight.standings(session, TODAY.date())
        assert oversight.accounts(session) == 3
    assert [(one.version.day, one.accepted, one.shown) for one in terms.counts] == [
        ("2027-01-01", 1, 0),
        ("2026-11-23", 3, 0),
    ]
    assert [(one.accepted, one.shown) for one in dpa.counts] == [(3, 0)]
    known = {one.version.day: (one.accepted, one.shown) for one in privacy.counts}
    assert known == {version.day: (0, 0) for version in legal.versions("privacy")} | {
        legal.versions("privacy")[0].day: (0, 3)
    }
    assert [one.to_answer for one in (terms, dpa, privacy)] == [2, 0, 0]


def test_a_version_that_only_informs_leaves_nobody_to_accept(customers, database, publish):
    publish("dpa", "2027-01-02", "informed")
    publish("privacy", "2027-01-02", "informed")
    publish("terms", "2027-01-02", "informed")
    with database.session() as session:
        waiting = {one.in_force.text: one.to_answer for one in oversight.standings(session, TODAY.date())}
        asked = [
            agreements.come_first(agreements.matters(session, account.id, TODAY.date()))
            for account in session.scalars(select(Account))
        ]
    assert waiting == {"terms": 2, "dpa": 0, "privacy": 3}
    assert sum(asked) == waiting["terms"]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_counting_shows_nobody_and_needs_no_entry(customers, officer, entries):
    text = officer.get("/staff/agreements").text
    assert "2 accounts are still to accept what is in force." in text
    assert "There are 3 accounts in all." in text
    assert "@example.com" not in text.partition("<main")[2]
    assert entries() == []


def test_one_customers_agreements_are_found_by_the_address_and_leave_an_entry(
    customers, officer, entries, settings
):
    page = officer.get("/staff/agreements")
    data = {"csrf_token": form_token(page), "email": "AINO@example.com"}
    response = officer.post("/staff/agreements", data=data)
    rows = response.text.partition("<tbody>")[2].partition("</tbody>")[0]
    found = re.findall(r"/versions/|/versiot/(\d{4}-\d\d-\d\d)", rows)
    newest = [legal.versions(text)[0].day for text in ("dpa", "privacy")]
    assert sorted(found) == sorted(["2027-01-01", "2026-11-23", *newest])
    assert response.headers["Cache-Control"] == "no-store"
    subject = subject_hash(settings.suppression_key, customers[0].person_id)
    assert entries() == [("agreements.read", subject, {})]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_search_for_nobody_says_so_and_is_an_entry_all_the_same(customers, officer, entries):
    data = {"csrf_token": form_token(officer.get("/staff/agreements")), "email": "nobody@example.com"}
    assert (
        "Nobody with this address has agreed to anything."
        in officer.post("/staff/agreements", data=data).text
    )
    assert entries() == [("agreements.read", None, {})]


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("typed", ["", "aino", "aino@", "*@example.com ' OR 1=1", "a@example.com\r\nX: y"])
def test_what_is_no_address_is_answered_beside_the_field(customers, officer, entries, typed):
    data = {"csrf_token": form_token(officer.get("/staff/agreements")), "email": typed}
    response = officer.post("/staff/agreements", data=data)
    assert response.status_code == 422
    assert 'id="email-error"' in response.text
    assert entries() == []


def test_the_controllers_are_listed_by_company_with_their_agreement_and_whom_to_reach(
    customers, officer, entries, settings
):
    text = officer.get("/staff/agreements/controllers").text
    rows = re.findall(r"<tr>.*?</tr>", text.partition("<tbody>")[2], re.DOTALL)
    assert [re.search(r"[\w&;åö ]+ (?:Oy|Co)", row)[0].strip() for row in rows] == [
        "Aava Oy",
        "Aava Oy",
        "Bråne &amp; Co",
    ]
    assert all(legal.versions("dpa")[0].day in row for row in rows)
    assert "bo@example.com" in rows[0] + rows[1]
    [(action, _, details)] = entries()
    assert action == "controllers.list"
    assert set(details["subjects"]) == {
        subject_hash(settings.suppression_key, one.person_id) for one in customers
    }


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_company_without_an_agreement_stands_out(database, officer, monkeypatch):
    with database.session() as session, monkeypatch.context() as patch:
        patch.setattr(legal, "TEXTS", ("terms",))
        make_account(session, "old@example.com")
        session.commit()
    assert "None accepted" in officer.get("/staff/agreements/controllers").text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_restricted_people_are_not_in_the_list(customers, officer, entries, database):
    with database.session() as session:
        session.get(Account, customers[0].id).person.restricted_at = TODAY
        session.commit()
    text = officer.get("/staff/agreements/controllers").text
    assert "aino@example.com" not in text
    assert "bo@example.com" in text
    assert len(entries()[0][2]["subjects"]) == 2


@pytest.mark.parametrize("backend", ["sqlite"])
def test_an_empty_list_teaches_and_leaves_no_entry(officer, entries):
    assert "No controllers yet" in officer.get("/staff/agreements/controllers").text
    assert entries() == []


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("role", ["marketer", "support"])
def test_others_have_no_work_there(sign_in_staff, entries, role):
    client = sign_in_staff(role)
    for path in ("/staff/agreements", "/staff/agreements/controllers"):
        assert client.get(path).status_code == 403
    assert entries() == []
