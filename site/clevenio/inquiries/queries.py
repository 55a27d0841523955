"""Which inquiries there are."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, not_, select
from sqlalchemy.orm import Session

from clevenio.due import Due
from clevenio.i18n import format_number, ngettext, since
from clevenio.i18n import gettext as _
from clevenio.inquiries.models import Inquiry, State
from clevenio.people import restrictions
from clevenio.people.addresses import Address

PAGE = 25


def page_of(state: State | None, page: int) -> Select[Inquiry]:
    """A page of inquiries, the newest first; of one state, or of all. Restricted ones are in no list."""
    query = select(Inquiry).where(_is_shown()).order_by(Inquiry.received_at.desc(), Inquiry.id)
    if state is not None:
        query = query.where(Inquiry.state == state)
    return query.limit(PAGE).offset((page - 1) * PAGE)


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


def pages(session: Session, state: State | None) -> int:
    """How many pages the inbox has; at least one."""
    return max(1, -(-count(session, state) // PAGE))


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
