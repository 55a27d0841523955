"""A file that a marketer marked as uploaded closes the tasks of those whom it took out of its platform.

A tick looks for them, so that the page of the file need not know of tasks.
"""

from collections.abc import Iterator
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Row, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from clevenio.audiences.layouts import Forgets, Platform
from clevenio.audiences.letting_go import is_uploaded_list, is_uploaded_removal
from clevenio.audiences.models import Export, Kind, Leaver, Membership
from clevenio.audiences.removals import people_still_there
from clevenio.people.models import Person
from clevenio.rights.recipients import closing, uploads
from clevenio.rights.recipients.models import Result, Task
from clevenio.rights.recipients.queries import is_open
from clevenio.settings import Settings

ACTOR = "system"


def close_all(session: Session, settings: Settings, now: datetime) -> int:
    """Close the tasks that uploaded files have done, each with the day of its file; how many."""
    done = [found for chosen in uploads.receivers(session, settings.data) for found in _done(session, chosen)]
    for number, day in done:
        task = closing.locked(session, number)
        if task.closed_at is None and day is not None:
            closing.end(session, settings, task, Result.TOLD, day, None, ACTOR, now)
    return len(done)


def _done(session: Session, chosen: Platform) -> Iterator[Row[UUID, date | None]]:
    waiting = select(Task.id).where(Task.platform == chosen.id, is_open()).limit(1)
    takes_files = chosen.facts.forgets is Forgets.REMOVE_FILE
    is_uploaded = is_uploaded_removal() if takes_files else is_uploaded_list()
    marked = select(Export.id).where(Export.platform == chosen.id, is_uploaded).limit(1)
    # Mostly there is neither, and who is still there costs more to find.
    if session.scalar(waiting) is None or session.scalar(marked) is None:
        return
    query = _by_removal_files(session, chosen) if takes_files else _by_new_lists(chosen)
    yield from session.execute(query)


def _by_removal_files(session: Session, chosen: Platform) -> Select[UUID, date | None]:
    """Those whom an uploaded removal file had, with all that has to go, and the first day on which it did."""
    kept = (
        select(Leaver.member)
        .where(Leaver.platform == Task.platform, Leaver.member == Task.member)
        .correlate(Task)
    )
    came_later = kept.where(Leaver.created_at > Export.created_at).correlate(Task, Export)
    person = select(Person.id).where(Person.id == Task.member).correlate(Task)
    still = people_still_there(session, chosen).order_by(None)
    return (
        select(Task.id, func.min(Export.uploaded_on))
        .join(Membership, Membership.person_id == Task.member)
        .join(Export, Export.id == Membership.export_id)
        .where(
            Task.platform == chosen.id,
            is_open(),
            Export.platform == chosen.id,
            Export.id > Task.upload,
            is_uploaded_removal(),
            or_(
                and_(kept.exists(), ~came_later.exists()),
                and_(~kept.exists(), person.exists(), Task.member.not_in(still)),
            ),
        )
        .group_by(Task.id)
    )


def _by_new_lists(chosen: Platform) -> Select[UUID, date | None]:
    """Those every list of whom was made anew since, and the last day on which one was."""
    older, theirs, newer = aliased(Export), aliased(Membership), aliased(Export)
    anew = select(newer.id).where(
        newer.platform == older.platform,
        newer.segment == older.segment,
        newer.id > Task.upload,
        is_uploaded_list(newer),
    )
    had = (
        select(older.id)
        .join(theirs, theirs.export_id == older.id)
        .where(
            theirs.person_id == Task.subject,
            older.platform == chosen.id,
            older.kind == Kind.UPLOAD.value,
            older.id <= Task.upload,
        )
        .correlate(Task)
    )
    return (
        select(Task.id, func.max(Export.uploaded_on))
        .join(Export, and_(Export.platform == Task.platform, Export.id > Task.upload, is_uploaded_list()))
        .where(
            Task.platform == chosen.id,
            is_open(),
            had.exists(),
            ~had.where(~anew.correlate(Task, older).exists()).exists(),
        )
        .group_by(Task.id)
    )
