"""A restriction reaches whoever comes to its address, also at the very same moment."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from uuid import uuid4

import pytest
from sqlalchemy import select

from clevenio.people import operations, restrictions
from clevenio.people.addresses import address
from clevenio.people.imports.merging import Merger
from clevenio.people.imports.operations import import_people
from clevenio.people.models import Person
from clevenio.people.restrictions import Ground
from tests.support.factories import NOW, SUPPRESSION_KEY, make_person

CHILD = address("lapsi@example.com")


def restrict(session):
    restrictions.restrict(session, CHILD.key, Ground.GUARDIAN, uuid4(), NOW)


def add(session):
    return operations.find_or_add(
        session, SUPPRESSION_KEY, CHILD, language="fi", source="newsletter", now=NOW
    )


def move(session):
    person = session.scalars(select(Person)).one()
    operations.move(session, SUPPRESSION_KEY, person, CHILD, NOW)
    return person


def test_who_is_added_under_a_restricted_address_is_restricted(database):
    with database.session() as session:
        restrict(session)
        assert add(session).restricted_at == NOW


def test_who_is_added_elsewhere_is_free(database):
    with database.session() as session:
        restrict(session)
        assert make_person(session, "aikuinen@example.com").restricted_at is None


def test_who_moves_to_a_restricted_address_is_restricted(database):
    with database.session() as session:
        make_person(session, "vanha@example.com")
        restrict(session)
        assert move(session).restricted_at == NOW


@pytest.mark.parametrize("arrive", [add, move])
@pytest.mark.parametrize("earlier", ["arrive", "restrict"])
def test_of_an_arrival_and_a_restriction_at_once_the_later_waits_for_the_earlier(database, arrive, earlier):
    with database.session() as session:
        if arrive is move:
            make_person(session, "vanha@example.com")
        session.commit()
    first, second = (arrive, restrict) if earlier == "arrive" else (restrict, arrive)

    def later():
        with database.session() as session:
            second(session)
            session.commit()

    with ThreadPoolExecutor(1) as pool:
        with database.session() as session:
            first(session)
            waiting = pool.submit(later)
            with suppress(TimeoutError):
                waiting.result(0.5)
            session.commit()
        waiting.result(10)
    with database.session(write=False) as session:
        assert session.scalars(select(Person)).one().restricted_at == NOW


# On SQLite nobody comes between the look and the writing.
@pytest.mark.parametrize("backend", ["postgresql"])
def test_an_import_restricts_whom_a_restriction_met_on_the_way(database, settings, tmp_path, monkeypatch):
    path = tmp_path / "people.csv"
    path.write_text("email\nlapsi@example.com\naikuinen@example.com\n", encoding="utf-8")
    write = Merger.write

    def write_late(merger, plan):
        write(merger, plan)
        # As the file's own look came before: a session that has it already sees what others commit.
        restrictions.inserted(
            merger._session,
            restrictions.Restriction,
            {"address_key": CHILD.key, "ground": "guardian", "request": uuid4(), "since": NOW},
        )

    monkeypatch.setattr(Merger, "write", write_late)
    with database.session() as session:
        import_people(session, settings, path, now=NOW)
        session.commit()
        found = dict(session.execute(select(Person.address_key, Person.restricted_at)).all())
    assert found == {CHILD.key: NOW, "aikuinen@example.com": None}
