"""Making files, keeping them for three days, and handing them to the one they are about."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.errors import BadToken, Missing
from clevenio.people import links
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
LINK = "data_file"


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


def hand_over(
    session: Session, settings: Settings, subject: Subject, kind: Kind, language: str, now: datetime
) -> DataFile:
    """Make somebody's file for whoever takes it at this moment; kept as others are, so that it shows."""
    file = keep(session, settings, subject, kind, language, now)
    file.fetched_at = now
    return file


def waiting(session: Session, subject: UUID, now: datetime) -> list[DataFile]:
    """The files that somebody can fetch, the newest first; without their content."""
    query = select(DataFile).where(DataFile.subject == subject, DataFile.created_at > now - lifetime())
    return list(session.scalars(query.order_by(DataFile.created_at.desc())))


def unfetched(session: Session, subject: UUID, now: datetime) -> list[DataFile]:
    """The files that wait and that nobody has fetched yet."""
    return [file for file in waiting(session, subject, now) if file.fetched_at is None]


def find(session: Session, file: UUID, now: datetime) -> DataFile | None:
    """A file, while it waits."""
    found = session.get(DataFile, file)
    return found if found is not None and found.created_at > now - lifetime() else None


def fetch(session: Session, subject: UUID, file: UUID, now: datetime) -> DataFile:
    """A file for whom it is about. Raises `Missing`, the same for what is not theirs and what is over."""
    found = find(session, file, now)
    if found is None or found.subject != subject:
        raise Missing("There is no such file, or its three days are over.")
    found.fetched_at = now
    return found


def offer(
    session: Session, settings: Settings, subject: Subject, kind: Kind, language: str, now: datetime
) -> str:
    """Make somebody's file for whoever reads their mail; the path of the link to it, which works once."""
    file = keep(session, settings, subject, kind, language, now)
    person = subject.person.id if subject.person else None
    data = {"file": str(file.id), "language": language}
    return f"/d/{links.make(session, settings.mail_keys, LINK, now, person=person, data=data)}"


@dataclass(frozen=True)
class Offered:
    """What a mailed link leads to: the language it was sent in, and the file, None once it was fetched."""

    language: str
    file: DataFile | None


def log(session: Session, settings: Settings, file: DataFile, by: str, now: datetime) -> None:
    """That somebody fetched their own file, as an entry of the audit trail; `by` which door."""
    audit.record(
        session,
        actor="person",
        action="rights.fetch",
        subject=audit.subject_hash(settings.suppression_key, file.subject),
        details={"kind": file.kind, "by": by},
        now=now,
    )


def look(session: Session, settings: Settings, token: str, now: datetime) -> Offered:
    """Whether a link still has its file. Changes nothing. Raises `BadToken`."""
    link = links.find(session, settings.mail_keys, LINK, token, now)
    file = session.get(DataFile, UUID(str(link.data["file"]))) if link.used_at is None else None
    return Offered(str(link.data["language"]), file)


def take(session: Session, settings: Settings, token: str, now: datetime) -> DataFile:
    """The file behind a link, which is used up by that. Raises `BadToken`, also where it was used before."""
    link = links.find(session, settings.mail_keys, LINK, token, now)
    links.consume(session, link, now)
    found = find(session, UUID(str(link.data["file"])), now)
    if found is None:
        raise BadToken
    found.fetched_at = now
    return found


SWEEPS = (Sweep(RULE, "data_files", DataFile, lambda start, _now: DataFile.created_at <= start),)
