"""Whose data is kept and not used now, on which ground, since when, and which request holds it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.paging import Page, page_of
from clevenio.people.models import Person
from clevenio.people.restrictions import Restriction
from clevenio.rights.models import Request
from clevenio.rights.requests import REASON
from clevenio.settings import Settings


@dataclass(frozen=True)
class Standing:
    """A restriction, whom it is on where we know them, and the request that brought it."""

    restriction: Restriction
    person: Person | None
    request: Request | None

    @property
    def who(self) -> str:
        """The person by name, else by the address."""
        return (self.person.full_name if self.person else "") or self.restriction.address_key


def of_address(session: Session, address_key: str) -> Sequence[Restriction]:
    """What stands about an address, the oldest first."""
    query = select(Restriction).where(Restriction.address_key == address_key)
    return session.scalars(query.order_by(Restriction.since, Restriction.id)).all()


def read(
    session: Session, settings: Settings, number: int, actor: str, now: datetime
) -> tuple[Page[Restriction], list[Standing]]:
    """A page of those that stand, the oldest first; looking is an entry of the trail."""
    page = page_of(session, select(Restriction).order_by(Restriction.since, Restriction.id), number)
    keys = {each.address_key for each in page.rows}
    people = {
        each.address_key: each for each in session.scalars(select(Person).where(Person.address_key.in_(keys)))
    }
    asked = {
        each.id: each
        for each in session.scalars(select(Request).where(Request.id.in_({row.request for row in page.rows})))
    }
    found = [Standing(row, people.get(row.address_key), asked.get(row.request)) for row in page.rows]
    whose = {each.request.subject for each in found if each.request is not None}
    hashes = sorted(audit.subject_hash(settings.suppression_key, each) for each in whose)
    if found:
        audit.record(
            session,
            actor=actor,
            action="rights.restrictions",
            subject=hashes[0] if len(hashes) == 1 else None,
            reason=REASON,
            details={} if len(hashes) == 1 else {"subjects": hashes},
            now=now,
        )
    return page, found
