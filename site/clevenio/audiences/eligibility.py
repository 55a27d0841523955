"""Who gets into an audience: one query that the export reads and the preview counts.

A person gets in whose last decision grants the platform's purpose by consent, who is not
restricted, and who is the first of those with one mailbox. An identifier gets in unless it is
suppressed, or shared with somebody who said no to this platform or is restricted: a switchboard's
number, a second spelling of the same mailbox. One that goes in clear gets in only where the wording
that the person agreed to listed it.
"""

from collections.abc import Collection, Mapping
from copy import copy
from typing import Any, Self
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    True_,
    and_,
    case,
    false,
    func,
    null,
    outerjoin,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute

from clevenio.audiences.criteria import Criteria, condition
from clevenio.audiences.exceptions import exceptions
from clevenio.audiences.folding import either, every, negated
from clevenio.audiences.layouts import LISTED_AS, Layout, Unit
from clevenio.audiences.models import Export, Kind, Membership
from clevenio.consent import archive, ledger
from clevenio.people.models import Person

# A role that is a title by itself; the others say what somebody works with, not what they are called.
TITLES = {"owner": "Owner", "chief_executive": "Chief Executive Officer"}
IDENTIFIERS = {"email": "address_key", "phone": "phone", "advertising_id": "advertising_id"}


