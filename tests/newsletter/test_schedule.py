"""A day and a time by the clock in Finland, on the two nights of the year that have a catch, too."""

from datetime import UTC, date, datetime, time

import pytest

from clevenio.errors import BadInput
from clevenio.newsletter import schedule

FORWARD, BACK = date(2027, 3, 28), date(2026, 10, 25)


@pytest.mark.parametrize(
    ("day", "clock", "which", "moment"),
    [
        (date(2026, 7, 1), time(9, 0), "", datetime(2026, 7, 1, 6, 0, tzinfo=UTC)),
        (date(2026, 12, 1), time(9, 0), "", datetime(2026, 12, 1, 7, 0, tzinfo=UTC)),
        (date(2026, 12, 1), time(0, 30), "summer", datetime(2026, 11, 30, 22, 30, tzinfo=UTC)),
        (FORWARD, time(2, 59), "", datetime(2027, 3, 28, 0, 59, tzinfo=UTC)),
        (FORWARD, time(4, 0), "", datetime(2027, 3, 28, 1, 0, tzinfo=UTC)),
        (BACK, time(2, 59), "", datetime(2026, 10, 24, 23, 59, tzinfo=UTC)),
        (BACK, time(3, 0), "summer", datetime(2026, 10, 25, 0, 0, tzinfo=UTC)),
        (BACK, time(3, 30), "summer", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (BACK, time(3, 30), "winter", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        (BACK, time(4, 0), "", datetime(2026, 10, 25, 2, 0, tzinfo=UTC)),
    ],
)
def test_a_moment_is_the_one_that_the_clock_shows(day, clock, which, moment):
    assert schedule.moment(day, clock, which) == moment


@pytest.mark.parametrize("clock", [time(3, 0), time(3, 30), time(3, 59)])
def test_a_time_that_the_night_leaves_out_is_refused_and_the_next_one_named(clock):
    with pytest.raises(BadInput, match=r"this time is left out\. Choose 04:00 or later"):
        schedule.moment(FORWARD, clock)


@pytest.mark.parametrize("day", [date.min, date.max])
def test_a_day_at_the_end_of_time_is_refused(day):
    with pytest.raises(BadInput, match=f"in the year {day.year}"):
        schedule.moment(day, time(0, 0))


@pytest.mark.parametrize("which", ["", "noon"])
def test_a_time_that_comes_twice_is_asked_about(which):
    with pytest.raises(BadInput, match="this time comes twice"):
        schedule.moment(BACK, time(3, 30), which)


@pytest.mark.parametrize(
    ("clock", "which", "said"),
    [
        (time(3, 30), "summer", "by summer time"),
        (time(3, 30), "winter", "by winter time"),
        (time(4, 0), "", ""),
    ],
)
def test_of_a_time_that_comes_twice_it_is_said_which_one_it_is(clock, which, said):
    shown = schedule.said(schedule.moment(BACK, clock, which))
    assert shown.endswith(said or "04:00")


@pytest.mark.parametrize("clock", [time(2, 59), time(4, 0)])
def test_beside_the_hour_that_is_left_out_nothing_is_doubled(clock):
    assert "time" not in schedule.said(schedule.moment(FORWARD, clock))
