"""What customers do with their accounts, written into the usage log.

A login is written down as a failed one before it is judged, and becomes a login when it succeeds. Where
nobody has the address the same row is written, about nobody, and a tick removes it: so both take as
long, and neither answer nor duration tells whether an address is known.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clevenio.accounts.models import Account
from clevenio.people import usage
from clevenio.people.models import Person
from clevenio.people.usage import Kind, UsageEvent

__all__ = ["Kind", "begin_login", "complete_login", "record", "record_day"]


def record(session: Session, account: UUID, kind: Kind, now: datetime) -> None:
    """Write down what the holder of an account did."""
    person = _person(session, account)
    if person is not None:
        usage.record(session, person, kind, now)


def record_day(session: Session, account: UUID, now: datetime) -> None:
    """Write down that an account is in use today."""
    person = _person(session, account)
    if person is not None:
        usage.record_day(session, person, now)
    # Also where nothing may be added to the log: whoever comes back keeps their account.
    session.execute(update(Account).where(Account.id == account).values(last_used_at=now))


def begin_login(session: Session, person: UUID | None, now: datetime) -> int:
    """Write down a login that has not succeeded yet, of somebody or of nobody; its number."""
    return usage.record(session, person, Kind.FAILED_LOGIN, now).id


def complete_login(session: Session, begun: int, account: UUID, now: datetime) -> None:
    """The login with this number succeeded."""
    session.execute(update(UsageEvent).where(UsageEvent.id == begun).values(kind=Kind.LOGIN))
    record_day(session, account, now)


def _person(session: Session, account: UUID) -> UUID | None:
    """Who holds the account, unless nothing may be added about them."""
    query = select(Account.person_id).join(Account.person)
    return session.scalar(
        query.where(Account.id == account, Person.restricted_at.is_(None), Person.objected_at.is_(None))
    )
