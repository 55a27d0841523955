"""How the audit trail names whoever gets mail at an address."""

from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.errors import BadInput
from clevenio.people.addresses import address
from clevenio.rights import subjects


def hashed(session: Session, key: str, recipient: str) -> str | None:
    """The name in the trail; None where nobody here has the address."""
    try:
        found = subjects.known_at(session, address(recipient))
    except BadInput:
        # Mail may go to an address that no form would take, such as one of a drill.
        return None
    return audit.subject_hash(key, found) if found else None
