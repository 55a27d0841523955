"""Asking again while a request of the same kind is open: what the later one says is carried to the open one."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clevenio.errors import Refused
from clevenio.rights import mails, queries, restricting
from clevenio.rights.models import VERIFIED, Asker, Event, Request, State, Submission, UnderWay, Way
from clevenio.rights.requests import end, note
from clevenio.rights.subjects import Subject
from clevenio.settings import Settings

JOINED = "joined"


def open_one(session: Session, request: Request) -> Request | None:
    """The person's open request of the same kind that can still take something up."""
    query = select(Request).where(
        Request.subject == request.subject,
        Request.kind == request.kind,
        Request.asker == Asker.PERSON.value,
        Request.state.in_(VERIFIED),
        Request.id != request.id,
        ~select(UnderWay.request).where(UnderWay.request == Request.id).exists(),
    )
    first = query.order_by(Request.received_at).limit(1).with_for_update()
    return session.scalars(first.execution_options(populate_existing=True)).first()


def join(
    session: Session,
    settings: Settings,
    request: Request,
    standing: Request,
    subject: Subject | None,
    actor: str,
    now: datetime,
) -> None:
    """Carry a request to the one that is open already; both clocks run from the earlier receipt.

    What says something new is shown with the open one, restricts where that does, and is told to the officers and
    to the person. One that repeats what was said ends without a word.
    """
    is_news, first = _says_more(session, request, standing), standing.received_at
    request.joined_to = standing.id
    if request.answer_to is not None or request.way is not Way.MAIL:
        standing.answer_to, standing.answer_way = request.answer_to, request.answer_way
        standing.answer_place = request.answer_place
    standing.received_at = min(first, request.received_at)
    end(session, request, State.DUPLICATE, actor, now)
    if not is_news:
        return
    note(session, standing, actor, JOINED, now)
    if subject is not None:
        restricting.begin(session, standing, subject, now)
    came, due = request.received_at, standing.due
    mails.queue_answer(session, settings, standing, "joined", now, came=came, first=first, answer_by=due)
    mails.queue_for_officers(session, settings, [standing], now, is_joined=True)


def _says_more(session: Session, request: Request, standing: Request) -> bool:
    """Whether it wants its answer elsewhere, or has words that the open one and what was joined to it have not."""
    if request.answer_to not in (None, standing.answer_to):
        return True
    if request.answer_place not in (None, standing.answer_place):
        return True
    said = queries.submission(session, request)
    if said is None or not said.details:
        return False
    before = select(Submission.id).join(Request, Request.submission == Submission.id)
    same = before.where(
        (Request.id == standing.id) | (Request.joined_to == standing.id), Submission.details == said.details
    )
    return session.scalar(same.limit(1)) is None


def of_request(session: Session, request: UUID) -> Sequence[tuple[Request, str | None]]:
    """What was joined to a request, the oldest first, each with its words."""
    query = select(Request, Submission.details).outerjoin(Submission, Submission.id == Request.submission)
    found = session.execute(
        query.where(Request.joined_to == request).order_by(Request.recorded_at, Request.id)
    )
    return [(each, details) for each, details in found]


def number(session: Session, request: UUID) -> int:
    """How often something new was joined to a request."""
    query = select(func.count()).where(Event.request == request, Event.act == JOINED)
    return session.scalar(query) or 0


def require_seen(session: Session, request: UUID, seen: int | None) -> None:
    """Raises `Refused` where something was joined since a page showed `seen`; None says that no page did."""
    if seen is not None and number(session, request) > seen:
        raise Refused(
            "Another message was joined to this request meanwhile. Read it before you end the request."
        )


def standing_of(session: Session, requests: Sequence[Request]) -> dict[UUID, Request]:
    """The requests to which some of these were joined, by the id of the joined one."""
    wanted = {each.id: each.joined_to for each in requests if each.joined_to is not None}
    found = {
        each.id: each for each in session.scalars(select(Request).where(Request.id.in_(wanted.values())))
    }
    return {joined: found[one] for joined, one in wanted.items() if one in found}
