"""People are found by the keys of their identifiers wherever their own identifier puts them in SQLite's indexes."""

from random import Random
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select, text

from clevenio.audiences import leavers
from clevenio.audiences.exceptions import exceptions
from clevenio.audiences.platforms import platform
from clevenio.backups import sweeping
from clevenio.people import operations, shelves, suppression
from clevenio.people.imports.strangers import identifiers_of_a_chunk
from clevenio.people.models import Person
from clevenio.people.shelves import is_among, is_listed
from tests.support.factories import NOW, SUPPRESSION_KEY, make_person
from tests.support.plans import asked, steps

NUMBER = "+358401234567"
PHONE = suppression.phone_key(SUPPRESSION_KEY, NUMBER)
BY_EMAIL = "ix_people_shelved_email_suppression (<expr>=? AND email_suppression=?)"
BY_PHONE = "ix_people_shelved_phone_suppression (<expr>=? AND phone_suppression=?)"
KEYS = {"email": Person.email_suppression, "phone": Person.phone_suppression}


@pytest.fixture
def session(database):
    with database.session() as session:
        yield session


def one_on_each_shelf(session):
    """People with one number, and with identifiers that begin with every two digits there are."""
    people = []
    for number in range(256):
        person = make_person(session, phone=NUMBER)
        session.expunge(person)
        moved = UUID(f"{number:02x}{uuid4().hex[2:]}")
        session.execute(Person.__table__.update().where(Person.id == person.id).values(id=moved))
        people.append((moved, person.email_suppression))
    return people


def test_people_are_found_by_their_keys_on_every_shelf(session, monkeypatch):
    people = one_on_each_shelf(session)
    make_person(session, phone="+358407654321")
    for many in (shelves.MANY, 1):
        monkeypatch.setattr(shelves, "MANY", many)
        assert [person.id for person in operations.at_number(session, PHONE)] == [id_ for id_, _key in people]
        for id_, key in people:
            by_key = select(Person.id).where(is_among(Person.email_suppression, [key, "another"]))
            assert session.scalars(by_key).all() == [id_]


def test_whoever_was_removed_or_changed_is_found_no_more(session):
    (first, _), (second, _), *others = one_on_each_shelf(session)
    session.execute(delete(Person).where(Person.id == first))
    session.get_one(Person, second).phone_suppression = None
    session.flush()
    found = {person.id for person in operations.at_number(session, PHONE)}
    assert found == {id_ for id_, _key in others}


def listed(session, kind, scope):
    key = KEYS[kind]
    return set(session.scalars(select(Person.id).where(is_listed(key, suppression.suppressed(scope)))))


def listed_by_hand(session, kind, scope):
    """Everybody is gone through, and of each is asked what the list says."""
    people = session.execute(select(Person.id, KEYS[kind]).where(KEYS[kind].is_not(None))).all()
    return {id_ for id_, key in people if suppression.is_suppressed(session, key, scope)}


@pytest.mark.parametrize("seed", range(6))
def test_whoever_is_in_the_list_is_found_whatever_came_first(session, seed):
    chance = Random(seed)
    numbers = [f"+35840123456{digit}" for digit in range(5)]
    people, late = [make_person(session) for _ in range(5)], []
    for _ in range(60):
        act = chance.choice(["suppress", "suppress", "lift", "come", "move", "number", "go"])
        person = chance.choice(people) if people else None
        number = chance.choice(numbers)
        kind = chance.choice(["email", "phone"])
        if act == "come" or person is None:
            people.append(make_person(session, phone=chance.choice([None, number])))
        elif act == "move":
            # To an address that may be in the list already.
            person.email_suppression = chance.choice([*late, suppression.email_key(SUPPRESSION_KEY, number)])
        elif act == "number":
            phone = chance.choice([None, number])
            person.phone = phone
            person.phone_suppression = phone and suppression.phone_key(SUPPRESSION_KEY, phone)
        elif act == "go":
            people.remove(person)
            late.append(person.email_suppression)
            session.delete(person)
        else:
            key = suppression.phone_key(SUPPRESSION_KEY, number)
            key = key if kind == "phone" else chance.choice([person.email_suppression, *late])
            scope = chance.choice(["all", "newsletter"])
            if act == "suppress":
                suppression.suppress(session, key, kind, scope, "objection", NOW)
            else:
                suppression.lift(session, key, kind, scope, "own act", NOW)
        session.flush()
        for each in KEYS:
            assert listed(session, each, "newsletter") == listed_by_hand(session, each, "newsletter")


@pytest.mark.parametrize("backend", ["sqlite"])
def test_of_whoever_is_gone_nothing_stays_beside_the_list(session):
    people = [make_person(session, phone=NUMBER) for _ in range(3)]
    suppression.suppress(session, PHONE, "phone", "all", "objection", NOW)
    session.flush()
    held = text("SELECT person FROM suppression_holders")
    assert set(session.scalars(held)) == {person.id.hex for person in people}
    session.execute(delete(Person).where(Person.id == people[0].id))
    assert set(session.scalars(held)) == {person.id.hex for person in people[1:]}


@pytest.mark.parametrize("backend", ["sqlite"])
def test_whoever_was_not_noted_is_found_out(database, session, caplog):
    person = make_person(session)
    suppression.suppress(session, person.email_suppression, "email", "newsletter", "objection", NOW)
    session.execute(text("DELETE FROM suppression_holders"))
    session.commit()
    assert listed(session, "email", "newsletter") == set()
    session.commit()
    assert shelves.mend(database) == 1
    assert listed(session, "email", "newsletter") == {person.id}
    assert "1 people" in caplog.text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_chunk_of_a_file_lies_on_one_shelf(session):
    definition = "SELECT sql FROM sqlite_schema WHERE name LIKE 'ix_people_shelved_%'"
    digits = identifiers_of_a_chunk(100)
    found = session.scalars(text(definition)).all()
    assert len(found) == 2
    for sql in found:
        assert "(substr(id, 1, 2), " in sql
    assert len({each[:2] for each in digits}) == 1


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
    gone_through = {step for step in steps(database, [audience], "people") if step.startswith("SCAN people")}
    assert gone_through == {"SCAN people USING COVERING INDEX ix_people_spelled_otherwise"}
