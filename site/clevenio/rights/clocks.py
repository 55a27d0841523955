"""When a request has to be answered: computed from the day it came, never stored.

Days are days in Finland, whatever the zone that moments are shown in. The day of receipt is not counted
and the last day counts to its end (Regulation 1182/71, Art. 3), so daylight saving changes nothing.
"""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from clevenio.errors import BadInput
from clevenio.registry.entries import Period, Unit

FINLAND = ZoneInfo("Europe/Helsinki")
PROMISE = timedelta(days=14)
# The day from which the regulation applies (GDPR Art. 99(2)): no clock of ours began before.
FIRST_DAY = date(2018, 5, 25)
# GDPR Art. 12(3): one month, and two further ones where an extension was told in time.
MONTHS, MONTHS_EXTENDED = 1, 3


def day_of(moment: datetime) -> date:
    """The day in Finland on which a moment falls."""
    return moment.astimezone(FINLAND).date()


def start_of(day: date) -> datetime:
    """The first moment of a day in Finland, in UTC."""
    return datetime.combine(day, time(), FINLAND).astimezone(UTC)


def end_of(day: date) -> datetime:
    """The moment at which a day in Finland is over, in UTC."""
    return start_of(day + timedelta(days=1))


def promised(received_at: datetime) -> date:
    """The last day of what we promise: 14 calendar days."""
    return day_of(received_at) + PROMISE


def legal(received_at: datetime, *, is_extended: bool = False) -> date:
    """The last day of what the law allows: the same day of the next month, or of the third when extended."""
    return months_after(day_of(received_at), MONTHS_EXTENDED if is_extended else MONTHS)


def months_after(day: date, months: int) -> date:
    """The same day some months on; the last of a month that is shorter (31 January: 28 or 29 February)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def first_received(due: date, months: int) -> date:
    """The first day of receipt whose same day some months on is not before `due`."""
    day = months_after(due, -months)
    while months_after(day, months) < due:
        day += timedelta(days=1)
    return day


def end_of_period(since: datetime, period: Period) -> datetime:
    """When a registry's period that began at a moment is over: the start of the day after its last."""
    day = day_of(since)
    if period.unit in (Unit.MONTH, Unit.YEAR):
        last = months_after(day, period.number * (12 if period.unit is Unit.YEAR else 1))
    else:
        last = day + timedelta(**{f"{period.unit}s": period.number})
    return start_of(last + timedelta(days=1))


def last_day(end: datetime) -> date:
    """The last day before a period's end."""
    return day_of(end - timedelta(seconds=1))


def end_of_year(moment: datetime) -> datetime:
    """The last day of a moment's year, for periods that count from there."""
    return start_of(date(day_of(moment).year, 12, 31))


def from_clock(shown: datetime) -> datetime:
    """The moment, in UTC, at which a clock in Finland showed this.

    Of the hour that an autumn night has twice it is the first one, so that no time limit grows by it.
    Raises `BadInput` for the hour that a spring night lacks.
    """
    moment = shown.replace(tzinfo=FINLAND, fold=0).astimezone(UTC)
    if moment.astimezone(FINLAND).replace(tzinfo=None) != shown:
        raise BadInput("There was no such time: the clocks were put forward that night.", reason="gap")
    return moment
