"""Somebody has another address, number or device now: a platform that received the old one takes that out, and not its holder."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from clevenio.audiences import leavers
from clevenio.audiences.layouts import Platform, Unit
from clevenio.audiences.models import Leaver
from clevenio.audiences.platforms import platforms
from clevenio.people.former import FormerIdentifier
from clevenio.rights.recipients import uploads
from clevenio.rights.recipients.models import Cause, Task
from clevenio.rights.recipients.queries import is_open, was_handed
from clevenio.settings import Settings

# As many are settled in one transaction; each asks some queries of its own.
MOST = 500


def settle(session: Session, settings: Settings, now: datetime, person: UUID | None = None) -> int:
    """Keep what takes former values out of the platforms that received them, and forget the values themselves.

    Of one person who is about to be erased, or of everybody, no more than `MOST` at a time; how many values. What is
    settled is so for good, so that whoever commits after each call goes on where they were stopped.
    """
    query = select(FormerIdentifier).where(FormerIdentifier.sealed.is_not(None))
    query = query.where(FormerIdentifier.person == person) if person is not None else query.limit(MOST)
    found = session.scalars(query.order_by(FormerIdentifier.id).with_for_update()).all()
    known = platforms(settings.data) if found else []
    for former in found:
        value = former.value(settings.suppression_key)
        for chosen, upload in _receivers(session, known, former):
            leavers.keep_value(
                session,
                settings.suppression_key,
                chosen,
                uuid4(),
                former.person,
                former.field,
                value,
                upload,
                now,
            )
        former.sealed = None
    session.flush()
    return len(found)


def _receivers(
    session: Session, known: Sequence[Platform], former: FormerIdentifier
) -> Iterator[tuple[Platform, int]]:
    """The platforms that received the value and were not told yet, each with its newest file that had it."""
    if not uploads.has_any(session, former.person):
        return  # mostly
    earlier = (
        select(FormerIdentifier.at)
        .where(
            FormerIdentifier.person == former.person,
            FormerIdentifier.field == former.field,
            FormerIdentifier.id < former.id,
        )
        .order_by(FormerIdentifier.id.desc())
    )
    since = session.scalar(earlier.limit(1))
    for chosen in known:
        if chosen.layout.unit is Unit.COMPANY or former.field not in chosen.layout.fields:
            continue
        upload = uploads.newest(session, chosen.id, former.person, former.field, former.at, since)
        standing = uploads.standing(session, former.person, chosen.id, upload) if upload else None
        is_told = standing is not None and standing.closed_at is not None and standing.closed_at <= former.at
        if upload and not is_told and not _is_corrected(session, former, chosen.id):
            yield chosen, upload


def _is_corrected(session: Session, former: FormerIdentifier, platform: str) -> bool:
    """Whether a request had the value corrected, and opened the task itself."""
    query = select(Task.id).where(
        Task.subject == former.person,
        Task.platform == platform,
        Task.field == former.field,
        Task.request.is_not(None),
        Task.opened_at >= former.at,
    )
    return session.scalar(query.limit(1)) is not None


def open_tasks(session: Session, settings: Settings, chosen: Platform, now: datetime) -> int:
    """Tasks for former values that nobody who is in has; how many. One that somebody came to have since is let go."""
    leavers.look_again(session, settings.suppression_key, chosen.layout, now)
    theirs = (Leaver.platform == chosen.id, Leaver.field.is_not(None))
    covered = select(Leaver.member).where(*theirs, Leaver.is_covered)
    session.execute(
        delete(Task)
        .where(
            Task.platform == chosen.id,
            Task.request.is_(None),
            Task.member.in_(covered),
            is_open(),
            ~was_handed(),
        )
        .execution_options(synchronize_session=False)
    )
    known = select(Task.id).where(Task.platform == Leaver.platform, Task.member == Leaver.member)
    query = select(Leaver).where(*theirs, Leaver.is_covered.is_(False), ~known.exists())
    found = session.scalars(query.order_by(Leaver.created_at, Leaver.member)).all()
    for leaver in found:
        task = uploads.task(chosen, leaver.subject, leaver.upload, Cause.RECTIFICATION, None, now)
        task.field, task.member = leaver.field, leaver.member
        session.add(task)
    session.flush()
    return len(found)
