"""Writing a step of a request as a letter, and finding what is still to be posted or said."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clevenio.due import Due
from clevenio.errors import Missing
from clevenio.i18n import gettext as _
from clevenio.i18n import ngettext
from clevenio.mail import SIGNATURE, render
from clevenio.paging import Page, page_of
from clevenio.rights import clocks
from clevenio.rights.letters.models import Letter
from clevenio.rights.models import COPIES, Request, Way
from clevenio.settings import Settings

ERASED = "erased"
ANSWER = "answer"


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
        is_said=request.way is Way.PHONE,
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


def left(session: Session, now: datetime) -> int:
    """How many were written on an earlier day than today, and nobody wrote down since that they were posted or said."""
    today = clocks.start_of(clocks.day_of(now))
    query = select(func.count()).where(Letter.told_on.is_(None), Letter.created_at < today)
    return session.scalar(query) or 0


def due(session: Session, now: datetime) -> Iterator[Due]:
    """What waits for the privacy officer: what is to be posted or said, as one thing to do."""
    first = session.scalar(select(func.min(Letter.created_at)).where(Letter.told_on.is_(None)))
    if first is not None:
        text = ngettext(
            "%(num)s answer waits to be posted or said.",
            "%(num)s answers wait to be posted or said.",
            number_waiting(session),
        )
        is_left = left(session, now) > 0
        yield Due(
            text, _("Post them and write down the day"), "requests_staff.letters", first, is_urgent=is_left
        )


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


def way_of_waiting(session: Session, request: UUID) -> Way | None:
    """How what a request comes to has still to be told by hand; None where nothing of it waits."""
    query = select(Letter.way).where(Letter.request == request, Letter.told_on.is_(None))
    way = session.scalar(query.order_by(Letter.created_at.desc(), Letter.id).limit(1))
    return Way(way) if way else None


def copy_waits(session: Session, submission: UUID) -> bool:
    """Whether a copy of the data that was asked for in one message has still to leave by hand."""
    query = select(Letter.id).join(Request, Request.id == Letter.request)
    query = query.where(
        Request.submission == submission,
        Request.kind.in_(COPIES),
        Request.outcome.is_(None),
        Letter.template == ANSWER,
        Letter.told_on.is_(None),
    )
    return session.scalar(query.limit(1)) is not None


def answer_waits(session: Session, request: UUID) -> bool:
    """Whether the answer to an erasure has still to leave by hand."""
    query = select(Letter.id).where(
        Letter.request == request, Letter.template == ERASED, Letter.told_on.is_(None)
    )
    return session.scalar(query.limit(1)) is not None
