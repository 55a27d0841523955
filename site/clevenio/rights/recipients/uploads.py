"""What a platform received of somebody in audience files, and the task to have it taken out."""

from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from clevenio.audiences.layouts import Platform
from clevenio.audiences.membership import SENT
from clevenio.audiences.models import Export, Kind, Membership
from clevenio.audiences.platforms import platforms
from clevenio.rights.models import Request
from clevenio.rights.recipients.models import Cause, Task


def newest(
    session: Session,
    platform: str,
    person: UUID,
    field: str | None = None,
    before: datetime | None = None,
    after: datetime | None = None,
) -> int:
    """The number of the newest audience file for a platform that a person was in; 0 for none.

    With an identifier's `field`, of those that carried it. Of other facts nobody knows which file had them.
    """
    query = of_platform(platform).where(Membership.person_id == person)
    if field in SENT:
        query = query.where(SENT[field])
    if before is not None:
        query = query.where(Export.created_at <= before)
    if after is not None:
        query = query.where(Export.created_at > after)
    return session.scalar(query) or 0


def receivers(session: Session, data: Path) -> list[Platform]:
    """The platforms that an audience file was ever made for; of the others nobody need be found."""
    query = select(Export.platform).where(Export.kind == Kind.UPLOAD.value).distinct()
    given = set(session.scalars(query))
    return [platform for platform in platforms(data) if platform.id in given]


def has_any(session: Session, person: UUID) -> bool:
    """Whether the person was in any audience file at all that was not thrown away."""
    query = (
        select(Membership.export_id)
        .join(Export, Export.id == Membership.export_id)
        .where(Membership.person_id == person, Export.kind == Kind.UPLOAD.value)
    )
    return session.scalar(query.limit(1)) is not None


def of_platform(platform: str) -> Select[int]:
    """The newest audience file for a platform, to be narrowed by whoever was in it."""
    return (
        select(func.max(Export.id))
        .join(Membership, Membership.export_id == Export.id)
        .where(Export.platform == platform, Export.kind == Kind.UPLOAD.value)
    )


def standing(session: Session, person: UUID, platform: str, upload: int) -> Task | None:
    """The task that takes the person out of what the platform has now, be it open or closed."""
    query = select(Task).where(
        Task.subject == person,
        Task.platform == platform,
        Task.cause != Cause.RECTIFICATION.value,
        Task.upload >= upload,
    )
    return session.scalars(query.order_by(Task.opened_at.desc()).limit(1)).first()


def take_over(session: Session, person: UUID, request: Request) -> None:
    """What was to be corrected on platforms is to be erased there: a wrong identifier still has to come out."""
    session.execute(
        update(Task)
        .where(
            Task.subject == person,
            Task.platform.is_not(None),
            Task.cause == Cause.RECTIFICATION.value,
            Task.closed_at.is_(None),
        )
        .values(cause=Cause.ERASURE.value, request=request.id, field=None)
    )


def task(
    chosen: Platform, person: UUID, upload: int, cause: Cause, request: Request | None, now: datetime
) -> Task:
    """A task to take a person out of what was uploaded up to a file; due as the request behind it is."""
    return Task(
        subject=person,
        member=person,
        request=request.id if request else None,
        cause=cause.value,
        vendor=chosen.layout.vendor,
        platform=chosen.id,
        upload=upload,
        since=request.received_at if request else now,
        opened_at=now,
    )
