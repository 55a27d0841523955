"""Which inquiries there are."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, not_, select
from sqlalchemy.orm import Session

from clevenio.due import Due
from clevenio.i18n import format_number, ngettext, since
from clevenio.i18n import gettext as _
from clevenio.inquiries.models import Inquiry, State
from clevenio.paging import within
from clevenio.people import restrictions
from clevenio.people.addresses import Address

PAGE = 25
ORDERS = {
    "newest": (Inquiry.received_at.desc(), Inquiry.id),
    "oldest": (Inquiry.received_at, Inquiry.id),
    "company": (Inquiry.company, Inquiry.received_at.desc(), Inquiry.id),
}


@dataclass(frozen=True)
class Wanted:
    """Which inquiries are looked for, and in which order of `ORDERS`."""

    state: str = ""
    since: date | None = None
    until: date | None = None
    order: str = "newest"


def inbox(wanted: Wanted = Wanted()) -> Select[Inquiry]:
    """The inquiries that are looked for. Restricted ones are in no list."""
    query = select(Inquiry).where(_is_shown()).order_by(*ORDERS[wanted.order])
    if wanted.state:
        query = query.where(Inquiry.state == wanted.state)
    return within(query, Inquiry.received_at, wanted.since, wanted.until)


def one(inquiry_id: UUID, *, with_restricted: bool) -> Select[Inquiry]:
    """An inquiry by its id; a restricted one for whoever may see those."""
    query = select(Inquiry).where(Inquiry.id == inquiry_id)
    return query if with_restricted else query.where(_is_shown())


def subject_at(session: Session, address: Address) -> UUID | None:
    """Whoever wrote from this address before, as the audit trail calls them; None where nobody did."""
    return session.scalar(select(Inquiry.subject).where(Inquiry.address_key == address.key).limit(1))


def of_subject(session: Session, subject: UUID) -> list[Inquiry]:
    """Everything that one person asked, the newest first; by id, as the audit trail calls them."""
    query = select(Inquiry).where(Inquiry.subject == subject).order_by(Inquiry.received_at.desc())
    return list(session.scalars(query))


def count(session: Session, state: State | None = None) -> int:
    """How many are shown."""
    query = select(func.count()).select_from(Inquiry).where(_is_shown())
    return session.scalar(query if state is None else query.where(Inquiry.state == state)) or 0


def due(session: Session, now: datetime) -> Iterator[Due]:
    """Inquiries that nobody has answered yet, as one thing to do."""
    query = select(func.count(), func.min(Inquiry.received_at)).where(
        Inquiry.state == State.OPEN, _is_shown()
    )
    number, oldest = session.execute(query).one()
    if number:
        text = ngettext(
            "%(num)s inquiry waits for an answer, %(since)s.",
            "%(num)s inquiries wait for an answer, the oldest %(since)s.",
            number,
            num=format_number(number),
            since=since(oldest, now),
        )
        yield Due(text, _("Read the inquiries"), "inquiries_staff.inbox", oldest, {"state": State.OPEN.value})


def _is_shown() -> ColumnElement[bool]:
    return not_(restrictions.was_stored_before(Inquiry.address_key, Inquiry.received_at))
