"""Opening a task for everybody who received a person's row, when something happens that they must know.

What a request does opens them in its own transaction. A withdrawal may come by any door (an account, a link
in a mail, one click in a mail client), so a tick looks for whoever is to be taken out of a platform and
has no task; nobody who withdraws has to wait for it.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from clevenio.audiences import leavers
from clevenio.audiences.layouts import Platform
from clevenio.audiences.models import Export, Kind, Membership
from clevenio.audiences.platforms import platforms
from clevenio.audiences.removals import people_to_remove
from clevenio.people.models import Person
from clevenio.registry import Vendor, load
from clevenio.rights import subjects
from clevenio.rights.holdings import HOLDINGS
from clevenio.rights.models import Kind as Asked
from clevenio.rights.models import Request
from clevenio.rights.recipients.models import Cause, Task
from clevenio.rights.subjects import Subject
from clevenio.settings import Settings

# One run opens no more than this for a platform; the next goes on.
MOST = 500
# How far back a run looks for requests that no run has seen.
LATELY = timedelta(days=2)
ASKED_BY = {
    Cause.WITHDRAWAL: (Asked.WITHDRAWAL, Asked.DIRECT_MARKETING),
    Cause.RESTRICTION: (Asked.RESTRICTION, Asked.OBJECTION, Asked.RECTIFICATION),
}


def erased(session: Session, settings: Settings, subject: Subject, request: Request, now: datetime) -> None:
    """Tasks for an erasure that is about to happen, with what a removal file needs once the values have gone.

    Call it before they go. A platform that let go of the person already is not told twice.
    """
    for chosen in platforms(settings.data):
        upload = newest_upload(session, chosen.id, subject.id)
        standing = _standing(session, subject.id, chosen.id, upload)
        if not upload or (standing is not None and standing.closed_at is not None):
            continue
        if standing is None:
            standing = _to_platform(chosen, subject.id, upload, Cause.ERASURE, request, now)
            session.add(standing)
        standing.cause, standing.request = Cause.ERASURE.value, request.id
        leavers.keep(session, chosen, subject.id, subject.key, now)
    _to_others(session, subject, Cause.ERASURE, request, now)


def told_of(
    session: Session, settings: Settings, subject: Subject, cause: Cause, request: Request, now: datetime
) -> None:
    """Tasks for a restriction or a withdrawal that a request has just brought."""
    session.flush()
    for chosen in platforms(settings.data):
        _to_be_removed(session, chosen, now, Person.id == subject.id)
    _to_others(session, subject, cause, request, now)


def rectified(
    session: Session, settings: Settings, subject: Subject, request: Request, field: str, now: datetime
) -> None:
    """Tasks for a correction that is about to be made; a wrong identifier that was sent is kept to be taken out."""
    for chosen in platforms(settings.data):
        upload = newest_upload(session, chosen.id, subject.id)
        if not upload or field not in {column.field for column in chosen.layout.columns}:
            continue
        standing = _standing(session, subject.id, chosen.id, upload)
        if standing is not None and standing.closed_at is not None:
            continue
        task = _to_platform(chosen, subject.id, upload, Cause.RECTIFICATION, request, now)
        task.field, task.member = field, uuid4()
        session.add(task)
        leavers.keep(session, chosen, subject.id, None, now, member=task.member, only=field)
    _to_others(session, subject, Cause.RECTIFICATION, request, now, field)


def catch_up(session: Session, settings: Settings, now: datetime) -> int:
    """Tasks for whoever is to be taken out of a platform and has none yet; how many were opened."""
    _withdrawn(session, settings, now)
    return sum(_to_be_removed(session, chosen, now) for chosen in platforms(settings.data))


def _withdrawn(session: Session, settings: Settings, now: datetime) -> None:
    """Tasks for recipients of rows, of requests that were done the moment they came."""
    if not any(vendor.receives for vendor in load().vendors.values()):
        return
    query = select(Request, Person).join(Person, Person.id == Request.subject)
    lately = Request.ended_at > now - LATELY
    kinds = Request.kind.in_(ASKED_BY[Cause.WITHDRAWAL])
    for request, person in session.execute(query.where(lately, kinds)).all():
        subject = subjects.of_person(session, settings, person)
        _to_others(session, subject, Cause.WITHDRAWAL, request, now)


def _to_be_removed(session: Session, chosen: Platform, now: datetime, *narrowed: ColumnElement[bool]) -> int:
    newest = _uploads(chosen.id).where(Membership.person_id == Person.id).correlate(Person)
    known = (
        select(Task.id)
        .where(
            Task.subject == Person.id,
            Task.platform == chosen.id,
            Task.cause != Cause.RECTIFICATION.value,
            Task.upload >= newest.scalar_subquery(),
        )
        .correlate(Person)
    )
    found = people_to_remove(chosen.layout).where(~known.exists(), *narrowed).order_by(Person.id).limit(MOST)
    people = session.execute(found.add_columns(Person.restricted_at)).all()
    for person, restricted_at in people:
        upload = newest_upload(session, chosen.id, person)
        cause = Cause.WITHDRAWAL if restricted_at is None else Cause.RESTRICTION
        request = _request_behind(session, person, cause, upload)
        session.add(_to_platform(chosen, person, upload, cause, request, now))
    session.flush()
    return len(people)


def _request_behind(session: Session, person: UUID, cause: Cause, upload: int) -> Request | None:
    """The request that brought it, if one did: one that came after the file."""
    sent = select(Export.created_at).where(Export.id == upload).scalar_subquery()
    query = select(Request).where(
        Request.subject == person, Request.kind.in_(ASKED_BY[cause]), Request.recorded_at >= sent
    )
    return session.scalars(query.order_by(Request.recorded_at.desc()).limit(1)).first()


def _to_platform(
    chosen: Platform, person: UUID, upload: int, cause: Cause, request: Request | None, now: datetime
) -> Task:
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


def _to_others(
    session: Session,
    subject: Subject,
    cause: Cause,
    request: Request,
    now: datetime,
    field: str | None = None,
) -> None:
    """Tasks for recipients who get rows in another way than by an audience file, as the registry says."""
    for vendor in receivers(session, subject):
        known = select(Task.id).where(
            Task.request == request.id,
            Task.vendor == vendor.id,
            Task.cause == cause.value,
            Task.field == field if field else Task.field.is_(None),
        )
        if session.scalar(known.limit(1)) is None:
            session.add(
                Task(
                    subject=subject.id,
                    member=subject.id,
                    request=request.id,
                    cause=cause.value,
                    field=field,
                    vendor=vendor.id,
                    upload=0,
                    email_hash=_digest(subject.address.key),
                    phone_hash=_digest(subject.person.phone if subject.person else None),
                    since=request.received_at,
                    opened_at=now,
                )
            )
            session.flush()


def receivers(session: Session, subject: Subject) -> list[Vendor]:
    """Recipients of rows, of whose kinds of data the person has some."""
    counted = {holding.name: holding for holding in HOLDINGS}
    return [
        vendor
        for vendor in load().vendors.values()
        if any(counted[kind].count(session, subject) for kind in vendor.receives)
    ]


def newest_upload(session: Session, platform: str, person: UUID) -> int:
    """The number of the newest audience file for a platform that a person was in; 0 for none."""
    query = _uploads(platform).where(Membership.person_id == person)
    return session.scalar(query) or 0


def _uploads(platform: str) -> Select[int]:
    return (
        select(func.max(Export.id))
        .join(Membership, Membership.export_id == Export.id)
        .where(Export.platform == platform, Export.kind == Kind.UPLOAD.value)
    )


def _standing(session: Session, person: UUID, platform: str, upload: int) -> Task | None:
    """The task that takes the person out of what the platform has now, be it open or closed."""
    query = select(Task).where(
        Task.subject == person,
        Task.platform == platform,
        Task.cause != Cause.RECTIFICATION.value,
        Task.upload >= upload,
    )
    return session.scalars(query.order_by(Task.opened_at.desc()).limit(1)).first()


def _digest(value: str | None) -> str | None:
    return sha256(value.encode()).hexdigest() if value else None
