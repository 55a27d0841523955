"""What authorities got and what went with a business: about whom, told to them unless a law forbids it."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from clevenio.audit import AuditEntry
from clevenio.errors import BadInput, Refused
from clevenio.inquiries import operations as inquiries
from clevenio.people import holds
from clevenio.people.addresses import address
from clevenio.rights import subjects
from clevenio.rights.access.collecting import collect
from clevenio.rights.disclosures import operations, queries
from clevenio.rights.disclosures.models import Disclosure, Kind, Named, Note, Outcome
from clevenio.rights.disclosures.operations import Entry
from clevenio.rights.models import Keep
from tests.support.factories import NOW, make_person
from tests.support.retention import let_go

EMAIL = "aino.unohdettava@example.com"
STAFF = "staff:4b1c1f9e-2f3c-4a53-8f3f-0f6bb0a6d0aa"
TODAY = date(2026, 6, 1)


@pytest.fixture
def enter(database, settings):
    """A function that writes a disclosure down about these addresses and gives its id."""

    def enter(*emails, **fields):
        made = {
            "kind": Kind.AUTHORITY,
            "recipient": "Example Police Department",
            "reference": "1/2026",
            "asked_on": TODAY,
            "outcome": Outcome.DISCLOSED,
            "disclosed_on": TODAY,
            "content": "Times of logins in May.",
            "ground": "Police Act, chapter 4, section 3",
            "is_about_all": False,
            "request": None,
            "secrecy": None,
            "decided_by": uuid4(),
            **fields,
        }
        with database.session() as session:
            entry = Entry(addresses=tuple(map(address, emails)), **made)
            found = operations.enter(session, settings, entry, STAFF, NOW)
            session.commit()
            return found.id

    return enter


@pytest.fixture
def file_of(database, settings):
    """A function that gives what the copy of somebody's data says of disclosures: rows by table."""

    def file_of(email=EMAIL):
        with database.session() as session:
            subject = subjects.of_address(session, settings, address(email))
            return {
                extract.table.id: extract.rows
                for extract in collect(session, subject)
                if extract.holding == "disclosures"
            }

    return file_of


def make(database, *emails):
    with database.session() as session:
        found = [make_person(session, email).id for email in emails]
        session.commit()
        return found


def test_whoever_a_disclosure_is_about_finds_it_in_their_file_and_nobody_else_does(database, enter, file_of):
    make(database, EMAIL, "eino@example.com")
    disclosure = enter(EMAIL)
    [row] = file_of()["disclosures"]
    assert row["id"] == str(disclosure)
    assert row["recipient"] == "Example Police Department"
    assert row["content"] == "Times of logins in May."
    assert "decided_by" not in row
    assert file_of("eino@example.com")["disclosures"] == ()


def test_who_wrote_to_us_before_a_transfer_of_everybody_finds_it_too(database, settings, enter, file_of):
    for email in ("kirjoittaja@example.com", EMAIL):
        with database.session() as session:
            message = inquiries.Message("Aino", address(email), "Hello", None)
            inquiries.send(session, settings, message, "en", NOW - timedelta(days=30))
            session.commit()
    with database.session() as session:
        # Added after it, and known to us from the message before.
        make_person(session, EMAIL).created_at = NOW + timedelta(days=30)
        session.commit()
    enter(kind=Kind.TRANSFER, is_about_all=True)
    for email in ("kirjoittaja@example.com", EMAIL):
        assert len(file_of(email)["disclosures"]) == 1
    assert file_of("nobody@example.com")["disclosures"] == ()


def test_what_a_law_keeps_from_them_is_not_in_their_file_until_that_ends(database, enter, file_of):
    make(database, EMAIL)
    disclosure = enter(EMAIL, secrecy="Criminal Investigation Act, chapter 11, section 5")
    assert not any(file_of().values())
    with database.session() as session:
        operations.note(session, disclosure, "The police let us know.", STAFF, NOW, ends_secrecy=True)
        session.commit()
    found = file_of()
    assert [row["id"] for row in found["disclosures"]] == [str(disclosure)]
    assert "secrecy" not in found["disclosures"][0]
    assert [row["text"] for row in found["disclosure_notes"]] == ["The police let us know."]


