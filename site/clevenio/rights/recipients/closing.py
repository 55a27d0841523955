"""Writing down that a recipient was told, and when; what was kept to tell them goes with it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.audiences import leavers
from clevenio.audiences.layouts import Forgets
from clevenio.audiences.models import Export, Kind, State
from clevenio.audiences.platforms import platform as named
from clevenio.errors import Missing, Refused
from clevenio.rights import clocks
from clevenio.rights.recipients.models import Result, Task
from clevenio.rights.recipients.queries import is_open, was_handed
from clevenio.settings import Settings

REASON = "telling recipients of personal data"


def locked(session: Session, task: UUID) -> Task:
    """A task that nobody else changes until the transaction ends. Raises `Missing`."""
    found = session.get(Task, task, with_for_update=True, populate_existing=True)
    if found is None:
        raise Missing("There is no such task.")
    return found


def close(
    session: Session,
    settings: Settings,
    task_id: UUID,
    result: Result,
    told_on: date,
    reason: str | None,
    actor: str,
    now: datetime,
) -> Task:
    """Close one task with the day on which the recipient was told, or with why that could not be.

    Raises `Refused` where it is closed already and for a day before it was opened or after today.
    """
    task = locked(session, task_id)
    if task.closed_at is not None:
        raise Refused("Somebody has closed this already.")
    _require_day(task, told_on, now)
    if result is Result.IMPOSSIBLE and not reason:
        raise Refused("Say why the recipient could not be told.")
    end(session, settings, task, result, told_on, reason, actor, now)
    return task


def close_file(
    session: Session, settings: Settings, platform: str, told_on: date, actor: str, now: datetime
) -> int:
    """Close what the platform's removal files took out, once they were uploaded there; how many tasks.

    Whoever is in no file that was ready on that day stays open. Raises `Refused` where that is everybody, and for
    a day to come.
    """
    if told_on > clocks.day_of(now):
        raise Refused("This day is still to come.")
    ready = was_handed(clocks.end_of(told_on))
    query = select(Task).where(Task.platform == platform, is_open(), ready)
    found = session.scalars(query.order_by(Task.since).with_for_update(of=Task)).all()
    if not found:
        raise Refused("No removal file with these people was ready on that day. Download one first.")
    for task in found:
        end(session, settings, task, Result.TOLD, told_on, None, actor, now)
    _note_upload(session, settings, platform, told_on)
    return len(found)


def _note_upload(session: Session, settings: Settings, name: str, day: date) -> None:
    """The privacy officer said that what was ready on a day was uploaded: that is the newest removal file by then."""
    if named(name, settings.data).facts.forgets is not Forgets.REMOVE_FILE:
        return
    ready = select(Export).where(
        Export.platform == name,
        Export.kind == Kind.REMOVAL.value,
        Export.state == State.FINISHED.value,
        Export.finished_at < clocks.end_of(day),
    )
    newest = session.scalars(ready.order_by(Export.id.desc()).limit(1).with_for_update()).first()
    if newest is not None and newest.uploaded_on is None:
        newest.uploaded_on = day


def _require_day(task: Task, told_on: date, now: datetime) -> None:
    if told_on > clocks.day_of(now):
        raise Refused("This day is still to come.")
    if told_on < clocks.day_of(task.opened_at):
        raise Refused("This day is before there was anything to tell.")


def end(
    session: Session,
    settings: Settings,
    task: Task,
    result: Result,
    told_on: date,
    reason: str | None,
    actor: str,
    now: datetime,
) -> None:
    """Close a task, whatever its day: for those who have looked at that."""
    task.closed_at, task.told_on, task.result, task.reason, task.actor = (
        now,
        told_on,
        result.value,
        reason,
        actor,
    )
    task.email_hash = task.phone_hash = None
    if task.platform is not None:
        leavers.forget(session, task.platform, task.member)
    audit.record(
        session,
        actor=actor,
        action="recipients.close",
        subject=audit.subject_hash(settings.suppression_key, task.subject),
        reason=REASON,
        details={"task": str(task.id), "vendor": task.vendor, "result": result.value},
        now=now,
    )
