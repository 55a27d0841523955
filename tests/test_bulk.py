"""Asking by a list of keys: none of them is read as anything else than it is."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from clevenio import bulk
from clevenio.people.models import Person, Suppression
from tests.support.factories import NOW, make_person


@pytest.fixture
def session(database):
    with database.session() as session:
        yield session


ODD = [
    "",
    " ",
    "NULL",
    "null",
    "{a,b}",
    '"',
    "\\",
    "\\N",
    "a,b",
    "a\x1fb",
    "\x1f",
    "ä",
    "a\nb",
    "𝒶",
    "'--",
    "%s",
]


def keep(session, keys):
    """Write these keys down."""
    for key in keys:
        session.add(Suppression(key=key, kind="email", scope="all", reason="objection", at=NOW))
    session.flush()


def found(session, keys):
    return sorted(session.scalars(select(Suppression.key).where(bulk.among(session, Suppression.key, keys))))


@pytest.mark.parametrize("asked", [*([key] for key in ODD), ODD, ODD[1:], ODD[:2], []])
def test_whatever_a_key_holds_it_is_found_by_itself_alone(session, asked):
    keep(session, ODD)
    assert found(session, asked) == sorted(asked)


def test_keys_that_are_texts_are_split_where_they_were_joined(session):
    keep(session, [f"key{number}" for number in range(50)])
    asked = [f"key{number}" for number in range(0, 100, 7)]
    assert found(session, asked) == sorted(asked[:8])


def test_identifiers_are_found_whether_they_were_asked_for_or_not(session):
    people = [make_person(session, f"p{number}@example.com") for number in range(3)]

    def among(ids):
        return set(session.scalars(select(Person.id).where(bulk.among(session, Person.id, ids))))

    assert among([people[0].id, people[2].id, uuid4()]) == {people[0].id, people[2].id}
    assert among([]) == set()


@pytest.mark.parametrize("held", [0, 3, bulk.FEW - 1, bulk.FEW, bulk.FEW + 30])
def test_what_may_be_there_is_all_that_is(session, held):
    keep(session, [f"key{number}" for number in range(held)])
    asked = [f"key{number}" for number in range(0, 10 * bulk.FEW, 10)]
    likely = bulk.likely(session, select(Suppression.key), asked)
    assert set(found(session, asked)) <= set(likely) <= set(asked)
    if held < bulk.FEW:
        assert sorted(likely) == found(session, asked)


def test_few_keys_are_asked_for_as_they_are(session):
    assert bulk.likely(session, select(Suppression.key), ["a", "b"]) == ["a", "b"]
