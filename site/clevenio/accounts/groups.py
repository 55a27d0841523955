"""How many people use their accounts, by group. What is counted here names nobody and lists nobody.

Only whole days count, up to yesterday, so that nobody sees a figure move as somebody logs in. People whose
data is restricted and disabled accounts are left out.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import CTE, String, and_, func, literal, null, select, union, union_all
from sqlalchemy.orm import Session

from clevenio.accounts.models import Account
from clevenio.people import disclosure
from clevenio.people.disclosure import SMALLEST, Counts, Figures
from clevenio.people.models import Person
from clevenio.people.usage import UseDay

WINDOWS = (90, 30, 7)
DAYS = WINDOWS[0]


class By(StrEnum):
    """By what people are grouped. A company is known by the domain of its website, which all its people share."""

    ROLE = "role"
    COMPANY = "company"
    COUNTRY = "country"


COLUMNS = {By.ROLE: Person.role, By.COMPANY: Person.website_domain, By.COUNTRY: Person.country}


@dataclass(frozen=True)
class Use:
    """What may be shown of the use of accounts up to `end`; None is withheld.

    `active` holds the people of each of `WINDOWS`, `daily` those of each of the last `DAYS` days.
    """

    end: date
    active: Figures
    by: dict[By, disclosure.Table[str | None]]
    daily: list[tuple[date, int | None]]


def use(session: Session, today: date) -> Use:
    """The use of accounts in whole days before today."""
    end = today - timedelta(days=1)
    groups, total = _counts(session, end)
    by = {by: disclosure.table(groups[by], total) for by in By}
    active = disclosure.table({}, total).total
    return Use(end, active, by, _daily(session, end, total, active))


def _counts(session: Session, end: date) -> tuple[dict[By, dict[str | None, Counts]], Counts]:
    """The active people of each window, by group and in all; groups below the smallest stay behind."""
    active = _active(end)
    counted = [func.count().filter(active.c.last > end - timedelta(days=days)) for days in WINDOWS]
    seen = active.c.last.is_not(None)
    queries = [select(literal("total"), null().cast(String), *counted).where(seen)]
    for by in By:
        column = active.c[by.value]
        query = select(literal(by.value), column, *counted).where(seen).group_by(column)
        queries.append(query.having(func.count() >= SMALLEST))
    groups: dict[str, dict[str | None, Counts]] = defaultdict(dict)
    for name, key, *counts in session.execute(union_all(*queries)):
        groups[name][key] = tuple(counts)
    return {by: groups[by] for by in By}, groups["total"][None]


def _active(end: date) -> CTE:
    """Each account's groups, and its last day of use within the widest window."""
    last = select(func.max(UseDay.day)).where(
        UseDay.person == Account.person_id, UseDay.day > end - timedelta(days=DAYS), UseDay.day <= end
    )
    columns: list[Any] = [column.label(by.value) for by, column in COLUMNS.items()]
    query = select(*columns, last.scalar_subquery().label("last")).select_from(Account)
    query = query.join(Person, Person.id == Account.person_id)
    query = query.where(Account.disabled_at.is_(None), Person.restricted_at.is_(None))
    # In the order of people, so that their rows and their days are read along: half the time on SQLite.
    return query.order_by(Account.person_id).cte("active")


def _daily(session: Session, end: date, total: Counts, shown: Figures) -> list[tuple[date, int | None]]:
    counts = _days(session, end)
    days = [end - timedelta(days=back) for back in reversed(range(DAYS))]

    def around(day: date) -> list[int]:
        wide = [i for i, window in enumerate(WINDOWS) if shown[i] is not None and (end - day).days < window]
        return [total[i] for i in wide]

    return [(day, disclosure.part(counts[day], around(day))) for day in days]


def _days(session: Session, end: date) -> Counter[date]:
    """The people of each day: everybody, whom an index counts alone, less the few who are left out."""
    left_out = union(
        select(Person.id).where(Person.restricted_at.is_not(None)),
        select(Account.person_id).where(Account.disabled_at.is_not(None)),
    ).subquery()
    within = and_(UseDay.day > end - timedelta(days=DAYS), UseDay.day <= end)
    every = select(UseDay.day, func.count()).where(within).group_by(UseDay.day)
    # An outer join, so that SQLite begins with the few and not with all days; the row of no day is theirs who have none.
    fewer = select(UseDay.day, func.count()).select_from(left_out)
    fewer = fewer.outerjoin(UseDay, and_(UseDay.person == left_out.c.id, within)).group_by(UseDay.day)
    counts: Counter[date] = Counter()
    for day, people in session.execute(every):
        counts[day] += people
    for day, people in session.execute(fewer):
        counts[day] -= people
    return counts
