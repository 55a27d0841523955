"""Making files, keeping them for three days, and handing them to the one they are about."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio.errors import Missing
from clevenio.registry import load
from clevenio.rights.access.file import access_file, portability_file
from clevenio.rights.access.models import DataFile
from clevenio.rights.models import Kind
from clevenio.rights.subjects import Subject
from clevenio.settings import Settings
from clevenio.sweeps import Sweep

Make = Callable[[Session, Settings, Subject, str, datetime], bytes]
MAKERS: dict[Kind, Make] = {Kind.ACCESS: access_file, Kind.PORTABILITY: portability_file}
RULE = "data_file"


def lifetime() -> timedelta:
    """How long a file waits."""
    return timedelta(hours=load().periods[RULE].number)


def keep(
    session: Session, settings: Settings, subject: Subject, kind: Kind, language: str, now: datetime
) -> DataFile:
    """Make somebody's file and keep it for them; an older one of the same kind goes. Raises `KeyError` by kind."""
    content = MAKERS[kind](session, settings, subject, language, now)
    for older in waiting(session, subject.id, now):
        if older.kind == kind.value:
            session.delete(older)
    file = DataFile(subject=subject.id, kind=kind.value, language=language, created_at=now, content=content)
    session.add(file)
    session.flush()
    return file


def waiting(session: Session, subject: UUID, now: datetime) -> list[DataFile]:
    """The files that somebody can fetch, the newest first; without their content."""
    query = select(DataFile).where(DataFile.subject == subject, DataFile.created_at > now - lifetime())
    return list(session.scalars(query.order_by(DataFile.created_at.desc())))


def fetch(session: Session, subject: UUID, file: UUID, now: datetime) -> DataFile:
    """A file for whom it is about. Raises `Missing`, the same for what is not theirs and what is over."""
    found = session.get(DataFile, file)
    if found is None or found.subject != subject or found.created_at <= now - lifetime():
        raise Missing("There is no such file, or its three days are over.")
    found.fetched_at = now
    return found


SWEEPS = (Sweep(RULE, "data_files", DataFile, lambda start, _now: DataFile.created_at <= start),)
