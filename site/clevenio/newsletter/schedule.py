"""When a campaign is to begin, as people write it: a day and a time by the site's clock, twice a year with a catch."""

from datetime import UTC, date, datetime, time, timedelta

from clevenio.errors import BadInput
from clevenio.i18n import format_datetime, format_time, local
from clevenio.i18n import gettext as _

SUMMER, WINTER = "summer", "winter"


def moment(day: date, clock: time, which: str = "") -> datetime:
    """The moment at which the site's clock shows this, in UTC.

    `which` is `SUMMER` or `WINTER`, for the hour that the night at the end of summer time has twice. Raises
    `BadInput` for a time that the night at its beginning leaves out, for a year at the end of time, and with the reason `twice` where the hour
    has to be named.
    """
    if not date.min.year < day.year < date.max.year:
        raise BadInput("No campaign can begin in the year %(year)s.", year=day.year)
    zone = local(datetime.now(UTC)).tzinfo
    found = {fold: datetime.combine(day, clock, zone).replace(fold=fold).astimezone(UTC) for fold in (0, 1)}
    if local(found[0]).replace(tzinfo=None) != datetime.combine(day, clock):
        raise BadInput(
            "The clocks go forward that night, and this time is left out. Choose %(next)s or later.",
            next=format_time(_after_the_gap(found[1])),
        )
    if found[0] == found[1]:
        return found[0]
    if which not in (SUMMER, WINTER):
        raise BadInput(
            "The clocks go back that night, and this time comes twice. Say which one you mean.",
            reason="twice",
        )
    return found[0] if which == SUMMER else found[1]


def said(at: datetime) -> str:
    """A moment by the site's clock; of a time that a night has twice, which of the two."""
    shown, half = format_datetime(at, "short"), _half(at)
    if half is None:
        return shown
    return (
        _("%(moment)s by summer time", moment=shown)
        if half == SUMMER
        else _("%(moment)s by winter time", moment=shown)
    )


def comes_twice(at: datetime) -> bool:
    """Whether the site's clock shows this time twice that night."""
    return _half(at) is not None


def _half(at: datetime) -> str | None:
    here = local(at)
    other = here.replace(fold=1 - here.fold)
    if other.utcoffset() == here.utcoffset() or local(other.astimezone(UTC)).replace(
        tzinfo=None
    ) != here.replace(tzinfo=None):
        return None
    return WINTER if here.fold else SUMMER


def _after_the_gap(before: datetime) -> datetime:
    """The first moment after a time that was left out, in whole minutes."""
    at = before
    offset = local(at).utcoffset()
    while local(at).utcoffset() == offset:
        at += timedelta(minutes=1)
    return at
