"""What follows an erasure's transaction: kept files, the answer's end, the bytes on the disk.

A tick calls `go_on`, and so does whoever began; each step finds what is left to do and may be
interrupted anywhere. Nothing here needs to be done at once by one process: doing it twice is the same.
"""

import logging
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from uuid import UUID

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from clevenio.database import Database
from clevenio.mail import kept_as
from clevenio.outbox import Mail, MailState, forget
from clevenio.people.restrictions import ANSWER
from clevenio.rights import disk, mailed
from clevenio.rights.letters import operations as letters
from clevenio.rights.models import WAITING, Request, State, UnderWay
from clevenio.rights.noting import forget_notes
from clevenio.rights.requests import SYSTEM, end, forget_route, note
from clevenio.settings import Settings

log = logging.getLogger(__name__)
ENDED = frozenset(MailState) - {MailState.PENDING, MailState.SENDING}
# How an answer left, where it did or may have.
LEFT = {MailState.SENT: "answered", MailState.UNCERTAIN: "answer_uncertain"}
# Where no relay is set, the file is the delivery: whoever tries the site out wants to read the answer.
READABLE = timedelta(days=1)


def go_on(
    settings: Settings,
    database: Database,
    now: datetime,
    between: Callable[[], None] = lambda: None,
    course: disk.Course | None = None,
) -> None:
    """Do what is left of every erasure under way; `between` is called where that takes long.

    Whoever calls it again and again hands it the same `course`, so that nothing is written twice.
    """
    _go_on_with_each(settings, database, now)
    if disk.go_on(settings, database, now, between, course):
        _go_on_with_each(settings, database, now)


def _go_on_with_each(settings: Settings, database: Database, now: datetime) -> None:
    with database.session(write=False) as session:
        waiting = list(session.scalars(_WAITING))
    for request in waiting:
        try:
            _go_on(settings, database, request, now)
        except (DBAPIError, sqlite3.Error, OSError):
            # A full disk, say. The row stays, so the next tick tries again; the others go on meanwhile.
            log.exception("an erasure could not go on")


# All but those whose rest is the server's log alone, which is looked after at night (see `disk`).
_WAITING = (
    select(UnderWay.request)
    .outerjoin(Request, Request.id == UnderWay.request)
    .where(
        or_(
            UnderWay.rewritten_at.is_(None),
            UnderWay.log_emptied_at.is_not(None),
            UnderWay.answer_file.is_not(None),
            Request.state.in_(WAITING),
        )
    )
    .order_by(UnderWay.began_at)
)


def _go_on(settings: Settings, database: Database, request_id: UUID, now: datetime) -> None:
    with database.session(write=False) as session:
        work, request = session.get(UnderWay, request_id), session.get(Request, request_id)
    if work is None or request is None:
        return
    if work.forgotten_at is None:
        answer_file = _answer(database, work)
        if answer_file is None:
            return
        remove_files(settings.data / "mail", _forms(work), but=answer_file, named=work.files or ())
        with database.session() as session:
            _forget_address(session, request_id, answer_file, now)
            session.commit()
        is_clean = _clean_disk(database, _forms(work))
    elif not database.is_sqlite:
        is_clean = work.rewritten_at is not None or not request.is_waiting
    elif request.is_waiting:
        # Interrupted before the disk was clean, and nobody knows any more what to look for.
        database.rewrite()
        is_clean = database.settle()
    else:
        is_clean = True
    if is_clean:
        with database.session() as session:
            _finish(session, settings, request_id, now)
            session.commit()


def _answer(database: Database, work: UnderWay) -> str | None:
    """The file the answer was kept in, empty where there is none; None while it is on its way, by post too."""
    with database.session(write=False) as session:
        if letters.answer_waits(session, work.request):
            return None
        answer = session.get(Mail, work.answer) if work.answer else None
    if answer is not None and answer.state not in ENDED:
        return None
    return kept_as(answer.reply if answer else None)


def _forms(work: UnderWay) -> tuple[str, ...]:
    return (work.email, work.address_key, work.email_ascii, *(work.former or ()))


def remove_files(folder: Path, forms: tuple[str, ...], but: str = "", named: Sequence[str] = ()) -> None:
    """Remove kept mails to an address or with it in their text, and those `named`; save the file `but`."""
    needles = {form.casefold() for form in forms if form}
    for path in folder.glob("*.eml") if folder.is_dir() else ():
        if path.name != but and (path.name in named or _mentions(path.read_bytes(), needles)):
            path.unlink(missing_ok=True)


def _mentions(content: bytes, needles: set[str]) -> bool:
    message = message_from_bytes(content, policy=policy.default)
    texts = [str(message["To"] or ""), content.decode("utf-8", "replace")]
    texts += [str(part.get_content()) for part in message.walk() if part.get_content_maintype() == "text"]
    return any(needle in text.casefold() for needle in needles for text in texts)


def _forget_address(session: Session, request_id: UUID, answer_file: str, now: datetime) -> None:
    """The answer has ended: forget to whom it went, what mail was written meanwhile, and the address itself."""
    work = session.get(UnderWay, request_id, with_for_update=True, populate_existing=True)
    request = session.get_one(Request, request_id)
    if work is None or work.forgotten_at is not None:
        return
    answer = session.get(Mail, work.answer) if work.answer else None
    if answer is not None:
        # One that came back already is told of as one that comes back later (see `undelivered`).
        if answer.state != MailState.RETURNED:
            note(session, request, SYSTEM, LEFT.get(MailState(answer.state), "answer_failed"), now)
        mailed.forget_words(session, select(Mail.id).where(Mail.id == answer.id))
        forget(answer)
        session.flush()
    forms = _forms(work)
    older = and_(Mail.recipient.in_(forms), Mail.created_at <= work.began_at)
    told = and_(Mail.recipient == request.answer_to, Mail.kind == ANSWER, Mail.state.in_(ENDED))
    mailed.forget_words(session, select(Mail.id).where(or_(older, told)))
    session.execute(delete(Mail).where(or_(older, told)))
    forget_notes(session, request, forms)
    work.email = work.address_key = work.email_ascii = ""
    work.former = work.files = None
    work.answer_file = answer_file or None
    work.forgotten_at = now
    forget_route(request)


def _clean_disk(database: Database, forms: tuple[str, ...]) -> bool:
    """Let no byte of the address stay in the file or its log; False where the next tick tries again.

    PostgreSQL's tables are written anew for all who wait for it together (see `disk`).
    """
    return database.is_sqlite and database.scrub(
        [form.encode("utf-8") for form in dict.fromkeys(forms) if form]
    )


def _finish(session: Session, settings: Settings, request_id: UUID, now: datetime) -> None:
    work = session.get(UnderWay, request_id, with_for_update=True, populate_existing=True)
    request = session.get(Request, request_id, with_for_update=True, populate_existing=True)
    if work is None or request is None:
        return
    if request.state in WAITING:
        end(session, request, State.DONE, SYSTEM, now)
    if work.answer_file is not None:
        if work.forgotten_at is None or now < work.forgotten_at + READABLE:
            return
        (settings.data / "mail" / Path(work.answer_file).name).unlink(missing_ok=True)
        work.answer_file = None
    if work.rewritten_at is None or work.log_emptied_at is not None:
        session.delete(work)
