"""Who is a candidate of a campaign, and how many may be mailed, before anything is written down or sent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, null, select, true
from sqlalchemy.orm import Session

from clevenio.consent import ledger
from clevenio.newsletter import grounds
from clevenio.newsletter.models import Exclusion
from clevenio.people import suppression
from clevenio.people.models import Person

Criteria = Mapping[str, Any]
Narrow = Callable[[Criteria], ColumnElement[bool]]
_narrow: list[Narrow] = []


def narrow_with(narrow: Narrow) -> None:
    """Name what turns a segment's criteria into a condition on people; called once at start."""
    _narrow[:] = [narrow]


def candidates(topic: str, criteria: Criteria | None, after: UUID | None = None) -> Select[Any]:
    """Everybody whose last decision grants the topic, and who is of the segment; those `after` one alone.

    In order of the ledger's subjects: SQLite walks its index so and ends with the last row asked for, where it
    would read everybody and sort them for the very same order of people.

    A row is the person's id and language, the basis, the decision's sequence, its notice, its evidence (NULL
    for a consent), and the reason why they may not be mailed all the same, NULL where they may.
    """
    granted = ledger.evidenced(topic).subquery()
    is_next: ColumnElement[bool] = true()
    if after is not None:
        # Said of both: a database that joins them in their order would begin with the first of the other.
        is_next = and_(Person.id > after, granted.c.subject > after)
    return (
        select(
            granted.c.subject.label("id"),
            Person.language,
            granted.c.basis,
            granted.c.sequence,
            granted.c.notice,
            granted.c.evidence,
            case(
                (Person.restricted_at.is_not(None), Exclusion.RESTRICTED.value),
                (suppression.stands_against(Person.email_suppression, topic), Exclusion.SUPPRESSED.value),
                (grounds.bears(topic, granted.c.basis, granted.c.evidence), null()),
                else_=Exclusion.BASIS.value,
            ).label("reason"),
        )
        .join(granted, granted.c.subject == Person.id)
        .where(granted.c.state == ledger.State.GRANTED.value, is_next, _of(criteria))
        .order_by(granted.c.subject)
    )


def _of(criteria: Criteria | None) -> ColumnElement[bool]:
    if not criteria:
        return true()
    if not _narrow:
        # A campaign for some must never go to all.
        raise RuntimeError("nobody said how a segment narrows a campaign down")
    return _narrow[0](criteria)


@dataclass(frozen=True)
class Counted:
    """A campaign's candidates in numbers: those who would be mailed by language and by basis, the others by reason."""

    by_language: Mapping[str, int]
    by_basis: Mapping[str, int]
    excluded: Mapping[str, int]

    @property
    def mailed(self) -> int:
        """How many would get it, were it sent now."""
        return sum(self.by_language.values())

    @property
    def candidates(self) -> int:
        """Everybody who is on the topic and of the segment."""
        return self.mailed + sum(self.excluded.values())


def count(session: Session, topic: str, criteria: Criteria | None) -> Counted:
    """Count what a freeze would write now."""
    found = candidates(topic, criteria).order_by(None).subquery()
    groups = (found.c.language, found.c.basis, found.c.reason)
    by_language: dict[str, int] = {}
    by_basis: dict[str, int] = {}
    excluded: dict[str, int] = {}
    for language, basis, reason, number in session.execute(select(*groups, func.count()).group_by(*groups)):
        if reason is not None:
            excluded[reason] = excluded.get(reason, 0) + number
        else:
            by_language[language] = by_language.get(language, 0) + number
            by_basis[basis] = by_basis.get(basis, 0) + number
    return Counted(by_language, by_basis, excluded)
