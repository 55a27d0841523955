from datetime import date

import pytest
from sqlalchemy import select

from clevenio.paging import page_in, page_of, within
from clevenio.people.models import Person
from tests.support.factories import make_person


@pytest.mark.parametrize(
    ("asked", "number", "rows"), [(1, 1, 2), (2, 2, 2), (3, 3, 1), (0, 1, 2), (-4, 1, 2), (99, 3, 1)]
)
def test_no_page_is_missing(database, asked, number, rows):
    with database.session() as session:
        for _ in range(5):
            make_person(session)
        found = page_of(session, select(Person).order_by(Person.id), asked, 2)
    assert (found.number, found.pages, found.total, len(found.rows)) == (number, 3, 5, rows)
    here = page_in(range(5), asked, 2)
    assert (here.number, here.pages, here.total, len(here.rows)) == (number, 3, 5, rows)
    assert list(page_in([], asked).rows) == []


def test_an_empty_list_has_one_page(database):
    with database.session() as session:
        found = page_of(session, select(Person), 1)
    assert (found.number, found.pages, found.total, list(found.rows)) == (1, 1, 0, [])


def test_any_day_that_can_be_named_may_bound_a_list(database):
    with database.session() as session:
        make_person(session)
        everything = within(select(Person), Person.created_at, date.min, date.max)
        nothing = within(select(Person), Person.created_at, date.max, date.min)
        assert (page_of(session, everything, 1).total, page_of(session, nothing, 1).total) == (1, 0)
