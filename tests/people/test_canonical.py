"""Everybody whose address has one canonical form is found, though an index has those alone who spell it otherwise."""

from concurrent.futures import ThreadPoolExecutor
from operator import methodcaller
from random import Random

import pytest
from sqlalchemy import select, text

from clevenio.people import operations, spellings
from clevenio.people.addresses import address
from clevenio.people.canonical import FORMS, holders, holds_one_of, is_at
from clevenio.people.models import Person
from tests.support.factories import make_person
from tests.support.plans import asked, steps

SPELLED = [
    f"{name}{tag}@{host}"
    for name in ("aino", "a.ino", "ai-no", "eero")
    for tag in ("", "+x", "+y")
    for host in ("gmail.com", "googlemail.com", "example.fi")
]


@pytest.fixture
def session(database):
    with database.session() as session:
        yield session


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("seed", range(3))
def test_whoever_has_a_form_is_found_however_it_is_spelled(session, form, seed):
    people = [make_person(session, email) for email in Random(seed).sample(SPELLED, 14)]
    column = getattr(Person, form)
    for email in SPELLED:
        wanted = getattr(address(email), form)
        alike = {person.id for person in people if getattr(person, form) == wanted}
        assert set(session.scalars(holders(column, methodcaller("__eq__", wanted)))) == alike
        listed = select(column).where(column == wanted).cte()
        assert set(session.scalars(select(Person.id).where(holds_one_of(column, listed)))) == alike


def test_everybody_at_a_mailbox_is_found(session):
    people = [
        make_person(session, email) for email in ("aino@gmail.com", "a.ino+x@gmail.com", "aino@example.fi")
    ]
    here = {people[0].id, people[1].id}
    for email in ("aino@gmail.com", "ai.no@googlemail.com"):
        assert {person.id for person in operations.at_mailbox(session, address(email))} == here
    assert spellings.others(session, people[0]) == [people[1]]
    assert spellings.others(session, people[2]) == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_people_are_looked_for_by_index(session, database):
    with asked(database) as statements:
        session.scalars(select(Person.id).where(is_at("aino@example.fi"))).all()
        session.scalars(holders(Person.match_key, methodcaller("in_", ["a", "b"]))).all()
    session.rollback()
    for statement, otherwise in zip(statements, ("spelled", "matched"), strict=True):
        found = steps(database, [statement], "people")
        assert not [step for step in found if step.startswith("SCAN")]
        assert any(f"ix_people_{otherwise}_otherwise" in step for step in found)
        assert any("(address_key=?)" in step for step in found)


@pytest.mark.parametrize("backend", ["postgresql"])
def test_whoever_moves_away_while_somebody_waits_for_them_is_there_no_more(database):
    with database.session() as session:
        make_person(session, "aino@example.fi")
        session.commit()

    def wait():
        with database.session() as session:
            return operations.at_mailbox(session, address("aino@example.fi"))

    with ThreadPoolExecutor(1) as waiting, database.session() as session:
        [person] = operations.at_mailbox(session, address("aino@example.fi"))
        person.address_key = person.mailbox_key = "maija@example.fi"
        session.flush()
        found = waiting.submit(wait)
        with database.session() as other:
            blocked = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            while not other.scalar(blocked):
                other.rollback()
        session.commit()
        assert found.result() == []
