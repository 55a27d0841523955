"""Correcting what is wrong: from what to what, on whose word, and nothing of anybody else."""

import pytest
from sqlalchemy import select

from clevenio.people import operations as people
from clevenio.people.addresses import address
from clevenio.rights.models import Correction, State
from tests.rights.handling.test_staff import enter, officer, send
from tests.support.factories import make_person

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


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"field": "phone", "value": "12"}, "phone"),
        ({"field": "country", "value": "Utopia"}, "This country is not known."),
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
def test_only_an_open_request_for_correction_of_somebody_known_corrects(officer, found, other_session):
    unknown = enter(
        officer, "rectification", email="nobody@example.com", checked="Nothing but a name"
    ).location
    other = enter(officer, "access", email="third@example.com", checked="The company agrees").location
    for path in (unknown, other):
        page = officer.get(path)
        assert "Correct this detail</button>" not in page.text
        assert correct(officer, path).status_code == 403
    assert {request.state for request in found()} == {State.OPEN}
    with other_session() as session:
        assert session.scalars(select(Correction)).all() == []