class Eligibility:
    """The conditions for one platform's purpose and one segment.

    Who has `no_exceptions`, counted in the same snapshot, need not look for them again.
    """

    def __init__(
        self,
        layout: Layout,
        criteria: Criteria,
        new_to: str | None = None,
        *,
        no_exceptions: bool = False,
        of: UUID | None = None,
        few_refuse: bool = False,
        listing: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        """`new_to` names a segment: then whoever was in a file of it for this platform stays out.

        `of` says that only this one person is asked about: then nobody else's identifiers are gone through.
        Where `few_refuse` (see `exceptions`), the same people get in by a shorter way. `listing` is which notices list a
        datum, where that was asked before: to look into a list costs less for each person than into a query.
        """
        self.layout = layout
        self.new_to = new_to
        self._listing = listing
        self.standing = ledger.standing(layout.purpose).subquery("standing")
        self.in_segment = condition(criteria)
        self.identifiers = _identifiers(layout)
        self.exceptions = (
            None
            if no_exceptions
            else exceptions(layout, self.identifiers, self.in_segment, of=of, few_refuse=few_refuse)
        )

    def without_exceptions(self) -> Self:
        """The same people, as if everything of each might go."""
        plain = copy(self)
        plain.exceptions = None
        return plain

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
        return false() if self.exceptions is None else self.exceptions.c.restricted.is_not_distinct_from(1)

    @property
    def is_exception(self) -> ColumnElement[bool]:
        """Something of the person must not go, or the whole row."""
        return false() if self.exceptions is None else self.exceptions.c.person.is_not(None)

    @property
    def is_repeated(self) -> ColumnElement[bool]:
        """Another person of this audience has the same mailbox and comes first."""
        return false() if self.exceptions is None else self.exceptions.c.repeated.is_not_distinct_from(1)

    @property
    def is_in(self) -> ColumnElement[bool]:
        """The person gets in."""
        may_go = every(negated(self.is_restricted), negated(self.is_repeated), self.has_identifier)
        return every(self.is_granted, may_go, self.is_new)

    @property
    def is_new(self) -> ColumnElement[bool]:
        """The person was in no earlier file of this segment for the platform, save those that were thrown away."""
        if self.new_to is None:
            return true()
        files = select(Export.id).where(
            Export.platform == self.layout.id,
            Export.segment == self.new_to,
            Export.kind == Kind.UPLOAD.value,
        )
        # Added to, the number is no part of the index: it is looked up by person once, not once for each file.
        earlier = select(Membership.person_id).where(
            Membership.person_id == Person.id, (Membership.export_id + 0).in_(files)
        )
        return ~earlier.correlate(Person).exists()

    @property
    def has_identifier(self) -> ColumnElement[bool]:
        """At least one identifier that the platform matches by may go."""
        return either(*(self.is_open(field) for field in self.identifiers))

    def is_open(self, field: str) -> ColumnElement[bool]:
        """The person has this identifier, and it may go."""
        return every(is_stored(field), self._may_go(field))

    def value(self, field: str) -> ColumnElement[Any]:
        """What is stored for a column's field, NULL where it may not go."""
        if field in IDENTIFIERS:
            may_go = self._may_go(field)
            return stored(field).expression if isinstance(may_go, True_) else case((may_go, stored(field)))
        if field == "title":
            return func.coalesce(Person.role_other, case(TITLES, value=Person.role))
        column: InstrumentedAttribute[Any] | None = getattr(Person, field, None)
        # What a platform has a column for and we do not know: a city, a stock symbol.
        return null() if column is None else column.expression

    def goes(self, field: str) -> ColumnElement[bool]:
        """The person's row has something in this column: it is stored, and the wording lists it."""
        listed_as = None if field in IDENTIFIERS else LISTED_AS.get(field)
        is_there = self.value(field).is_not(None)
        return is_there if listed_as is None else and_(is_there, self.lists(listed_as))

    def everybody(self, *columns: Any) -> Select[Any]:
        """The people of the segment who ever decided about the platform, whatever they said."""
        people = self.standing.join(Person, Person.id == self.standing.c.subject)
        if self.exceptions is not None:
            people = people.outerjoin(self.exceptions, self.exceptions.c.person == self.standing.c.subject)
        return select(*columns).select_from(people).where(self.in_segment).correlate(None)

    def among(self, people: CTE, *columns: Any) -> Select[Any]:
        """Those of `everybody` whose ids are among these: a CTE with a column `person`."""
        return self.everybody(*columns).where(self.standing.c.subject.in_(select(people.c.person)))

    def granted(self, *columns: Any) -> Select[Any]:
        """The people of the segment whose last decision is a grant, whatever else keeps them out."""
        return self.everybody(*columns).where(self.is_granted)

    def exceptional(self, *columns: Any) -> Select[Any]:
        """Of the granted, those of whom something must not go."""
        if self.exceptions is None:
            return self.granted(*columns).where(false())
        found = outerjoin(
            self.exceptions,
            self.standing,
            and_(self.standing.c.subject == self.exceptions.c.person, self.is_granted),
        ).outerjoin(Person, Person.id == self.standing.c.subject)
        # Outer joins, and what is asked of them written so that they stay that: SQLite would begin with everybody.
        is_somebody = case((Person.id.is_not(None), 1)) == 1
        return select(*columns).select_from(found).where(is_somebody, self.in_segment).correlate(None)

    def eligible(self, *columns: Any) -> Select[Any]:
        """The people who get in."""
        return self.everybody(*columns).where(self.is_in)

    def lists(self, datum: str) -> ColumnElement[bool]:
        """The wording that the person agreed to names this of them as what goes."""
        notices = archive.listing(datum) if self._listing is None else self._listing.get(datum, ())
        return self.standing.c.notice.in_(notices)

    def _may_go(self, field: str) -> ColumnElement[bool]:
        # Not "is null": PostgreSQL would take nearly everybody of a query without statistics to be an exception.
        is_open = true() if self.exceptions is None else self.exceptions.c[field].is_distinct_from(1)
        listed_as = LISTED_AS.get(field)
        return is_open if listed_as is None else every(is_open, self.lists(listed_as))


def _identifiers(layout: Layout) -> tuple[str, ...]:
    """The identifiers a platform matches by; a company comes in by its people's addresses."""
    if layout.unit is Unit.COMPANY:
        return ("email",)
    fields = {column.field for column in layout.columns}
    return tuple(field for field in IDENTIFIERS if field in fields)


def is_stored(field: str) -> ColumnElement[bool]:
    """The person has this identifier. What everybody has is not looked at."""
    column = stored(field)
    return column.is_not(None) if column.nullable else true()


def stored(field: str) -> InstrumentedAttribute[Any]:
    """Where an identifier is stored."""
    column: InstrumentedAttribute[Any] = getattr(Person, IDENTIFIERS[field])
    return column
