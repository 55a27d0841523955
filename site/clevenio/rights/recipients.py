"""Who received somebody's data and must be told first (GDPR Art. 19): the advertising platforms.

A removal file is made from stored values, so an erasure waits until it has been handed out.
"""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clevenio.audiences.layouts import Platform
from clevenio.audiences.models import Export, Kind, Membership, State
from clevenio.audiences.platforms import platforms
from clevenio.audiences.removals import removal
from clevenio.people.models import Person

# A file that began longer ago and never ended was broken off.
RUNNING = timedelta(hours=1)


def removals_due(session: Session, data: Path, person: UUID) -> list[Platform]:
    """The platforms that hold something of a person which no finished removal file has taken out yet."""
    return [
        platform
        for platform in platforms(data)
        if _last(session, platform, person, Kind.UPLOAD) > _last(session, platform, person, Kind.REMOVAL)
        and _is_in_removal(session, platform, person)
    ]


def is_export_running(session: Session, now: datetime) -> bool:
    """Whether an audience file is being made: it reads people as they were when it began."""
    began = select(Export.id).where(
        Export.kind == Kind.UPLOAD.value,
        Export.state == State.STARTED.value,
        Export.created_at > now - RUNNING,
    )
    return session.scalar(began.limit(1)) is not None


def _last(session: Session, platform: Platform, person: UUID, kind: Kind) -> int:
    """The number of the last file of a kind that a person was in; 0 for none. Removals count once finished."""
    query = (
        select(func.max(Export.id))
        .join(Membership, Membership.export_id == Export.id)
        .where(
            Membership.person_id == person, Export.platform == platform.layout.id, Export.kind == kind.value
        )
    )
    if kind is Kind.REMOVAL:
        query = query.where(Export.state == State.FINISHED.value)
    return session.scalar(query) or 0


def _is_in_removal(session: Session, platform: Platform, person: UUID) -> bool:
    selection = removal(platform.layout)
    rows = selection.rows if selection.members is None else selection.members
    return session.execute(rows.where(Person.id == person).order_by(None).limit(1)).first() is not None
