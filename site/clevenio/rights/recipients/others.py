"""Tasks for recipients who get rows in another way than by an audience file: each is told by a text."""

from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.errors import Missing, Refused
from clevenio.i18n import local_day
from clevenio.people.models import Person
from clevenio.registry import Vendor, load
from clevenio.rights import subjects
from clevenio.rights.holdings import HOLDINGS
from clevenio.rights.models import VERIFIED, Correction, Kind, Request
from clevenio.rights.recipients.models import Cause, Result, Task
from clevenio.rights.recipients.queries import is_open, was_handed
from clevenio.rights.requests import REASON, locked, require_unfinished
from clevenio.rights.subjects import Subject
from clevenio.settings import Settings

# How far back a run looks for requests that no run has seen, such as those of a time when none ran.
LATELY = timedelta(days=14)
AT_ONCE = (Kind.WITHDRAWAL, Kind.DIRECT_MARKETING)
# What a recipient whom staff name is told of, by what was asked.
CAUSES = {
    Kind.ERASURE: Cause.ERASURE,
    Kind.RECTIFICATION: Cause.RECTIFICATION,
    Kind.RESTRICTION: Cause.RESTRICTION,
    Kind.OBJECTION: Cause.RESTRICTION,
}


def tell(
    session: Session,
    subject: Subject,
    cause: Cause,
    request: Request,
    now: datetime,
    field: str | None = None,
) -> None:
    """A task for each recipient of the person's rows. An erasure takes over whatever else they were to be told."""
    for vendor in receivers(session, subject):
        if cause is Cause.ERASURE:
            session.execute(
                delete(Task)
                .where(_of(subject.id), Task.vendor == vendor.id, is_open(), Task.request != request.id)
                .execution_options(synchronize_session=False)
            )
        is_said = cause is Cause.WITHDRAWAL and _is_said(session, subject, vendor, request)
        if not is_said and not _is_known(session, request, vendor, cause, field):
            _open(session, subject, vendor, cause, request, request.received_at, now, field)


def receivers(session: Session, subject: Subject) -> list[Vendor]:
    """Recipients of rows of whose kinds of data the person has some, and whoever staff named for them before."""
    counted = {holding.name: holding for holding in HOLDINGS}
    named = set(session.scalars(select(Task.vendor).where(_of(subject.id)).distinct()))
    return [
        vendor
        for vendor in load().vendors.values()
        if vendor.id in named or any(counted[kind].count(session, subject) for kind in vendor.receives)
    ]


def servants(session: Session, subject: Subject, now: datetime) -> list[tuple[Vendor, tuple[str, ...]]]:
    """Who runs something for the company through which the person's data goes, and the kinds of it that are held.

    Also whoever did so since the person has been known, or wrote to us first, by any of their entries.
    """
    registry, day = load(), local_day(now)
    known = local_day(subject.since or now)
    entries = [
        each
        for each in registry.vendor_entries
        if each.service and each.since <= day and (each.until is None or each.until >= known)
    ]
    if not entries:
        return []
    held = {holding.name for holding in HOLDINGS if holding.is_held(session, subject)}
    # The oldest first: the entry that has begun last says who they are, and what went there by any of them counts.
    found = {each.id: each for each in entries}
    kinds: dict[str, dict[str, None]] = {name: {} for name in found}
    for each in entries:
        kinds[each.id] |= dict.fromkeys(kind for kind in registry.handled_by(each) if kind in held)
    return [(vendor, tuple(kinds[name])) for name, vendor in found.items() if kinds[name]]


def withdrawn(session: Session, settings: Settings, now: datetime) -> None:
    """Tasks of requests that were done the moment they came."""
    named = select(Task.subject).where(Task.platform.is_(None))
    told = select(Task.id).where(Task.request == Request.id, Task.platform.is_(None))
    query = (
        select(Request, Person)
        .join(Person, Person.id == Request.subject)
        .where(Request.ended_at > now - LATELY, Request.kind.in_(AT_ONCE), ~told.exists())
    )
    if not any(vendor.receives for vendor in load().vendors.values()):
        query = query.where(Request.subject.in_(named))
    for request, person in session.execute(query).all():
        tell(session, subjects.of_person(session, settings, person), Cause.WITHDRAWAL, request, now)


