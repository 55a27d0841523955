"""Holding somebody's data back from every rule, and ending that: staff's acts, each an entry of the trail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.errors import BadInput
from clevenio.people import holds
from clevenio.people.addresses import Address
from clevenio.people.holds import Ground, Hold
from clevenio.people.models import Person
from clevenio.people.operations import find
from clevenio.settings import Settings


@dataclass(frozen=True)
class Held:
    """A hold that stands, and whom it is on."""

    hold: Hold
    person: Person | None


def put(
    session: Session,
    settings: Settings,
    named: Address,
    ground: Ground,
    reason: str,
    actor: str,
    now: datetime,
) -> Hold:
    """Hold the person with exactly this address. Raises `BadInput` where nobody has it, or it is held already."""
    person = find(session, named)
    if person is None:
        raise BadInput("Nobody is known by this address.", field="email")
    if any(hold.ground == ground for hold in holds.of(session, person.id)):
        raise BadInput("This person’s data is already held on this ground.", field="ground")
    hold = holds.put(session, person.id, ground, reason, actor, now)
    _record(session, settings, "retention.hold", [person.id], actor, now, reason)
    return hold


def end(session: Session, settings: Settings, hold: UUID, actor: str, now: datetime) -> Hold:
    """End a hold: the rules go on as if it had never been. Twice is once. Raises `Missing`."""
    ended = holds.end(session, hold, now)
    if ended.ended_at == now:
        _record(session, settings, "retention.release", [ended.person], actor, now)
    return ended


def read(session: Session, settings: Settings, actor: str, now: datetime) -> list[Held]:
    """Every hold that stands, the newest first, with whom it is on; looking is an entry."""
    standing = holds.running(session)
    people = {
        person.id: person
        for person in session.scalars(select(Person).where(Person.id.in_({each.person for each in standing})))
    }
    if standing:
        whose = [each.person for each in standing]
        _record(session, settings, "retention.holds", whose, actor, now)
    return [Held(hold, people.get(hold.person)) for hold in standing]


def _record(
    session: Session,
    settings: Settings,
    action: str,
    people: Sequence[UUID],
    actor: str,
    now: datetime,
    reason: str | None = None,
) -> None:
    hashes = [audit.subject_hash(settings.suppression_key, person) for person in people]
    alone = hashes[0] if len(hashes) == 1 else None
    details = {} if alone else {"subjects": hashes}
    audit.record(session, actor=actor, action=action, now=now, subject=alone, reason=reason, details=details)
