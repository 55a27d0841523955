"""Whose data a request is about: by a person we know, or by an address alone."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.accounts import queries as accounts
from clevenio.accounts.models import Signup
from clevenio.inquiries import queries as inquiries
from clevenio.people import operations as people
from clevenio.people import restrictions, suppression
from clevenio.people.addresses import Address, address
from clevenio.people.models import Person
from clevenio.rights.models import Request
from clevenio.settings import Settings


@dataclass(frozen=True)
class Subject:
    """One person in every form by which tables know them. `person` is None where we know an address only.

    `key` and `phone_key` are suppression keys, `trail` is how the audit trail names them, `signups` wait for verification.
    """

    id: UUID
    address: Address
    key: str
    phone_key: str | None
    trail: str
    person: Person | None
    account: UUID | None
    signups: tuple[UUID, ...]


def of_request(session: Session, settings: Settings, request: Request) -> Subject | None:
    """Whom a request is about; None once there is nobody behind it any more."""
    person = session.get(Person, request.subject, populate_existing=True)
    if person is not None:
        return _subject(session, settings, request.subject, address(person.email), person)
    restriction = restrictions.of_request(session, request.id)
    if restriction is None:
        return None
    named = address(restriction.address_key)
    # Somebody may have come to be known under the address since.
    found = people.find(session, named)
    return _subject(session, settings, found.id if found else request.subject, named, found)


def of_address(session: Session, settings: Settings, named: Address) -> Subject:
    """Whom an address stands for: the person, else whoever wrote from it, else somebody new."""
    person = people.find(session, named)
    return _subject(session, settings, known_at(session, named) or uuid4(), named, person)


def known_at(session: Session, named: Address) -> UUID | None:
    """The person with this address, else whoever wrote to us from it; None where nobody here has it."""
    person = people.find(session, named)
    return person.id if person else inquiries.subject_at(session, named)


def of_person(session: Session, settings: Settings, person: Person) -> Subject:
    """A person we know."""
    return _subject(session, settings, person.id, address(person.email), person)


def _subject(
    session: Session, settings: Settings, subject: UUID, named: Address, person: Person | None
) -> Subject:
    key = settings.suppression_key
    account = accounts.account_of(session, person.id) if person else None
    return Subject(
        id=subject,
        address=named,
        key=suppression.email_key(key, named.mailbox_key),
        phone_key=person.phone_suppression if person else None,
        trail=audit.subject_hash(key, subject),
        person=person,
        account=account.id if account else None,
        signups=tuple(session.scalars(select(Signup.id).where(Signup.address_key == named.key))),
    )
