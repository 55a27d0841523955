"""Opening a task for everybody who received a person's row, when something happens that they must know.

What a request does opens them in its own transaction. A withdrawal may come by any door (an account, a link
in a mail, one click in a mail client), so a tick looks for whoever is to be taken out of a platform and
has no task; nobody who withdraws has to wait for it.
"""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from clevenio.audiences import leavers
from clevenio.audiences.layouts import Platform
from clevenio.audiences.models import Export, Membership
from clevenio.audiences.removals import people_to_remove
from clevenio.database import Database
from clevenio.people.models import Person
from clevenio.rights.models import Kind as Asked
from clevenio.rights.models import Request
from clevenio.rights.recipients import former, others, uploaded, uploads
from clevenio.rights.recipients.models import Cause, Task
from clevenio.rights.recipients.queries import is_open, was_handed
from clevenio.rights.subjects import Subject
from clevenio.settings import Settings

# One run opens no more than this for a platform; the next goes on.
MOST = 500
ASKED_BY = {
    Cause.WITHDRAWAL: others.AT_ONCE,
    Cause.RESTRICTION: (Asked.RESTRICTION, Asked.OBJECTION, Asked.RECTIFICATION),
}


def erased(session: Session, settings: Settings, subject: Subject, request: Request, now: datetime) -> None:
    """Tasks for an erasure that is about to happen, with what a removal file needs once the values have gone.

    Call it before they go. A platform that let go of the person already is not told twice.
    """
    former.settle(session, settings, now, subject.id)
    for chosen in uploads.receivers(session, settings.data):
        former.open_tasks(session, settings, chosen, now)
        upload = uploads.newest(session, chosen.id, subject.id)
        standing = uploads.standing(session, subject.id, chosen.id, upload)
        if not upload or (standing is not None and standing.closed_at is not None):
            continue
        if standing is None:
            standing = uploads.task(chosen, subject.id, upload, Cause.ERASURE, request, now)
            session.add(standing)
        standing.cause, standing.request = Cause.ERASURE.value, request.id
        leavers.keep(session, settings.suppression_key, chosen, subject.id, upload, now)
    uploads.take_over(session, subject.id, request)
    others.tell(session, subject, Cause.ERASURE, request, now)


def told_of(
    session: Session, settings: Settings, subject: Subject, cause: Cause, request: Request, now: datetime
) -> None:
    """Tasks for a restriction or a withdrawal that a request has just brought."""
    session.flush()
    for chosen in uploads.receivers(session, settings.data):
        _to_be_removed(session, chosen, now, Person.id == subject.id)
    others.tell(session, subject, cause, request, now)


# What files for platforms call a fact that goes by another name here.
SENT_AS = {"role": "title"}


def rectified(
    session: Session, settings: Settings, subject: Subject, request: Request, field: str, now: datetime
) -> None:
    """Tasks for a correction that is about to be made; a wrong identifier that was sent is kept to be taken out."""
    # Else a value that was left before would pass for the one that is corrected.
    former.settle(session, settings, now, subject.id)
    for chosen in uploads.receivers(session, settings.data):
        upload = uploads.newest(session, chosen.id, subject.id, field)
        sent = SENT_AS.get(field, field)
        if not upload or sent not in {column.field for column in chosen.layout.columns}:
            continue
        standing = uploads.standing(session, subject.id, chosen.id, upload)
        if standing is not None and standing.closed_at is not None:
            continue
        task = uploads.task(chosen, subject.id, upload, Cause.RECTIFICATION, request, now)
        task.field, task.member = field, uuid4()
        session.add(task)
        value = leavers.value_sent(session, chosen.layout, subject.id, field)
        if value is not None:
            key = settings.suppression_key
            leavers.keep_value(session, key, chosen, task.member, subject.id, field, value, upload, now)
    others.tell(session, subject, Cause.RECTIFICATION, request, now, field)


def go_on(database: Database, settings: Settings, now: datetime) -> None:
    """A tick: settle whatever identifiers people have left, each lot in a transaction of its own, then `catch_up`.

    Last, close what the files took out that marketers have uploaded.
    """
    is_more = True
    while is_more:
        with database.session() as session:
            is_more = former.settle(session, settings, now) == former.MOST
            session.commit()
    with database.session() as session:
        catch_up(session, settings, now)
        session.commit()
    with database.session() as session:
        uploaded.close_all(session, settings, now)
        session.commit()


def catch_up(session: Session, settings: Settings, now: datetime) -> int:
    """Tasks for whoever is to be taken out of a platform and has none yet; how many were opened."""
    others.withdrawn(session, settings, now)
    former.settle(session, settings, now)
    opened = 0
    for chosen in uploads.receivers(session, settings.data):
        _let_go_of_those_back(session, chosen)
        opened += former.open_tasks(session, settings, chosen, now)
        opened += _to_be_removed(session, chosen, now)
    return opened


def _let_go_of_those_back(session: Session, chosen: Platform) -> None:
    """Whoever agreed again, or is in use again, before a file could take them out: the platform is told nothing."""
    waiting = select(Task).where(
        Task.platform == chosen.id,
        Task.cause.in_((Cause.WITHDRAWAL.value, Cause.RESTRICTION.value)),
        is_open(),
        ~was_handed(),
    )
    if session.scalars(waiting.limit(1)).first() is None:
        return  # mostly, and who is to be removed costs more to find
    gone = people_to_remove(session, chosen.layout).where(Person.id == Task.subject).correlate(Task)
    for task in session.scalars(waiting.where(~gone.exists()).with_for_update(of=Task)):
        session.delete(task)
    session.flush()


def _to_be_removed(session: Session, chosen: Platform, now: datetime, *narrowed: ColumnElement[bool]) -> int:
    newest = uploads.of_platform(chosen.id).where(Membership.person_id == Person.id).correlate(Person)
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
    found = (
        people_to_remove(session, chosen.layout)
        .where(~known.exists(), *narrowed)
        .order_by(Person.id)
        .limit(MOST)
    )
    people = session.execute(found.add_columns(Person.restricted_at)).all()
    for person, restricted_at in people:
        upload = uploads.newest(session, chosen.id, person)
        cause = Cause.WITHDRAWAL if restricted_at is None else Cause.RESTRICTION
        request = _request_behind(session, person, cause, upload)
        session.add(uploads.task(chosen, person, upload, cause, request, now))
    session.flush()
    return len(people)


def _request_behind(session: Session, person: UUID, cause: Cause, upload: int) -> Request | None:
    """The request that brought it, if one did: one that came after the file."""
    sent = select(Export.created_at).where(Export.id == upload).scalar_subquery()
    query = select(Request).where(
        Request.subject == person, Request.kind.in_(ASKED_BY[cause]), Request.recorded_at >= sent
    )
    return session.scalars(query.order_by(Request.recorded_at.desc()).limit(1)).first()
