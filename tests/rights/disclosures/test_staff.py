"""The register of disclosures on the screen: written down, found by exact address, added to, taken along."""

import csv
import io

import pytest
from sqlalchemy import select

from clevenio.audit import AuditEntry
from clevenio.people.staff_members import StaffMember
from tests.support.application import form_token
from tests.support.factories import make_person

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])

REGISTER = "/staff/disclosures"
EMAIL = "aino@example.com"
ENTRY = {
    "kind": "authority",
    "recipient": "Example Police Department",
    "asked_on": "2026-05-28",
    "outcome": "disclosed",
    "disclosed_on": "2026-06-01",
    "what": "Times of logins in May.",
    "ground": "Police Act, chapter 4, section 3",
    "addresses": f" {EMAIL.upper()}\n\nunknown@example.com\n{EMAIL}",
}


@pytest.fixture
def officer(sign_in_staff, clock):
    return sign_in_staff("privacy_officer")


@pytest.fixture
def enter(officer, database):
    """A function that writes a disclosure down through the form."""
    with database.session() as session:
        make_person(session, EMAIL)
        member = session.scalars(select(StaffMember)).one().id
        session.commit()

    def enter(**fields):
        page = officer.get(f"{REGISTER}/new")
        data = {"csrf_token": form_token(page), **ENTRY, "decided_by": str(member), **fields}
        return officer.post(f"{REGISTER}/new", data=data)

    return enter


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "2 people, kept as keyed hashes"), ("fi", "2 ihmistä, avaimellisina tiivisteinä")],
)
def test_an_entry_shows_how_many_it_is_about_and_no_address(officer, enter, language, words):
    page = officer.get(enter().location, headers={"Accept-Language": language}).text
    assert words in page
    assert EMAIL not in page
    assert "privacy_officer@example.com" in page
    assert "Example Police Department" in officer.get(REGISTER).text


def test_disclosures_are_found_by_exact_address_which_stands_in_no_address_of_a_page(
    officer, enter, database
):
    enter()
    token = form_token(officer.get(REGISTER))

    def find(email):
        return officer.post(f"{REGISTER}/person", data={"csrf_token": token, "email": email})

    assert find(EMAIL).text.count("Example Police Department") == 2
    assert "No disclosure is about this address." in find("aino@example.co").text
    assert find("nobody").status_code == 422
    with database.session(write=False) as session:
        found = session.scalars(select(AuditEntry).where(AuditEntry.action == "disclosure.find")).all()
    assert [entry.subject is None for entry in found] == [False, True]


@pytest.mark.parametrize(
    ("field", "typed", "message"),
    [
        ("recipient", "", "Write this down."),
        ("recipient", "officer@example.com", "Leave out e-mail addresses"),
        ("asked_on", "", "Give the day."),
        ("asked_on", "2026-06-02", "This day is still to come."),
        ("asked_on", "0026-06-02", "This day is before 25 May 2018"),
        ("disclosed_on", "", "Give the day."),
        ("disclosed_on", "2026-05-27", "This is before it was asked for."),
        ("addresses", f"{EMAIL}\nnobody", "Line 2 is not an e-mail address."),
        ("addresses", "", "Name whom it is about"),
        ("addresses", "\n".join(f"p{n}@example.com" for n in range(201)), "Name 200 people at most."),
        ("request", "12", "There is no request with this number."),
        ("request", "4b1c1f9e-2f3c-4a53-8f3f-0f6bb0a6d0aa", "There is no request with this number."),
        ("decided_by", "somebody", "Not a valid choice."),
    ],
)
def test_what_is_typed_wrong_is_said_beside_its_field_and_nothing_is_lost(
    officer, enter, field, typed, message
):
    answer = enter(**{field: typed})
    assert answer.status_code == 422
    assert message in answer.text.partition(f'id="{field}-error"')[2][:200]
    assert ENTRY["what"] in answer.text
    assert "No disclosures" in officer.get(REGISTER).text


def test_what_was_refused_has_no_day_of_disclosure(officer, enter):
    answer = enter(outcome="refused", disclosed_on="")
    assert answer.status_code == 303
    assert "Not disclosed" in officer.get(answer.location).text


def test_a_secret_entry_says_so_until_it_ends(officer, enter):
    entry = enter(secrecy="Criminal Investigation Act").location
    page = officer.get(entry)
    assert "must not be told" in page.text
    data = {"csrf_token": form_token(page), "text": "The police let us know.", "ends_secrecy": "y"}
    assert officer.post(f"{entry}/notes", data=data).status_code == 303
    assert "must not be told" not in officer.get(entry).text


def test_ending_a_secrecy_that_never_was_is_refused_and_keeps_the_words(officer, enter):
    entry = enter().location
    data = {"csrf_token": form_token(officer.get(entry)), "text": "They asked again.", "ends_secrecy": "y"}
    answer = officer.post(f"{entry}/notes", data=data)
    assert (answer.status_code, "They asked again." in answer.text) == (422, True)


def test_the_register_is_taken_along_with_people_as_numbers(officer, enter, database):
    enter(what="=SUM(A1)")
    token = form_token(officer.get(REGISTER))
    answer = officer.post(f"{REGISTER}/file", data={"csrf_token": token})
    [row] = csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")))
    assert (row["people"], row["content"]) == ("2", "'=SUM(A1)")
    assert EMAIL not in answer.text
    with database.session(write=False) as session:
        assert "disclosure.export" in session.scalars(select(AuditEntry.action)).all()


def test_what_is_not_there_is_not_found(officer):
    assert officer.get(f"{REGISTER}/4b1c1f9e-2f3c-4a53-8f3f-0f6bb0a6d0aa").status_code == 404


def test_an_entry_opens_where_whoever_wrote_it_down_is_no_member_any_more(officer, enter, monkeypatch):
    path = enter().location
    monkeypatch.setattr("clevenio.people.staff_access.names_of", lambda _session, _actors: {})
    page = officer.get(path)
    assert (page.status_code, "Former staff" in page.text) == (200, True)
