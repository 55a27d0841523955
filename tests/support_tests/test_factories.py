import pytest

from clevenio.consent import ledger
from tests.support.factories import grant, make_person, refuse


@pytest.fixture
def session(database):
    with database.session() as session:
        yield session


def test_people_are_different_unless_an_address_is_given(session):
    assert make_person(session).email != make_person(session).email
    assert make_person(session, "aino@example.fi", first_name="Aino").first_name == "Aino"


def test_a_grant_permits_and_a_refusal_ends_it(session):
    person = make_person(session)
    assert not ledger.permits(session, person.id, "newsletter")
    grant(session, person, "newsletter", "trials")
    assert ledger.permits(session, person.id, "newsletter")
    refuse(session, person, "newsletter")
    assert not ledger.permits(session, person.id, "newsletter")
    assert ledger.permits(session, person.id, "trials")


def test_a_factory_commits_nothing(session, other_session):
    person = make_person(session)
    with other_session() as other:
        assert other.get(type(person), person.id) is None
