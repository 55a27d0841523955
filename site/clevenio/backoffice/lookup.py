"""Whom an exact address belongs to, in whatever room; there is no other way to look for somebody."""

from uuid import UUID

from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.errors import BadInput
from clevenio.inquiries import queries as inquiries
from clevenio.people import operations as people
from clevenio.people.addresses import Address, address


def subject(session: Session, wanted: Address) -> UUID | None:
    """The person with this address, else whoever wrote to us from it; None where nobody here has it."""
    person = people.find(session, wanted)
    return person.id if person else inquiries.subject_at(session, wanted)


def hashed(session: Session, key: str, recipient: str) -> str | None:
    """How the trail names whoever gets mail at an address; None where nobody here has it."""
    try:
        found = subject(session, address(recipient))
    except BadInput:
        # Mail may go to an address that no form would take, such as one of a drill.
        return None
    return audit.subject_hash(key, found) if found else None
