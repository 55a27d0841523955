"""Which recipients are still to be told, and who was."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from clevenio.audiences.layouts import Platform
from clevenio.audiences.models import GOING_ON, Export, Kind, Membership, State
from clevenio.audiences.platforms import platforms
from clevenio.due import Due
from clevenio.i18n import format_date, ngettext
from clevenio.i18n import gettext as _
from clevenio.paging import Page, page_of
from clevenio.people.models import Person
from clevenio.rights import clocks
from clevenio.rights.recipients.models import Cause, Task


@dataclass(frozen=True)
class Waiting:
    """A platform's open tasks: of how many people, how many of them a removal file had in it, and the first day."""

    platform: Platform
    open: int
    handed: int
    due: date
    file: int | None
    file_at: datetime | None


def is_open() -> ColumnElement[bool]:
    """Whether a recipient is still to be told."""
    return Task.closed_at.is_(None)


def was_handed(until: datetime | None = None) -> ColumnElement[bool]:
    """Whether a removal file, finished by then, had the person in it, later than the audience file they came in."""
    in_time = true() if until is None else Export.finished_at < until
    return (
        select(Membership.export_id)
        .join(Export, Export.id == Membership.export_id)
        .where(
            Membership.person_id == Task.member,
            Export.platform == Task.platform,
            Export.kind == Kind.REMOVAL.value,
            Export.state == State.FINISHED.value,
            Export.id > Task.upload,
            in_time,
        )
        .correlate(Task)
        .exists()
    )


def was_told() -> ColumnElement[bool]:
    """Whether staff wrote down that a platform took a `Person` out of an audience file (`Export`), or cannot any more."""
    return (
        select(Task.id)
        .where(
            Task.subject == Person.id,
            Task.member == Task.subject,
            Task.platform == Export.platform,
            Task.cause != Cause.RECTIFICATION.value,
            Task.upload >= Export.id,
            Task.closed_at.is_not(None),
        )
        .correlate(Person, Export)
        .exists()
    )


def waiting(session: Session, data: Path) -> list[Waiting]:
    """The platforms with open tasks, what is due first at the top."""
    found = []
    for chosen in platforms(data):
        of_it = (Task.platform == chosen.id, is_open())
        people = func.count(Task.subject.distinct())
        number, since = session.execute(select(people, func.min(Task.since)).where(*of_it)).one()
        if not number:
            continue
        handed = session.scalar(select(people).where(*of_it, was_handed())) or 0
        last = (
            select(Export.id, Export.finished_at)
            .where(
                Export.platform == chosen.id,
                Export.kind == Kind.REMOVAL.value,
                Export.state == State.FINISHED.value,
            )
            .order_by(Export.id.desc())
        )
        file = session.execute(last.limit(1)).first()
        file_id, file_at = file or (None, None)
        found.append(Waiting(chosen, number, handed, clocks.promised(since), file_id, file_at))
    return sorted(found, key=lambda each: each.due)


def tasks(session: Session, *, closed: bool, number: int) -> Page[Task]:
    """A page of tasks: open ones by their due date, closed ones the latest first."""
    query = select(Task).where(is_open() if not closed else Task.closed_at.is_not(None))
    order = (Task.closed_at.desc(), Task.id) if closed else (Task.since, Task.id)
    return page_of(session, query.order_by(*order), number)


def of_subject(session: Session, subject: UUID) -> Sequence[Task]:
    """Every recipient that was or is to be told about a person, the oldest first."""
    query = select(Task).where(Task.subject == subject)
    return session.scalars(query.order_by(Task.opened_at, Task.vendor, Task.platform, Task.id)).all()


def due(session: Session, now: datetime) -> Iterator[Due]:
    """What waits for the privacy officer: recipients still to be told, as one thing to do."""
    vendors = func.count(Task.vendor.distinct())
    number, since = session.execute(select(vendors, func.min(Task.since)).where(is_open())).one()
    if number:
        day = clocks.promised(since)
        text = ngettext(
            "%(num)s recipient of personal data is to be told, by %(day)s.",
            "%(num)s recipients of personal data are to be told, the first by %(day)s.",
            number,
            day=format_date(day),
        )
        is_late = clocks.day_of(now) > day
        yield Due(
            text, _("Tell the recipients"), "recipients_staff.listed", clocks.end_of(day), is_urgent=is_late
        )


def overdue(session: Session, now: datetime) -> int:
    """How many recipients are past the day by which they were to be told."""
    # A day's tasks are promised for one day, so their times need not be looked at one by one.
    first = clocks.start_of(clocks.day_of(now) - clocks.PROMISE)
    late = select(func.count(Task.vendor.distinct())).where(is_open(), Task.since < first)
    return session.scalar(late) or 0


def is_export_running(session: Session, now: datetime) -> bool:
    """Whether an audience file is being made: it reads people as they were when it began."""
    began = select(Export.id).where(
        Export.kind == Kind.UPLOAD.value,
        Export.state == State.STARTED.value,
        Export.created_at > now - GOING_ON,
    )
    return session.scalar(began.limit(1)) is not None
