"""Whom the canonical forms of an address find (`mailbox_key`, `match_key`), though neither is indexed as a whole.

Most addresses are in their canonical form as they stand, and are found among the addresses. Those who spell theirs otherwise
are in an index of the form: few for a mailbox; for `match_key`, which has no dots, everybody with a dot in their name.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, CompoundSelect, Select, and_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, aliased

from clevenio.people.models import Person

# One for all: making it costs more than asking.
_HOLDER = aliased(Person, name="people_of_form")
FORMS = (Person.mailbox_key.key, Person.match_key.key)
Column = InstrumentedAttribute[Any]
Wanted = Callable[[Column], ColumnElement[bool]]


def ways(column: Column, holder: type[Person], is_wanted: Wanted) -> list[ColumnElement[bool]]:
    """Whether the holder's value of a column is wanted: conditions of which an index answers each, and one at most holds.

    `is_wanted` says of what values, as a column of the holder's, it is asked.
    """
    own: Column = getattr(holder, column.key)
    if column.key not in FORMS:
        return [is_wanted(own)]
    as_it_is, otherwise = holder.address_key == own, holder.address_key != own
    return [and_(is_wanted(holder.address_key), as_it_is), and_(is_wanted(own), otherwise)]


def holders(column: Column, is_wanted: Wanted) -> Select[UUID] | CompoundSelect[UUID]:
    """The identifiers of the people whose value of a column is wanted."""
    parts = [select(_HOLDER.id).where(way) for way in ways(column, _HOLDER, is_wanted)]
    return union_all(*parts) if len(parts) > 1 else parts[0]


def is_at(mailbox: str | Column) -> ColumnElement[bool]:
    """Whether somebody is at a mailbox, by its key."""
    return Person.id.in_(holders(Person.mailbox_key, lambda key: key == mailbox))


def holds_one_of(column: Column, values: CTE, holder: type[Person] = Person) -> ColumnElement[bool]:
    """Whether the holder's value of a column is in a list, which is where they are looked for."""
    if column.key in FORMS:
        return holder.id.in_(holders(column, lambda held: held.in_(select(values))))
    own: Column = getattr(holder, column.key)
    return own.in_(select(values))
