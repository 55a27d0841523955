"""Correcting what is wrong: from what to what, on whose word, and nothing of anybody else."""

import pytest
from sqlalchemy import select

from clevenio.inquiries import operations as inquiries
from clevenio.inquiries.operations import Message
from clevenio.people import operations as people
from clevenio.people.addresses import address
from clevenio.rights.models import Correction, State
from tests.rights.handling.test_staff import enter, officer, send
from tests.support.factories import NOW, make_person

__all__ = ["officer"]
EMAIL = "aino@example.com"


@pytest.fixture
def path(officer, database):
    """The page of an open request to correct the data of somebody we know."""
    with database.session() as session:
        make_person(session, EMAIL, first_name="Aino", company="Vanha Oy", phone="+358401234567")
        session.commit()
    return enter(officer, "rectification", checked="The phone agrees").location


def correct(officer, path, **fields):
    typed = {"field": "company", "value": "Uusi Oy", "source": "The register", "effect": ""}
    return send(officer, f"{path}/correction", path, **{**typed, **fields})


def test_a_correction_keeps_what_stood_there_and_shows_it(officer, path, other_session):
    assert correct(officer, path).status_code == 303
    assert correct(officer, path, field="phone", value="", effect="Told nobody").status_code == 303
    with other_session() as session:
        person = people.find(session, address(EMAIL))
        assert (person.company, person.phone, person.phone_suppression) == ("Uusi Oy", None, None)
        rows = session.scalars(select(Correction).order_by(Correction.id)).all()
        assert [(row.field, row.old, row.new) for row in rows] == [
            ("company", "Vanha Oy", "Uusi Oy"),
            ("phone", "+358401234567", None),
        ]
    page = officer.get(path).text
    for shown in ("Vanha Oy", "Uusi Oy", "The register", "Told nobody"):
        assert shown in page


@pytest.mark.parametrize(
    ("typed", "stored", "shown"),
    [
        ("marketing", ("marketing", None), "marketing"),
        ("Toimitusjohtaja", ("chief_executive", None), "Toimitusjohtaja"),
        ("Head of the archive", ("other", "Head of the archive"), "Head of the archive"),
        ("", (None, None), None),
    ],
)
def test_a_role_is_one_that_is_known_by_its_name_or_another_in_its_own_words(
    officer, path, database, other_session, typed, stored, shown
):
    with database.session() as session:
        people.find(session, address(EMAIL)).role = "sales"
        session.commit()
    assert "Role in the company: Sales" in officer.get(path).text
    assert correct(officer, path, field="role", value=typed).status_code == 303
    with other_session() as session:
        person = people.find(session, address(EMAIL))
        assert (person.role, person.role_other) == stored
        row = session.scalars(select(Correction)).one()
        assert (row.field, row.old, row.new) == ("role", "Sales", shown)


def test_a_website_brings_its_domain_along(officer, path, other_session):
    assert correct(officer, path, field="website", value="www.example.fi/en").status_code == 303
    with other_session() as session:
        person = people.find(session, address(EMAIL))
        assert (person.website, person.website_domain) == ("https://www.example.fi/en", "example.fi")
    assert correct(officer, path, field="website", value="").status_code == 303
    with other_session() as session:
        person = people.find(session, address(EMAIL))
        assert (person.website, person.website_domain) == (None, None)


def test_what_stands_there_now_is_beside_the_form(officer, path):
    page = officer.get(path).text
    for words in ("Company: Vanha Oy", "First name: Aino", "Phone: +358401234567"):
        assert words in page
    assert correct(officer, path).status_code == 303
    assert "Company: Uusi Oy" in officer.get(path).text


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"field": "phone", "value": "12"}, "phone"),
        ({"field": "country", "value": "Utopia"}, "This country is not known."),
        ({"field": "website", "value": "nowhere"}, "website"),
        ({"field": "email", "value": "x@example.com"}, "Not a valid choice."),
        ({"source": ""}, "Write the reason."),
        ({"source": "says kaarlo@example.com"}, "Leave out e-mail addresses"),
    ],
)
def test_what_is_wrong_is_said_and_changes_nothing(officer, path, other_session, fields, complaint):
    answer = correct(officer, path, **fields)
    assert answer.status_code == 422
    assert complaint in answer.text
    with other_session() as session:
        assert session.scalars(select(Correction)).all() == []
        assert people.find(session, address(EMAIL)).company == "Vanha Oy"


