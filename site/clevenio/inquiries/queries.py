"""Which inquiries there are."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, not_, or_, select
from sqlalchemy.orm import Session, aliased

from clevenio.due import Due
from clevenio.i18n import format_number, ngettext, since
from clevenio.i18n import gettext as _
from clevenio.inquiries.models import Answer, Inquiry, Redaction, State
from clevenio.outbox import Mail
from clevenio.paging import within
from clevenio.people import restrictions
from clevenio.people.addresses import Address
from clevenio.people.holds import held_people, is_held_address
from clevenio.people.staff_members import Role
from clevenio.sweeps import Sweep

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
    """The inquiries that are looked for; suspected ones where they are asked for. Restricted ones are in no list."""
    is_wanted = Inquiry.state == wanted.state if wanted.state else Inquiry.state != State.SUSPECTED
    query = select(Inquiry).where(_is_shown(), is_wanted).order_by(*ORDERS[wanted.order])
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


@dataclass(frozen=True)
class Sent:
    """An answer, and how far its mail came; None where the mail's row has gone."""

    answer: Answer
    mail: Mail | None


def sent(session: Session, inquiry: Inquiry) -> list[Sent]:
    """What was answered to an inquiry, the oldest first."""
    query = (
        select(Answer, Mail)
        .outerjoin(Mail, Mail.id == Answer.mail)
        .where(Answer.inquiry == inquiry.id)
        .order_by(Answer.at, Answer.id)
    )
    return [Sent(answer, mail) for answer, mail in session.execute(query)]


def removed_passages(session: Session, inquiry: Inquiry) -> int:
    """How many passages were removed from an inquiry."""
    query = select(func.sum(Redaction.passages)).where(Redaction.inquiry == inquiry.id)
    return session.scalar(query) or 0


def sees_restricted(roles: frozenset[str]) -> bool:
    """Whether somebody with these roles may see what is restricted: a privacy officer (GDPR Art. 18(2))."""
    return Role.PRIVACY_OFFICER in roles


def others(session: Session, inquiry: Inquiry, *, with_restricted: bool) -> list[Inquiry]:
    """What else the same person asked, the newest first; restricted ones for whoever may see those."""
    query = select(Inquiry).where(Inquiry.subject == inquiry.subject, Inquiry.id != inquiry.id)
    query = query.order_by(Inquiry.received_at.desc())
    return list(session.scalars(query if with_restricted else query.where(_is_shown())))


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


def _is_over(start: datetime, _now: datetime) -> ColumnElement[bool]:
    """Inquiries from a person once neither they nor we wrote after the moment, in any of theirs."""
    other, answered = aliased(Inquiry), aliased(Inquiry)
    of_sender = other.subject == Inquiry.subject, other.state != State.SUSPECTED
    wrote = select(other.id).where(*of_sender, other.received_at > start)
    answers = select(Answer.id).join(answered, Answer.inquiry == answered.id)
    answers = answers.where(answered.subject == Inquiry.subject, Answer.at > start)
    return and_(Inquiry.state != State.SUSPECTED, ~wrote.exists(), ~answers.exists())


def _is_held() -> ColumnElement[bool]:
    is_address = is_held_address(Inquiry.address_key.expression)
    return or_(is_address, Inquiry.subject.in_(held_people()))


SWEEPS = (
    Sweep("inquiry", "inquiries", Inquiry, _is_over, _is_held),
    Sweep(
        "suspected_inquiry",
        "suspected_inquiries",
        Inquiry,
        lambda start, _now: and_(Inquiry.state == State.SUSPECTED, Inquiry.received_at <= start),
        _is_held,
    ),
)