def spare(session: Session, request: Request) -> None:
    """A request's restriction is to end: whoever was not told of it yet is told nothing."""
    for task in session.scalars(select(Task).where(*_brought(request), is_open(), ~was_handed())).all():
        session.delete(task)


def _brought(request: Request) -> tuple[ColumnElement[bool], ...]:
    return Task.request == request.id, Task.cause == Cause.RESTRICTION.value


def released(session: Session, subject: Subject | None, request: Request, now: datetime) -> None:
    """A request's restriction has ended: whoever was told of it is told so."""
    told = select(Task.vendor).where(
        *_brought(request), Task.platform.is_(None), Task.result == Result.TOLD.value
    )
    for name in sorted(set(session.scalars(told))):
        vendor = load().vendors.get(name)
        if subject is not None and vendor is not None:
            _open(session, subject, vendor, Cause.RELEASE, request, now, now)


def by_hand(
    session: Session, settings: Settings, request_id: UUID, vendor_id: str, actor: str, now: datetime
) -> None:
    """A task for a recipient whom staff know to have the data, of what the request brings.

    Raises `Missing` for one that the registry does not have, and `Refused` where the request is not open, brings
    nothing to tell, has corrected nothing yet, or has a task for them.
    """
    request, vendor = locked(session, request_id), load().vendors.get(vendor_id)
    if vendor is None:
        raise Missing("There is no such recipient.")
    require_unfinished(session, request)
    subject = subjects.of_request(session, settings, request)
    cause = CAUSES.get(Kind(request.kind))
    if request.state not in VERIFIED or subject is None or cause is None:
        raise Refused("Recipients are named for an open request that changes something.")
    field = None
    if cause is Cause.RECTIFICATION:
        corrected = select(Correction.field).where(Correction.request == request.id)
        field = session.scalar(corrected.order_by(Correction.id.desc()).limit(1))
        if field is None:
            raise Refused("Correct the detail first: then there is something to tell.")
    if _is_known(session, request, vendor, cause, field):
        raise Refused("This recipient is to be told already.")
    task = _open(session, subject, vendor, cause, request, request.received_at, now, field)
    audit.record(
        session,
        actor=actor,
        action="recipients.open",
        subject=subject.trail,
        reason=REASON,
        details={"task": str(task.id), "vendor": vendor.id},
        now=now,
    )


def _of(subject: UUID) -> ColumnElement[bool]:
    return (Task.subject == subject) & Task.platform.is_(None)


def _is_said(session: Session, subject: Subject, vendor: Vendor, request: Request) -> bool:
    """Whether a recipient is to be told of a withdrawal already, or was told after this one: once is enough."""
    covers = select(Task.id).where(
        _of(subject.id),
        Task.vendor == vendor.id,
        Task.cause == Cause.WITHDRAWAL.value,
        is_open() | (Task.opened_at >= request.recorded_at),
    )
    return session.scalar(covers.limit(1)) is not None


def _is_known(session: Session, request: Request, vendor: Vendor, cause: Cause, field: str | None) -> bool:
    known = select(Task.id).where(
        Task.request == request.id,
        Task.vendor == vendor.id,
        Task.platform.is_(None),
        Task.cause == cause.value,
        Task.field == field if field else Task.field.is_(None),
    )
    return session.scalar(known.limit(1)) is not None


def _open(
    session: Session,
    subject: Subject,
    vendor: Vendor,
    cause: Cause,
    request: Request,
    since: datetime,
    now: datetime,
    field: str | None = None,
) -> Task:
    task = Task(
        subject=subject.id,
        member=subject.id,
        request=request.id,
        cause=cause.value,
        field=field,
        vendor=vendor.id,
        upload=0,
        email_hash=_digest(subject.address.key),
        phone_hash=_digest(subject.person.phone if subject.person else None),
        since=since,
        opened_at=now,
    )
    session.add(task)
    session.flush()
    return task


def _digest(value: str | None) -> str | None:
    return sha256(value.encode()).hexdigest() if value else None
