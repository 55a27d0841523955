"""What staff do with audiences that leaves a trace: saving a segment, looking somebody up."""

from datetime import datetime

from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.audiences import segments
from clevenio.audiences.models import Segment
from clevenio.people import operations as people
from clevenio.people import restrictions
from clevenio.people.addresses import Address
from clevenio.people.models import Person


def create_segment(
    session: Session, name: str, description: str, criteria: segments.Criteria, actor: str, now: datetime
) -> Segment:
    """Save a segment and say so in the trail. Raises `BadInput`, or `Refused` where the name is taken."""
    segment = segments.save(session, name, description, criteria, actor=actor, now=now)
    audit.record(session, actor=actor, action="audience.segment", now=now, details={"segment": segment.id})
    return segment


def change_segment(
    session: Session,
    segment: Segment,
    name: str,
    description: str,
    criteria: segments.Criteria,
    *,
    seen: str,
    actor: str,
    now: datetime,
) -> None:
    """Change a segment and say so in the trail. Raises `BadInput` and `Refused` as `segments.change` does."""
    segments.change(session, segment, name, description, criteria, seen=seen)
    details = {"segment": segment.id}
    audit.record(session, actor=actor, action="audience.segment_change", now=now, details=details)


def delete_segment(session: Session, segment: Segment, actor: str, now: datetime) -> None:
    """Delete a segment and say so in the trail. Raises `Refused` as `segments.delete` does."""
    details = {"segment": segment.id, "name": segment.name}
    segments.delete(session, segment)
    audit.record(session, actor=actor, action="audience.segment_end", now=now, details=details)


def look_up(
    session: Session, key: str, address: Address, actor: str, now: datetime, *, sees_restricted: bool
) -> Person | None:
    """Who has this address, for an explanation; that somebody asked is an entry, found or not.

    `key` names people in the trail. Whoever is restricted is found where `sees_restricted` (GDPR Art. 18(2)).
    """
    person = people.find(session, address)
    subject = audit.subject_hash(key, person.id) if person else None
    audit.record(session, actor=actor, action="audience.explain", now=now, subject=subject)
    if person is None or sees_restricted:
        return person
    return None if person.restricted_at or restrictions.is_restricted(session, address.key) else person