@pytest.mark.parametrize("backend", ["sqlite"])
def test_only_an_open_request_for_correction_of_somebody_known_corrects(
    officer, found, database, other_session
):
    with database.session() as session:
        make_person(session, "third@example.com")
        session.commit()
    unknown = enter(
        officer, "rectification", email="nobody@example.com", checked="Nothing but a name"
    ).location
    other = enter(officer, "access", email="third@example.com", checked="The company agrees").location
    for path in (unknown, other):
        page = officer.get(path)
        assert 'value="company"' not in page.text
        refused = correct(officer, path)
        assert refused.status_code == (422 if path == unknown else 409)
        assert "Uusi Oy" in refused.text or path == other
    assert {request.state for request in found()} == {State.OPEN}
    with other_session() as session:
        assert session.scalars(select(Correction)).all() == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_correction_that_is_posted_twice_is_one_and_other_words_are_another(officer, path, other_session):
    correct(officer, path)
    correct(officer, path)
    correct(officer, path, source="The person, once more")
    with other_session() as session:
        rows = session.scalars(select(Correction).order_by(Correction.id)).all()
        assert [(row.old, row.source) for row in rows] == [
            ("Vanha Oy", "The register"),
            ("Uusi Oy", "The person, once more"),
        ]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_nothing_is_answered_as_corrected_before_something_is(officer, path, found):
    answering = f"{path}/answer"
    fields = {"text": "We corrected it.", "way": "mail", "outcome": ""}
    assert "Nothing is corrected yet." in officer.get(answering).text
    early = send(officer, answering, answering, **fields)
    assert early.status_code == 409
    assert "Nothing is corrected yet." in early.text
    assert "We corrected it." in early.text
    assert [request.state for request in found()] == [State.OPEN]
    correct(officer, path)
    assert "Nothing is corrected yet." not in officer.get(answering).text
    assert send(officer, answering, answering, **fields).status_code == 303
    assert [request.state for request in found()] == [State.DONE]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_belongs_to_another_controller_is_passed_on_uncorrected(officer, path, found):
    fields = {"text": "We passed it on.", "way": "mail", "outcome": "forwarded"}
    assert send(officer, f"{path}/answer", f"{path}/answer", **fields).status_code == 303
    assert [request.outcome for request in found()] == ["forwarded"]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_where_there_is_nothing_of_theirs_the_answer_says_so(officer, found):
    path = enter(officer, "rectification", email="nobody@example.com", checked="A name").location
    fields = {"text": "There is nothing.", "way": "mail", "outcome": ""}
    assert send(officer, f"{path}/answer", f"{path}/answer", **fields).status_code == 303
    assert [request.state for request in found()] == [State.DONE]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_who_only_wrote_an_inquiry_has_it_corrected_where_it_stands(
    officer, found, database, settings, other_session
):
    with database.session() as session:
        inquiries.send(session, settings, Message("Aino", address(EMAIL), "I am 30", None), "en", NOW)
        session.commit()
    path = enter(officer, "rectification", checked="The message agrees").location
    fields = {"text": "We corrected it.", "way": "mail", "outcome": ""}
    assert send(officer, f"{path}/answer", f"{path}/answer", **fields).status_code == 409
    empty = correct(officer, path, field="other", value=" ")
    assert empty.status_code == 422
    assert "Say what was wrong and how it stands now." in empty.text
    assert correct(officer, path, field="other", value="Age in the message: 31").status_code == 303
    assert "Age in the message: 31" in officer.get(path).text
    with other_session() as session:
        rows = session.scalars(select(Correction)).all()
        assert [(row.field, row.old, row.new) for row in rows] == [("other", None, "Age in the message: 31")]
    assert send(officer, f"{path}/answer", f"{path}/answer", **fields).status_code == 303
    assert [request.state for request in found()] == [State.DONE]