def test_a_secret_disclosure_shows_in_no_entry_of_the_trail_that_names_the_person(database, settings, enter):
    [person] = make(database, EMAIL)
    enter(EMAIL, secrecy="Coercive Measures Act")
    with database.session() as session:
        operations.look_up(session, settings, address(EMAIL), STAFF, NOW)
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action.startswith("disclosure."))).all()
        assert [entry.subject for entry in entries] == [None, None]
        subject = subjects.of_address(session, settings, address(EMAIL))
        assert entries[0].details["subjects"] == [subject.trail]
        assert queries.number_told(session, subject) == 0
        assert subject.id == person


def test_an_open_disclosure_is_in_the_trail_under_each_person(database, enter):
    make(database, EMAIL, "eino@example.com")
    enter(EMAIL, "eino@example.com", "unknown@example.com")
    with database.session() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "disclosure.enter")).all()
        assert len({entry.subject for entry in entries} - {None}) == 2
        assert {entry.details["hash"] for entry in entries} == {session.scalar(select(Disclosure)).digest()}


def test_no_address_is_stored(database, enter):
    make(database, EMAIL)
    enter(EMAIL, "unknown@example.com")
    with database.session() as session:
        for row in session.scalars(select(Named)):
            assert "@" not in row.key
        assert session.scalar(select(func.count()).select_from(Named)) == 2


def test_it_stays_after_an_erasure_and_says_how_long(database, settings, enter, acts):
    person = acts.customer()
    enter(EMAIL)
    acts.begin(acts.ask(person))
    with database.session() as session:
        assert session.scalar(select(func.count()).select_from(Named)) == 1
        assert (
            session.scalar(select(func.count()).select_from(Keep).where(Keep.holding == "disclosures")) == 0
        )
        found = queries.about(session, subjects.of_address(session, settings, address(EMAIL)))
        assert len(found) == 1


def test_whoever_gets_an_address_later_is_not_told_what_was_disclosed_of_its_owner(
    database, enter, file_of, acts
):
    person = acts.customer()
    enter(EMAIL)
    acts.begin(acts.ask(person))
    make(database, EMAIL)
    assert not any(file_of().values())


def test_a_transfer_of_business_is_about_everybody_known_on_its_day(database, enter, file_of):
    make(database, EMAIL)
    enter(kind=Kind.TRANSFER, is_about_all=True)
    with database.session() as session:
        make_person(session, "late@example.com", now=NOW + timedelta(days=2))
        session.commit()
    assert len(file_of()["disclosures"]) == 1
    assert file_of("late@example.com")["disclosures"] == ()
    assert file_of("stranger@example.com")["disclosures"] == ()


def test_it_may_be_about_whoever_made_a_request(database, enter, file_of, acts):
    person = acts.customer()
    enter(request=acts.ask(person))
    assert len(file_of()["disclosures"]) == 1


@pytest.mark.parametrize(
    ("emails", "fields", "field"),
    [
        ((), {}, "addresses"),
        ((), {"request": uuid4()}, "request"),
        ((EMAIL,), {"disclosed_on": TODAY - timedelta(days=1)}, "disclosed_on"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field_and_nothing_is_kept(
    database, enter, emails, fields, field
):
    with pytest.raises(BadInput) as refused:
        enter(*emails, **fields)
    assert refused.value.values["field"] == field
    with database.session() as session:
        assert session.scalar(select(func.count()).select_from(Disclosure)) == 0


def test_secrecy_that_never_was_does_not_end(database, enter):
    disclosure = enter(EMAIL)
    with database.session() as session, pytest.raises(Refused):
        operations.note(session, disclosure, "Over", STAFF, NOW, ends_secrecy=True)


def test_an_entry_goes_after_six_years_with_its_notes_unless_somebody_in_it_is_on_hold(database, enter):
    [person] = make(database, EMAIL)
    disclosure = enter(EMAIL)
    with database.session() as session:
        operations.note(session, disclosure, "They asked again.", STAFF, NOW)
        end = NOW.replace(year=NOW.year + 6)
        assert let_go(session, queries.SWEEPS, end - timedelta(days=1)) == 0
        hold = holds.put(session, person, holds.Ground.LEGAL_CLAIM, "A claim", STAFF, NOW)
        assert let_go(session, queries.SWEEPS, end + timedelta(days=1)) == 0
        holds.end(session, hold.id, NOW)
        assert let_go(session, queries.SWEEPS, end + timedelta(days=1)) == 1
        left = [session.scalar(select(func.count()).select_from(each)) for each in (Disclosure, Named, Note)]
    assert left == [0, 0, 0]
