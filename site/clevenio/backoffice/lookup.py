"""Whom an exact address belongs to, in whatever room; there is no other way to look for somebody."""

from uuid import UUID

from sqlalchemy.orm import Session

from clevenio.inquiries import queries as inquiries
from clevenio.people import operations as people
from clevenio.people.addresses import Address


def subject(session: Session, address: Address) -> UUID | None:
    """The person with this address, else whoever wrote to us from it; None where nobody here has it."""
    person = people.find(session, address)
    return person.id if person else inquiries.subject_at(session, address)
