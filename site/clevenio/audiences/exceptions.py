"""The few people of an audience of whom something must not go: an identifier, or the whole row.

They are found from the small sides, by index: identifiers that several people hold, and those that
are suppressed. So an export pays for its exceptions, not for its size.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, case, func, literal, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, aliased

from clevenio.consent import ledger
from clevenio.people import suppression
from clevenio.people.models import Person

REPEATED = "repeated"
# By what an identifier is recognised in another person, and its key in the suppression list.
SAME: dict[str, tuple[InstrumentedAttribute[Any], InstrumentedAttribute[Any] | None]] = {
    "email": (Person.mailbox_key, Person.email_suppression),
    "phone": (Person.phone, Person.phone_suppression),
    "advertising_id": (Person.advertising_id, None),
}


def exceptions(
    purpose: str, fields: Iterable[str], in_segment: ColumnElement[bool], sharing: Mapping[str, CTE]
) -> CTE:
    """A row for each such person: `person`, and a column per identifier, 1 where it must not go.

    `sharing` are the identifiers that several people hold (`shared`). `repeated` is 1 where somebody of
    the same audience has the same mailbox and a smaller id.
    """
    wanted = dict.fromkeys([*fields, "email"])
    withheld = {field: _withheld(purpose, field, sharing[field]) for field in wanted}
    parts = [select(rows.c.id, literal(field).label("what")) for field, rows in withheld.items()]
    parts.append(_repeated(purpose, in_segment, sharing["email"], withheld["email"]))
    found = union_all(*parts).cte("found")
    marks = [func.max(case((found.c.what == what, 1))).label(what) for what in (*wanted, REPEATED)]
    return select(found.c.id.label("person"), *marks).group_by(found.c.id).cte("exceptions")


def shared(fields: Iterable[str]) -> dict[str, CTE]:
    """By kind, the mailbox's always: identifiers that more than one person holds."""
    wanted = dict.fromkeys([*fields, "email"])
    return {field: select(_shared(SAME[field][0]).subquery()).cte(f"shared_{field}") for field in wanted}


def _shared(identifier: Any) -> Select[Any]:
    return (
        select(identifier)
        .where(identifier.is_not(None))
        .group_by(identifier)
        .having(func.count() > 1)
        .correlate(None)
    )


def _withheld(purpose: str, field: str, sharing: CTE) -> CTE:
    """The people with an identifier that is suppressed, or that somebody holds who said no."""
    same, key = SAME[field]
    holder = aliased(Person)
    held = getattr(holder, same.key)
    standing = ledger.standing(purpose).subquery()
    said_no = (
        select(standing.c.subject)
        .where(standing.c.subject == holder.id, standing.c.state != ledger.State.GRANTED.value)
        .correlate(holder)
    )
    refused = (
        select(held)
        .where(held.in_(select(sharing)), or_(holder.restricted_at.is_not(None), said_no.exists()))
        .correlate(None)
    )
    rows = select(Person.id).where(same.in_(refused))
    if key is None:
        return rows.cte(f"withheld_{field}")
    suppressed = select(Person.id).where(key.in_(suppression.suppressed(purpose)))
    return union_all(rows, suppressed).cte(f"withheld_{field}")


def _repeated(purpose: str, in_segment: ColumnElement[bool], sharing: CTE, withheld: CTE) -> Select[Any]:
    permitted = ledger.permitted(purpose, [ledger.Basis.CONSENT]).subquery()
    is_permitted = select(permitted.c.subject).where(permitted.c.subject == Person.id).correlate(Person)
    place = func.row_number().over(partition_by=Person.mailbox_key, order_by=Person.id)
    numbered = (
        select(Person.id, place.label("place"))
        .where(
            Person.mailbox_key.in_(select(sharing)),
            is_permitted.exists(),
            Person.restricted_at.is_(None),
            Person.id.not_in(select(withheld.c.id)),
            in_segment,
        )
        .subquery()
    )
    return select(numbered.c.id, literal(REPEATED).label("what")).where(numbered.c.place > 1)
