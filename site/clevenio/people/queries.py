"""Whom something may reach: the ledger's permission, less those suppressed or restricted."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_

from clevenio.consent import ledger
from clevenio.people import suppression
from clevenio.people.models import Person


def is_mailable(purpose: str, bases: Iterable[ledger.Basis]) -> ColumnElement[bool]:
    """Whether a row of `Person` may be mailed about a purpose, on one of these bases.

    For few people, as each is answered by index.
    """
    granted = ledger.permitted(purpose, bases)
    return and_(
        granted.where(granted.selected_columns[0] == Person.id).exists(),
        Person.restricted_at.is_(None),
        ~suppression.stands_against(Person.email_suppression, purpose),
    )
