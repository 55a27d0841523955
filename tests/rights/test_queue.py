"""The queue's order by due date, counted and paged by the database, and when a day is missed."""

import random
from datetime import date, timedelta
from uuid import uuid4

import pytest

from clevenio.paging import SIZE
from clevenio.rights import clocks, queries
from clevenio.rights.models import Asker, Channel, Kind, Request, State
from clevenio.rights.queries import Wanted
from tests.support.factories import NOW

WAITING = (State.OPEN, State.EXTENDED)


@pytest.fixture
def crowd(database):
    """Requests of every age and state."""
    dice = random.Random(7)
    with database.session() as session:
        session.add_all(
            Request(
                id=uuid4(),
                submission=uuid4(),
                kind=dice.choice(list(Kind)).value,
                asker=Asker.PERSON.value,
                channel=Channel.PAGE.value,
                subject=uuid4(),
                key="k",
                language="fi",
                received_at=NOW - timedelta(hours=dice.randrange(24 * 120), seconds=number),
                recorded_at=NOW,
                state=dice.choice(
                    [State.OPEN] * 5 + [State.EXTENDED, State.UNVERIFIED, State.RECEIVED]
                ).value,
            )
            for number in range(300)
        )
        session.commit()


def pages(session, wanted):
    first = queries.queue(session, wanted, 1)
    rest = [queries.queue(session, wanted, number) for number in range(2, first.pages + 1)]
    return [first, *rest]


@pytest.mark.parametrize(
    "wanted", [Wanted(), Wanted("unverified"), Wanted("extended"), Wanted(kind="access")]
)
def test_the_pages_together_are_everything_in_the_order_of_due_dates(crowd, database, wanted):
    with database.session(write=False) as session:
        found = pages(session, wanted)
        rows = [request for page in found for request in page.rows]
        states = queries.LISTS.get(wanted.state) or (wanted.state,)
        expected = [
            request
            for request in queries.waiting(session)
            if request.state in states and wanted.kind in ("", request.kind)
        ]
    assert [(each.due, each.received_at) for each in rows] == [
        (each.due, each.received_at) for each in expected
    ]
    assert {each.id for each in rows} == {each.id for each in expected}
    assert all(len(page.rows) == SIZE for page in found[:-1])
    assert {page.total for page in found} == {len(expected)}


def test_the_counts_are_those_of_the_rows(crowd, database):
    with database.session(write=False) as session:
        waiting = queries.waiting(session)
        today = clocks.day_of(NOW)
        found = queries.counts(session, NOW)
        for tally, list_ in ((found.to_answer, ""), (found.unverified, "unverified")):
            rows = [request for request in waiting if request.state in queries.LISTS[list_]]
            late = sum(request.is_overdue(NOW) for request in rows)
            soon = sum(today <= request.due <= today + queries.SOON for request in rows)
            assert tally == queries.Tally(len(rows), late, soon)
            assert queries.queue(session, Wanted(list_), 1).total == tally.waiting
            assert late
            assert soon
        assert queries.overdue(session, NOW) == queries.Overdue(
            found.to_answer.overdue, found.unverified.overdue
        )


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_first_day_of_receipt_is_the_first_whose_month_ends_no_earlier(backend):
    for number in range(3 * 366):
        due = date(2027, 1, 1) + timedelta(days=number)
        first = clocks.first_received(due, 3)
        assert clocks.months_after(first, 3) >= due
        assert clocks.months_after(first - timedelta(days=1), 3) < due
