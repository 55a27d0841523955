"""Which requests there are, and which wait for somebody."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio.due import Due
from clevenio.i18n import format_date, ngettext
from clevenio.i18n import gettext as _
from clevenio.paging import Page, page_of
from clevenio.rights import clocks
from clevenio.rights.models import WAITING, Asker, Event, Keep, Request, State, UnderWay

SOON = timedelta(days=3)


@dataclass(frozen=True)
class Counts:
    """How many requests wait: all, past their day, due within three days, and not verified yet."""

    waiting: int
    overdue: int
    soon: int
    unverified: int


def counts(session: Session, now: datetime) -> Counts:
    """The numbers above the queue."""
    found = waiting(session)
    today = clocks.day_of(now)
    return Counts(
        waiting=len(found),
        overdue=sum(request.is_overdue(now) for request in found),
        soon=sum(today <= request.due <= today + SOON for request in found),
        unverified=sum(request.state in (State.RECEIVED, State.UNVERIFIED) for request in found),
    )


def due(session: Session, now: datetime) -> Iterator[Due]:
    """What waits for the privacy officer: what is overdue, then what is not, each as one thing to do."""
    found = waiting(session)
    late = [request for request in found if request.is_overdue(now)]
    rest = [request for request in found if not request.is_overdue(now)]
    if late:
        text = ngettext(
            "%(num)s request about personal data is overdue.",
            "%(num)s requests about personal data are overdue.",
            len(late),
        )
        first = clocks.end_of(late[0].due)
        yield Due(text, _("Answer the requests"), "requests_staff.queue", first, is_urgent=True)
    if rest:
        text = ngettext(
            "%(num)s request about personal data waits, due on %(day)s.",
            "%(num)s requests about personal data wait, the first due on %(day)s.",
            len(rest),
            day=format_date(rest[0].due),
        )
        yield Due(text, _("See the requests"), "requests_staff.queue", clocks.end_of(rest[0].due))


def guardians_due(session: Session, now: datetime) -> Iterator[Due]:
    """What waits for support: frozen data whose light check nobody has written down."""
    found = [each for each in waiting(session, Asker.GUARDIAN) if each.state == State.UNVERIFIED]
    if found:
        text = ngettext(
            "%(num)s guardian’s message waits for its light check.",
            "%(num)s guardians’ messages wait for their light check.",
            len(found),
        )
        is_late = found[0].is_overdue(now)
        when = clocks.end_of(found[0].due)
        yield Due(text, _("Check the messages"), "guardians_staff.messages", when, is_urgent=is_late)


def waiting(session: Session, asker: Asker | None = None) -> list[Request]:
    """Everything that waits, what is due first at the top."""
    query = select(Request).where(Request.state.in_(WAITING))
    if asker is not None:
        query = query.where(Request.asker == asker.value)
    # The days are computed, and so the order is, too.
    return sorted(session.scalars(query), key=lambda request: (request.due, request.received_at))


def ended(session: Session, state: State | None, page: int, asker: Asker | None = None) -> Page[Request]:
    """A page of requests that have ended, in one way or any, the latest first."""
    query = select(Request).where(Request.state == state.value if state else Request.state.not_in(WAITING))
    if asker is not None:
        query = query.where(Request.asker == asker.value)
    return page_of(session, query.order_by(Request.ended_at.desc(), Request.id), page)


def history(session: Session, request: UUID) -> Sequence[Event]:
    """What happened to a request, the oldest first."""
    return session.scalars(select(Event).where(Event.request == request).order_by(Event.id)).all()


def under_way(session: Session, request: UUID) -> UnderWay | None:
    """What is left of an erasure that has begun."""
    return session.get(UnderWay, request)


def erased_at(session: Session, key: str) -> Sequence[UUID]:
    """The ids of whoever was erased with a mailbox, by its suppression key, as long as the trail names them."""
    query = select(Keep.subject).where(Keep.key == key, Keep.holding == "trail")
    return session.scalars(query.order_by(Keep.id)).all()


def keeps(session: Session, subject: UUID) -> Sequence[Keep]:
    """What was kept of somebody erased."""
    return session.scalars(select(Keep).where(Keep.subject == subject).order_by(Keep.until)).all()
