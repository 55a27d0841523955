"""Two clocks, computed in Finland's days: the promise and the law."""

from datetime import UTC, date, datetime

import pytest

from clevenio.registry import load
from clevenio.rights import clocks
from clevenio.rights.models import Request, State


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("received", "law"),
    [
        ("2026-01-31T10:00", date(2026, 2, 28)),
        ("2028-01-31T10:00", date(2028, 2, 29)),
        ("2028-02-29T10:00", date(2028, 3, 29)),
        ("2026-03-31T10:00", date(2026, 4, 30)),
        ("2026-12-15T10:00", date(2027, 1, 15)),
        ("2026-12-31T10:00", date(2027, 1, 31)),
    ],
)
def test_the_law_gives_the_same_day_of_the_next_month(received, law):
    assert clocks.legal(at(received)) == law


@pytest.mark.parametrize(
    ("received", "law"),
    [("2026-11-30T10:00", date(2027, 2, 28)), ("2027-11-30T10:00", date(2028, 2, 29))],
)
def test_an_extension_gives_the_same_day_of_the_third_month(received, law):
    assert clocks.legal(at(received), is_extended=True) == law


@pytest.mark.parametrize(
    ("received", "promised"),
    [
        # An hour is lost on 29 March 2026 and won on 25 October; the day stays the fourteenth.
        ("2026-03-20T10:00", date(2026, 4, 3)),
        ("2026-10-20T10:00", date(2026, 11, 3)),
        ("2028-02-20T10:00", date(2028, 3, 5)),
        ("2026-12-25T10:00", date(2027, 1, 8)),
    ],
)
def test_the_promise_is_fourteen_days_across_daylight_saving(received, promised):
    assert clocks.promised(at(received)) == promised


@pytest.mark.parametrize(
    ("received", "day"),
    [
        # Winter: midnight in Finland is 22 UTC; summer: 21 UTC.
        ("2026-01-30T21:59", date(2026, 1, 30)),
        ("2026-01-30T22:00", date(2026, 1, 31)),
        ("2026-06-30T20:59", date(2026, 6, 30)),
        ("2026-06-30T21:00", date(2026, 7, 1)),
    ],
)
def test_the_day_of_receipt_is_finlands(received, day):
    assert clocks.day_of(at(received)) == day


def make(received, state=State.OPEN):
    return Request(received_at=at(received), state=state.value)


@pytest.mark.parametrize(
    ("now", "overdue"),
    [
        # The last day counts to its end in Finland: 3 April in summer time.
        ("2026-04-03T20:59", False),
        ("2026-04-03T21:00", True),
    ],
)
def test_a_request_is_overdue_when_its_last_day_has_ended(now, overdue):
    assert make("2026-03-20T10:00").is_overdue(at(now)) is overdue


def test_what_has_ended_is_never_overdue():
    assert not make("2026-03-20T10:00", State.DONE).is_overdue(at("2030-01-01T00:00"))


def test_an_extended_request_works_towards_the_law():
    request = make("2026-01-31T10:00", State.EXTENDED)
    assert (request.due, request.legal) == (date(2026, 4, 30), date(2026, 4, 30))


def test_a_period_of_years_ends_after_the_same_day():
    assert clocks.end_of_period(at("2028-02-29T10:00"), load().periods["consent_evidence"]) == at(
        "2031-02-28T22:00"
    )


def test_agreements_count_from_the_end_of_the_year():
    end = clocks.end_of_period(clocks.end_of_year(at("2026-06-01T10:00")), load().periods["agreement"])
    assert clocks.day_of(end) == date(2033, 1, 1)
