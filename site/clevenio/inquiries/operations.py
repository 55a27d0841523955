"""What happens to an inquiry: it is sent, read, answered, closed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from clevenio import audit, limits, once
from clevenio.errors import Missing
from clevenio.inquiries import mails, queries
from clevenio.inquiries.models import Inquiry, State
from clevenio.paging import Page, page_of
from clevenio.people import operations as people
from clevenio.people.addresses import Address
from clevenio.people.staff_members import Role
from clevenio.settings import Settings

# Whoever types other people's addresses into the form soon writes to nobody; the inquiry counts all the same.
RECEIPTS = limits.Limit("inquiry receipts", 3, timedelta(days=1))
REASON = "answering inquiries"


@dataclass(frozen=True)
class Message:
    """What was typed into the form, normalised."""

    name: str
    address: Address
    message: str
    company: str | None


def send(
    session: Session, settings: Settings, message: Message, language: str, now: datetime
) -> Inquiry | None:
    """Store an inquiry and queue its mails; None where it is the same post again."""
    key = settings.secret_keys[0]
    fields = {
        "name": message.name,
        "email": message.address.key,
        "message": message.message,
        "company": message.company or "",
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
    )
    session.add(inquiry)
    if limits.take(session, key, RECEIPTS, message.address.mailbox_key, now):
        mails.queue_receipt(session, settings, message.address, language, now)
    mails.queue_notice(session, settings, inquiry, now)
    return inquiry


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


def read(
    session: Session, key: str, actor: str, roles: frozenset[str], inquiry_id: UUID, now: datetime
) -> Inquiry:
    """One inquiry with its text; that it was read is an audit entry. Raises `Missing`.

    `roles` are the reader's: a restricted one is there for a privacy officer alone (GDPR Art. 18(2)).
    """
    inquiry = _found(session, roles, inquiry_id)
    _record(session, key, actor, "inquiries.read", inquiry, now)
    return inquiry


def set_state(
    session: Session,
    key: str,
    actor: str,
    member: UUID,
    roles: frozenset[str],
    inquiry_id: UUID,
    state: State,
    now: datetime,
) -> Inquiry:
    """Mark an inquiry as open, answered or closed; what it is already leaves no trace. Raises `Missing`.

    A restricted one is there for a privacy officer alone, as in `read`.
    """
    inquiry = _found(session, roles, inquiry_id, lock=True)
    if inquiry.state != state:
        inquiry.state, inquiry.changed_at, inquiry.changed_by = state, now, member
        _record(session, key, actor, f"inquiries.{state}", inquiry, now)
    return inquiry


def _found(session: Session, roles: frozenset[str], inquiry_id: UUID, lock: bool = False) -> Inquiry:
    query = queries.one(inquiry_id, with_restricted=Role.PRIVACY_OFFICER in roles)
    inquiry = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if inquiry is None:
        raise Missing("There is no such inquiry.")
    return inquiry


def _record(session: Session, key: str, actor: str, action: str, inquiry: Inquiry, now: datetime) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        subject=audit.subject_hash(key, inquiry.subject),
        reason=REASON,
        details={"inquiry": str(inquiry.id)},
        now=now,
    )
