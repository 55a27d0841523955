"""What the usage log holds about one person, day by day, as they see it themselves."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Subquery, func, select, union
from sqlalchemy.orm import Session

from clevenio.i18n import lazy_gettext as _l
from clevenio.paging import Page, page_of
from clevenio.people.usage import Kind, UsageEvent, UseDay

PAGE = 20
LABELS = {
    Kind.REGISTRATION: _l("Signup"),
    Kind.VERIFICATION: _l("Address verified"),
    Kind.LOGIN: _l("Logged in"),
    Kind.FAILED_LOGIN: _l("Login failed"),
    Kind.LOGOUT: _l("Logged out"),
    Kind.MAIL_OPENED: _l("Mail opened"),
}


@dataclass(frozen=True)
class Happened:
    """What happened how often on a day, and when for the first and the last time."""

    kind: Kind
    count: int
    first: datetime
    last: datetime

    @property
    def label(self) -> str:
        """What happened, in words."""
        return LABELS[self.kind]


@dataclass(frozen=True)
class Day:
    """One day: whether the account was used, and what happened, the earliest first."""

    day: date
    is_used: bool
    happened: Sequence[Happened]


def days(session: Session, person: UUID, page: int) -> Page[Day]:
    """A page of the days of which something is known, the newest first."""
    known = _days(person)
    found = page_of(session, select(known.c.day).order_by(known.c.day.desc()), page, PAGE)
    shown = found.rows
    used = set(session.scalars(select(UseDay.day).where(UseDay.person == person, UseDay.day.in_(shown))))
    happened = _happened(session, person, shown)
    return replace(found, rows=[Day(day, day in used, happened[day]) for day in shown])


def _days(person: UUID) -> Subquery:
    return union(
        select(UsageEvent.day).where(UsageEvent.person == person),
        select(UseDay.day).where(UseDay.person == person),
    ).subquery()


def _happened(session: Session, person: UUID, shown: Sequence[date]) -> dict[date, list[Happened]]:
    # Summed up here, because somebody who guesses may fail thousands of times a day.
    first, last = func.min(UsageEvent.at), func.max(UsageEvent.at)
    query = (
        select(UsageEvent.day, UsageEvent.kind, func.count(), first, last)
        .where(UsageEvent.person == person, UsageEvent.day.in_(shown))
        .group_by(UsageEvent.day, UsageEvent.kind)
        .order_by(first)
    )
    found: dict[date, list[Happened]] = defaultdict(list)
    for day, kind, count, begun, ended in session.execute(query):
        found[day].append(Happened(Kind(kind), count, begun, ended))
    return found
