"""Writing a step of a request as a letter, finding what is to be posted, and writing down that it was."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.errors import Missing, Refused
from clevenio.mail import SIGNATURE, render
from clevenio.paging import Page, page_of
from clevenio.rights.letters.models import Letter
from clevenio.rights.models import Event, Request
from clevenio.settings import Settings

REASON = "telling a person about their request"
ERASED = "erased"


def write(
    session: Session,
    settings: Settings,
    request: Request,
    template: str,
    now: datetime,
    *,
    enclosure: UUID | None = None,
    **values: object,
) -> Letter:
    """What the mail of a template would say, for whoever is told by hand; where the request says they are."""
    rendered = render(
        f"rights/mail/{template}.html",
        request.language,
        settings=settings,
        unsubscribe=None,
        by_hand=True,
        enclosed=enclosure is not None,
        **values,
    )
    letter = Letter(
        request=request.id,
        way=request.way.value,
        template=template,
        language=request.language,
        title=rendered.subject,
        place=request.answer_place,
        # The foot says why a mail came; a letter has its sender above it.
        text=rendered.text.partition(f"\n{SIGNATURE}\n")[0].strip(),
        file=enclosure,
        created_at=now,
    )
    session.add(letter)
    session.flush()
    return letter


def locked(session: Session, letter: UUID) -> Letter:
    """A letter that nobody else changes until the transaction ends. Raises `Missing`."""
    found = session.get(Letter, letter, with_for_update=True, populate_existing=True)
    if found is None:
        raise Missing("There is no such letter.")
    return found


def waiting(session: Session, number: int) -> Page[Letter]:
    """A page of what is still to be posted or said, the oldest first."""
    query = select(Letter).where(Letter.told_on.is_(None))
    return page_of(session, query.order_by(Letter.created_at, Letter.id), number)


def number_waiting(session: Session) -> int:
    """How many are still to be posted or said."""
    return session.scalar(select(func.count()).where(Letter.told_on.is_(None))) or 0


def of_request(session: Session, request: UUID) -> Sequence[Letter]:
    """The letters of a request, the oldest first."""
    query = select(Letter).where(Letter.request == request)
    return session.scalars(query.order_by(Letter.created_at, Letter.id)).all()


def waits_for(session: Session, subject: UUID) -> bool:
    """Whether anything about somebody's requests is still to be posted or said."""
    query = select(Letter.id).join(Request, Request.id == Letter.request)
    return (
        session.scalar(query.where(Request.subject == subject, Letter.told_on.is_(None)).limit(1)) is not None
    )


def answer_waits(session: Session, request: UUID) -> bool:
    """Whether the answer to an erasure has still to leave by hand."""
    query = select(Letter.id).where(
        Letter.request == request, Letter.template == ERASED, Letter.told_on.is_(None)
    )
    return session.scalar(query.limit(1)) is not None


def told(
    session: Session, settings: Settings, letter_id: UUID, day: date, actor: str, now: datetime
) -> Letter:
    """Write down on which day it was posted or said; its text and where it went are forgotten.

    Written down twice with one day it is one act. Raises `Refused` for another day.
    """
    letter = locked(session, letter_id)
    if letter.told_on == day:
        return letter
    if letter.told_on is not None:
        raise Refused("This was written down already.")
    letter.told_on, letter.actor, letter.place, letter.text, letter.file = day, actor, None, None, None
    act = "posted" if letter.is_posted else "phoned"
    session.add(Event(request=letter.request, at=now, actor=actor, act=act, note=day.isoformat()))
    trail(session, settings, letter, actor, "rights.told", now)
    return letter


def trail(
    session: Session, settings: Settings, letter: Letter, actor: str, action: str, now: datetime
) -> None:
    """An act of staff on a letter in the audit trail, the person as a keyed hash."""
    request = session.get(Request, letter.request)
    audit.record(
        session,
        actor=actor,
        action=action,
        subject=audit.subject_hash(settings.suppression_key, request.subject) if request else None,
        reason=REASON,
        details={"request": str(letter.request), "letter": str(letter.id)},
        now=now,
    )
