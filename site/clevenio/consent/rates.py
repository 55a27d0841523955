"""How often the question was shown and how it was answered, by day, language and version.

Answers are counted from the ledger's own rows, the one truth there is; what was shown from `shown`.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Integer, case, cast, func, select
from sqlalchemy.orm import Session

from clevenio.consent.archive import Version, sizes
from clevenio.consent.models import IS_ANSWER, Decision, Shown, State
from clevenio.database import is_sqlite
from clevenio.i18n import local_day, midnight

QUARTER = 900


@dataclass(frozen=True)
class Rates:
    """Pages with the bar, and acts of browsers: everything allowed, some of it, nothing, something taken back."""

    shown: int = 0
    accepted: int = 0
    chosen: int = 0
    refused: int = 0
    withdrawn: int = 0

    def __add__(self, other: "Rates") -> "Rates":
        return Rates(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Rates)))

    @property
    def answers(self) -> int:
        """How often the question was answered; a withdrawal is no answer to it."""
        return self.accepted + self.chosen + self.refused


Counted = dict[tuple[date, str], Rates]


def rates(session: Session, first: date, last: date, notices: Collection[str]) -> Counted:
    """What happened on the days from first to last, by day and version, for these versions; none without any."""
    counted: dict[tuple[date, str], Rates] = defaultdict(Rates)
    pages = select(Shown.day, Shown.notice, Shown.pages).where(
        Shown.day.between(first, last), Shown.notice.in_(notices)
    )
    for day, notice, shown in session.execute(pages):
        counted[day, notice] += Rates(shown=shown)
    asked = sizes(session, notices)
    for quarter, notice, kind, rows, number in session.execute(
        _answers(is_sqlite(session), midnight(first), midnight(last + timedelta(days=1)), notices)
    ):
        day = local_day(datetime.fromtimestamp(quarter * QUARTER, UTC))
        # Where the question was narrowed to what changed, the rest stands as it was: some of it, whatever the answer.
        is_whole = kind == "withdrawn" or rows == asked[notice]
        counted[day, notice] += Rates(**{kind if is_whole else "chosen": number})
    return dict(counted)


def _answers(sqlite: bool, start: datetime, end: datetime, notices: Collection[str]) -> Any:
    """Acts by quarter of an hour since 1970, version, kind and rows: days of every time zone are made of quarters."""

    def rows_of(state: State) -> Any:
        return func.count().filter(Decision.state == state.value)

    if sqlite:
        # Without its fraction, which SQLite would round up into the next day.
        quarter = cast(func.strftime("%s", func.substr(Decision.at, 1, 19)), Integer) // QUARTER
    else:
        quarter = cast(func.floor(func.extract("epoch", Decision.at) / QUARTER), Integer)
    # One act of a browser is one row for each purpose, all of one moment and one version.
    acts = (
        select(
            quarter.label("quarter"),
            func.min(Decision.notice).label("notice"),
            case(
                (rows_of(State.WITHDRAWN) > 0, "withdrawn"),
                (rows_of(State.GRANTED) == func.count(), "accepted"),
                (rows_of(State.GRANTED) > 0, "chosen"),
                else_="refused",
            ).label("kind"),
            func.count().label("rows"),
        )
        .where(IS_ANSWER, Decision.at >= start, Decision.at < end, Decision.notice.in_(notices))
        .group_by(Decision.at, Decision.subject)
        .subquery()
    )
    return select(*acts.c, func.count()).group_by(*acts.c)


def by_day(counted: Counted, first: date, last: date) -> list[tuple[date, Rates]]:
    """Every day, also those on which nothing happened."""
    days = dict.fromkeys(
        (first + timedelta(days=number) for number in range((last - first).days + 1)), Rates()
    )
    for (day, _), rate in counted.items():
        days[day] += rate
    return list(days.items())


def by_version(counted: Counted, versions: Iterable[Version]) -> list[tuple[Version, Rates]]:
    """The versions with which something happened, in their order."""
    found: dict[str, Rates] = defaultdict(Rates)
    for (_, notice), rate in counted.items():
        found[notice] += rate
    return [(version, found[version.id]) for version in versions if version.id in found]


def total(some: Iterable[Rates]) -> Rates:
    """All of them together."""
    return sum(some, Rates())
