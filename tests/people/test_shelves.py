"""People are found by the keys of their identifiers wherever their own identifier puts them in SQLite's indexes."""

import re
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select, text

from clevenio.audiences import leavers
from clevenio.audiences.exceptions import exceptions
from clevenio.audiences.platforms import platform
from clevenio.backups import sweeping
from clevenio.people import operations, suppression
from clevenio.people.imports.strangers import identifiers_of_a_chunk
from clevenio.people.models import Person
from clevenio.people.shelves import is_among
from tests.support.factories import NOW, SUPPRESSION_KEY, make_person
from tests.support.plans import asked, steps

NUMBER = "+358401234567"
PHONE = suppression.phone_key(SUPPRESSION_KEY, NUMBER)
BY_EMAIL = "ix_people_shelved_email_suppression (<expr>=? AND email_suppression=?)"
BY_PHONE = "ix_people_shelved_phone_suppression (<expr>=? AND phone_suppression=?)"


@pytest.fixture
def session(database):
    with database.session() as session:
        yield session


def one_on_each_shelf(session):
    """People with one number, and with identifiers that begin with each digit there is."""
    people = []
    for digit in "0123456789abcdef":
        person = make_person(session, phone=NUMBER)
        session.expunge(person)
        moved = UUID(digit + uuid4().hex[1:])
        session.execute(Person.__table__.update().where(Person.id == person.id).values(id=moved))
        people.append((moved, person.email_suppression))
    return people


def test_people_are_found_by_their_keys_on_every_shelf(session):
    people = one_on_each_shelf(session)
    make_person(session, phone="+358407654321")
    assert [person.id for person in operations.at_number(session, PHONE)] == [id_ for id_, _key in people]
    for id_, key in people:
        by_key = select(Person.id).where(is_among(Person.email_suppression, [key, "another"]))
        assert session.scalars(by_key).all() == [id_]


def test_people_are_found_by_a_query_for_keys_too(session):
    people = one_on_each_shelf(session)
    for id_, key in people[::5]:
        suppression.suppress(session, key, "email", "newsletter", "test", NOW)
        session.flush()
        by_list = select(Person.id).where(
            is_among(Person.email_suppression, suppression.suppressed("newsletter"))
        )
        assert id_ in session.scalars(by_list).all()
    assert len(session.scalars(by_list).all()) == len(people[::5])


def test_whoever_was_removed_or_changed_is_found_no_more(session):
    (first, _), (second, _), *others = one_on_each_shelf(session)
    session.execute(delete(Person).where(Person.id == first))
    session.get_one(Person, second).phone_suppression = None
    session.flush()
    found = {person.id for person in operations.at_number(session, PHONE)}
    assert found == {id_ for id_, _key in others}


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_chunk_of_a_file_lies_on_one_shelf(session):
    definition = "SELECT sql FROM sqlite_schema WHERE name LIKE 'ix_people_shelved_%'"
    digits = identifiers_of_a_chunk(100)
    for sql in session.scalars(text(definition)).all():
        length = int(re.search(r"\(substr\(id, 1, (\d)\), ", sql)[1])
        assert len({each[:length] for each in digits}) == 1


@pytest.mark.parametrize("backend", ["sqlite"])
def test_people_are_looked_for_by_index(session, database, settings):
    google = platform("google", settings.data).layout
    kept = leavers._Kept("", uuid4(), False, "", "a key", "another", {"advertising_id": None})
    with asked(database) as statements:
        operations.at_number(session, PHONE)
        list(sweeping._holders(session, ["a key", "another"]))
        session.scalars(leavers._alike([kept])).all()
        session.execute(
            select(exceptions(google, ["email", "phone"], Person.id.is_not(None), few_refuse=True))
        ).all()
    session.rollback()
    by_phone, by_email, by_both, audience = [each for each in statements if " people" in each[0]]
    covering = [f"SEARCH people USING COVERING INDEX {which}" for which in (BY_EMAIL, BY_PHONE)]
    assert steps(database, [by_phone], "people") == [f"SEARCH people USING INDEX {BY_PHONE}"]
    assert steps(database, [by_email], "people") == [f"SEARCH people USING INDEX {BY_EMAIL}"]
    assert steps(database, [by_both], "people") == covering
    assert set(covering) <= set(steps(database, [audience], "people"))
