"""What happens to an inquiry: it is sent, read, marked as answered or closed, and forgotten in time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from clevenio import audit, limits, once
from clevenio.errors import Missing
from clevenio.inquiries import mails, queries
from clevenio.inquiries.models import Inquiry, State
from clevenio.paging import Page, page_of
from clevenio.people import operations as people
from clevenio.people.addresses import Address, address
from clevenio.settings import Settings

# Whoever types other people's addresses into the form soon writes to nobody; the inquiry counts all the same.
RECEIPTS = limits.Limit("inquiry receipts", 3, timedelta(days=1))
REASON = "answering inquiries"


@dataclass(frozen=True)
class Message:
    """What was typed into the form, normalised; `is_suspected` where a program typed it, most likely."""

    name: str
    address: Address
    message: str
    company: str | None
    is_suspected: bool = False


class Staff(Protocol):
    """Whoever of the staff acts. A restricted inquiry is there for a privacy officer alone (GDPR Art. 18(2))."""

    @property
    def id(self) -> UUID: ...

    @property
    def roles(self) -> frozenset[str]: ...


def send(
    session: Session, settings: Settings, message: Message, language: str, now: datetime
) -> Inquiry | None:
    """Store an inquiry and queue its mails; None where it is the same post again.

    A suspected one is stored, and nobody gets mail. It says nothing about the same words without a doubt.
    """
    key = settings.secret_keys[0]
    fields = {
        "name": message.name,
        "email": message.address.key,
        "message": message.message,
        "company": message.company or "",
        "suspected": "yes" if message.is_suspected else "",
    }
    if not once.first_time(session, key, "inquiry", fields, now):
        return None
    inquiry = Inquiry(
        id=uuid4(),
        subject=_subject(session, message.address),
        name=message.name,
        email=message.address.email,
        address_key=message.address.key,
        company=message.company,
        message=message.message,
        language=language,
        received_at=now,
        state=State.SUSPECTED if message.is_suspected else State.OPEN,
    )
    session.add(inquiry)
    if not message.is_suspected:
        _receipt(session, settings, inquiry, now)
        mails.queue_notice(session, settings, inquiry, now)
    return inquiry


def _receipt(session: Session, settings: Settings, inquiry: Inquiry, now: datetime) -> None:
    to = address(inquiry.email)
    if limits.take(session, settings.secret_keys[0], RECEIPTS, to.mailbox_key, now):
        inquiry.receipt = mails.queue_receipt(session, settings, to, inquiry.language, now)


def _subject(session: Session, address: Address) -> UUID:
    """The person with this address, else whoever wrote from it before, else somebody new."""
    person = people.find(session, address)
    if person is not None:
        return person.id
    return queries.subject_at(session, address) or uuid4()


def look_through(
    session: Session, key: str, actor: str, wanted: queries.Wanted, page: int, now: datetime
) -> Page[Inquiry]:
    """A page of the inbox. It shows names, so who saw whose is written into the audit trail.

    `key` is the one that names people in the trail, `actor` whoever looks.
    """
    found = page_of(session, queries.inbox(wanted), page, queries.PAGE)
    if found.rows:
        subjects = sorted({audit.subject_hash(key, inquiry.subject) for inquiry in found.rows})
        audit.record(
            session,
            actor=actor,
            action="inquiries.list",
            reason=REASON,
            details={"subjects": subjects},
            now=now,
        )
    return found


def read(session: Session, settings: Settings, staff: Staff, inquiry_id: UUID, now: datetime) -> Inquiry:
    """One inquiry with its text; that it was read is an audit entry. Raises `Missing`."""
    inquiry = found(session, staff, inquiry_id)
    record(session, settings, staff, "inquiries.read", inquiry, now)
    return inquiry


def set_state(
    session: Session, settings: Settings, staff: Staff, inquiry_id: UUID, state: State, now: datetime
) -> Inquiry:
    """Mark an inquiry as open, answered or closed; what it is already leaves no trace. Raises `Missing`.

    Whoever opens a suspected one says that a person wrote it, so its receipt is sent.
    """
    inquiry = found(session, staff, inquiry_id, lock=True)
    if inquiry.state != state:
        if inquiry.state == State.SUSPECTED and state == State.OPEN:
            _receipt(session, settings, inquiry, now)
        inquiry.state, inquiry.changed_at, inquiry.changed_by = state, now, staff.id
        record(session, settings, staff, f"inquiries.{state}", inquiry, now)
    return inquiry


def found(session: Session, staff: Staff, inquiry_id: UUID, lock: bool = False) -> Inquiry:
    """An inquiry that this member of staff may see. Raises `Missing`. `lock` holds it until the end."""
    query = queries.one(inquiry_id, with_restricted=queries.sees_restricted(staff.roles))
    inquiry = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if inquiry is None:
        raise Missing("There is no such inquiry.")
    return inquiry


def record(
    session: Session,
    settings: Settings,
    staff: Staff,
    action: str,
    inquiry: Inquiry,
    now: datetime,
    reason: str = REASON,
    details: Mapping[str, int] | None = None,
) -> None:
    """Write into the audit trail what was done with an inquiry, and why."""
    audit.record(
        session,
        actor=f"staff:{staff.id}",
        action=action,
        subject=audit.subject_hash(settings.suppression_key, inquiry.subject),
        reason=reason,
        details={"inquiry": str(inquiry.id), **(details or {})},
        now=now,
    )
