"""Whom something may reach: the ledger's permission, less those suppressed or restricted."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select

from clevenio.consent import ledger
from clevenio.people import suppression
from clevenio.people.models import Person


def mailable(purpose: str, bases: Iterable[ledger.Basis]) -> Select[UUID]:
    """People who may be mailed about a purpose, on one of these bases."""
    return select(Person.id).where(
        Person.id.in_(ledger.permitted(purpose, bases)),
        Person.restricted_at.is_(None),
        Person.email_suppression.not_in(suppression.suppressed(purpose)),
    )


def is_mailable(purpose: str, bases: Iterable[ledger.Basis]) -> ColumnElement[bool]:
    """The same as a condition on a row of `Person`: for few people, as each is answered by index."""
    granted = ledger.permitted(purpose, bases)
    return and_(
        granted.where(granted.selected_columns[0] == Person.id).exists(),
        Person.restricted_at.is_(None),
        ~suppression.stands_against(Person.email_suppression, purpose),
    )


def reachable(purpose: str) -> Select[UUID]:
    """People whose consent to a purpose stands and who are neither restricted nor suppressed."""
    keys = suppression.suppressed(purpose)
    return select(Person.id).where(
        Person.id.in_(ledger.permitted(purpose, [ledger.Basis.CONSENT])),
        Person.restricted_at.is_(None),
        Person.email_suppression.not_in(keys),
        or_(Person.phone_suppression.is_(None), Person.phone_suppression.not_in(keys)),
    )
