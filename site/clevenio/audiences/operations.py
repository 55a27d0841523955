"""What staff do with audiences that leaves a trace: saving a segment, looking somebody up."""

from datetime import datetime

from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.audiences import segments
from clevenio.audiences.models import Segment
from clevenio.people.models import Person


def create_segment(
    session: Session, name: str, description: str, criteria: segments.Criteria, actor: str, now: datetime
) -> Segment:
    """Save a segment and say so in the trail. Raises `BadInput`, or `Refused` where the name is taken."""
    segment = segments.save(session, name, description, criteria, actor=actor, now=now)
    audit.record(session, actor=actor, action="audience.segment", now=now, details={"segment": segment.id})
    return segment


def note_explanation(session: Session, key: str, person: Person, actor: str, now: datetime) -> None:
    """Somebody looked up why a person is in an audience or not."""
    audit.record(
        session,
        actor=actor,
        action="audience.explain",
        now=now,
        subject=audit.subject_hash(key, person.id),
    )
