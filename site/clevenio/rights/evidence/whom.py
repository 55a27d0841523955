"""Whom a question is about, by an exact address: somebody known, somebody erased, or nobody here."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.people import erasures
from clevenio.people.addresses import Address
from clevenio.rights import queries, subjects
from clevenio.rights.subjects import Subject
from clevenio.settings import Settings


class Standing(StrEnum):
    """What an address is to us. A writer wrote to us and is known by that alone."""

    PERSON = "person"
    WRITER = "writer"
    ERASED = "erased"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Whom:
    """`ids` are those under which rows and the ledger know them, also from before an erasure, the newest first.

    `was_erased` holds of whoever came back as well: of what was before, rows name nobody. `subject` finds what the tables hold today; of somebody erased it finds what was kept by the address's key.
    """

    address: Address
    standing: Standing
    ids: tuple[UUID, ...]
    subject: Subject
    was_erased: bool

    def hashed(self, key: str) -> str | None:
        """How the audit trail names them; None for nobody."""
        return audit.subject_hash(key, self.ids[0]) if self.ids else None


def whom(session: Session, settings: Settings, named: Address) -> Whom:
    """Whoever has this address now, or had it when they were erased: the keyed link that an erasure leaves."""
    subject = subjects.of_address(session, settings, named)
    before = tuple(reversed(queries.erased_at(session, subject.key)))
    known = subjects.known_at(session, named)
    if known is not None:
        standing = Standing.PERSON if subject.person else Standing.WRITER
        earlier = tuple(each for each in before if each != known)
        return Whom(named, standing, (known, *earlier), subject, bool(earlier))
    is_erased = bool(before or erasures.erased_among(session, [subject.key]))
    return Whom(named, Standing.ERASED if is_erased else Standing.UNKNOWN, before, subject, is_erased)
