"""Prepared statements: as SQLAlchemy would run them, and each run a transaction of its own."""

from datetime import timedelta

import pytest
from sqlalchemy import func, null, select, update

from clevenio import prepared
from clevenio.buckets import Bucket
from clevenio.database import UtcDateTime
from clevenio.prepared import given
from tests.support.factories import NOW

WANTED = given("name_")
MOVE = update(Bucket).where(Bucket.name == WANTED).values(until=given("until_", UtcDateTime()))
BREAK = update(Bucket).where(Bucket.name.in_([WANTED])).values(until=null())


@pytest.fixture
def buckets(database):
    with database.session() as session:
        session.add_all(Bucket(name=name, taken={}, until=NOW) for name in ("one", "two"))
        session.commit()


@pytest.fixture
def line(database, buckets):
    with prepared.line(database) as line:
        yield line


def moments(other_session):
    with other_session() as session:
        return dict(session.execute(select(Bucket.name, Bucket.until)).all())


def test_a_run_is_committed_and_counts_its_rows(line, other_session):
    later = NOW + timedelta(hours=1)
    assert line.run((MOVE, {"name_": "one", "until_": later})) == 1
    assert moments(other_session) == {"one": later, "two": NOW}
    assert line.run((MOVE, {"name_": "nobody", "until_": later})) == 0


def test_a_value_that_is_not_named_is_no_null(line, other_session):
    with pytest.raises(KeyError):
        line.run((MOVE, {"name_": "one"}))
    assert moments(other_session) == {"one": NOW, "two": NOW}


@pytest.mark.parametrize("backend", ["sqlite"])
def test_of_statements_that_run_together_one_that_fails_takes_the_others_back(line, other_session):
    later = NOW + timedelta(hours=1)
    with pytest.raises(Exception, match="NOT NULL"):
        line.run((MOVE, {"name_": "one", "until_": later}), (BREAK, {"name_": "two"}))
    assert moments(other_session) == {"one": NOW, "two": NOW}
    assert line.run((MOVE, {"name_": "one", "until_": later})) == 1


def test_the_connection_comes_back_as_it_was(database, buckets):
    with prepared.line(database) as line:
        line.run((MOVE, {"name_": "one", "until_": NOW}))
    with database.session() as session:
        session.execute(update(Bucket).values(until=NOW + timedelta(days=1)))
        session.rollback()
        assert session.scalar(select(func.max(Bucket.until))) == NOW
