"""Who gets into an audience: one query that the export reads and the preview counts.

A person gets in whose last decision grants the platform's purpose by consent, who is not
restricted, and who is the first of those with one mailbox. An identifier gets in unless it is
suppressed, or shared with somebody who said no to this platform or is restricted: a switchboard's
number, a second spelling of the same mailbox.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, null, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from clevenio.audiences.layouts import Layout, Unit
from clevenio.audiences.segments import Criteria, condition
from clevenio.consent import ledger
from clevenio.people import suppression
from clevenio.people.models import Person

# A role that is a title by itself; the others say what somebody works with, not what they are called.
TITLES = {"owner": "Owner", "chief_executive": "Chief Executive Officer"}


class Eligibility:
    """The conditions for one platform's purpose and one segment."""

    def __init__(self, layout: Layout, criteria: Criteria) -> None:
        self.layout = layout
        self.purpose = layout.purpose
        self.standing = ledger.standing(self.purpose).subquery("standing")
        self.in_segment = condition(criteria)
        self.open: dict[str, ColumnElement[bool]] = {
            "email": self._open(Person.mailbox_key, Person.email_suppression),
            "phone": self._open(Person.phone, Person.phone_suppression),
            "advertising_id": self._open(Person.advertising_id, None),
        }

    @property
    def identifiers(self) -> tuple[str, ...]:
        """The identifiers that the platform matches by; a company comes in by its people's addresses."""
        if self.layout.unit is Unit.COMPANY:
            return ("email",)
        fields = {column.field for column in self.layout.columns}
        return tuple(field for field in self.open if field in fields)

    @property
    def is_granted(self) -> ColumnElement[bool]:
        """The last decision is a grant, and it rests on consent: nothing else will do here."""
        return and_(
            self.standing.c.state == ledger.State.GRANTED.value,
            self.standing.c.basis == ledger.Basis.CONSENT.value,
        )

    @property
    def is_restricted(self) -> ColumnElement[bool]:
        """Stored and not used (GDPR Art. 18)."""
        return Person.restricted_at.is_not(None)

    @property
    def is_repeated(self) -> ColumnElement[bool]:
        """Another person of this audience has the same mailbox and comes first."""
        among = and_(self.is_granted, Person.restricted_at.is_(None), self.in_segment, self.open["email"])
        place = func.row_number().over(partition_by=Person.mailbox_key, order_by=Person.id)
        numbered = (
            self._joined(Person.id, place.label("place"))
            .where(Person.mailbox_key.in_(shared(Person.mailbox_key)), among)
            .subquery("numbered")
        )
        return Person.id.in_(select(numbered.c.id).where(numbered.c.place > 1))

    @property
    def has_identifier(self) -> ColumnElement[bool]:
        """At least one identifier that the platform matches by may go."""
        return or_(*(self.open[field] for field in self.identifiers))

    def value(self, field: str) -> ColumnElement[Any]:
        """What is stored for a column's field, NULL where it may not go."""
        if field == "title":
            return func.coalesce(Person.role_other, case(TITLES, value=Person.role))
        column: InstrumentedAttribute[Any] | None = getattr(
            Person, "address_key" if field == "email" else field, None
        )
        if column is None:
            # Known to the platform, unknown to us: city, region, a stock symbol.
            return null()
        return case((self.open[field], column)) if field in self.open else column.expression

    def granted(self, *columns: Any) -> Select[Any]:
        """The people of the segment whose last decision is a grant, whatever else keeps them out."""
        return self._joined(*columns).where(self.is_granted, self.in_segment)

    def eligible(self, *columns: Any) -> Select[Any]:
        """The people who get in, in the order of their random ids."""
        return self.granted(*columns).where(
            Person.restricted_at.is_(None), ~self.is_repeated, self.has_identifier
        )

    def _joined(self, *columns: Any) -> Select[Any]:
        return (
            select(*columns)
            .select_from(self.standing)
            .join(Person, Person.id == self.standing.c.subject)
            .correlate(None)
        )

    def _open(
        self, identifier: InstrumentedAttribute[Any], key: InstrumentedAttribute[Any] | None
    ) -> ColumnElement[bool]:
        conditions = [identifier.is_not(None), identifier.not_in(self._withheld(identifier))]
        if key is not None:
            conditions.append(key.not_in(suppression.suppressed(self.purpose)))
        return and_(*conditions)

    def _withheld(self, identifier: InstrumentedAttribute[Any]) -> Select[Any]:
        """Identifiers that several people hold, one of whom said no or is restricted."""
        said_no = (
            select(self.standing.c.subject)
            .where(self.standing.c.state != ledger.State.GRANTED.value)
            .correlate(None)
        )
        return (
            select(identifier)
            .where(identifier.in_(shared(identifier)), or_(self.is_restricted, Person.id.in_(said_no)))
            .correlate(None)
        )


def shared(identifier: InstrumentedAttribute[Any]) -> Select[Any]:
    """Identifiers that more than one person holds: few, so the sets made from them stay small."""
    return (
        select(identifier)
        .where(identifier.is_not(None))
        .group_by(identifier)
        .having(func.count() > 1)
        .correlate(None)
    )
