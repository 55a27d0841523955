"""Obviously made-up people and what they decided, in one line each.

A factory flushes and never commits: whether the code under test commits is what a test may ask.
"""

from datetime import UTC, datetime
from itertools import count

from sqlalchemy.orm import Session

from clevenio.consent import ledger
from clevenio.consent.notices import account_notice
from clevenio.people import identifiers, operations
from clevenio.people.models import Person

NOW = datetime(2026, 6, 1, 7, 30, tzinfo=UTC)
SUPPRESSION_KEY = "a-suppression-key-that-only-tests-use"

_numbers = count(1)


def make_person(
    session: Session,
    email: str | None = None,
    *,
    language: str = "en",
    source: str = "signup",
    now: datetime = NOW,
    **profile: str | None,
) -> Person:
    """A person with an address of their own; `profile` holds normalised fields, such as `phone`."""
    address = identifiers.address(email or f"person{next(_numbers)}@example.com")
    return operations.add(
        session, SUPPRESSION_KEY, address, language=language, source=source, now=now, profile=profile
    )


def grant(session: Session, person: Person, *purposes: str, now: datetime = NOW) -> list[ledger.Recorded]:
    """The person ticks boxes on the account page."""
    return _decide(session, person, purposes, ledger.State.GRANTED, now)


def refuse(session: Session, person: Person, *purposes: str, now: datetime = NOW) -> list[ledger.Recorded]:
    """The person clears boxes there: a refusal, or a withdrawal of what was granted before."""
    return _decide(session, person, purposes, ledger.State.REFUSED, now)


def _decide(
    session: Session, person: Person, purposes: tuple[str, ...], state: ledger.State, now: datetime
) -> list[ledger.Recorded]:
    return operations.decide(
        session,
        person,
        dict.fromkeys(purposes, state),
        channel=ledger.Channel.ACCOUNT,
        notice=account_notice(person.language),
        language=person.language,
        now=now,
    )
