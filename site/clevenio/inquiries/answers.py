"""Answers to inquiries: written in the back office, kept as they were sent, mailed through the outbox."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from clevenio.database import inserted
from clevenio.errors import Missing, Refused
from clevenio.inquiries import mails, queries
from clevenio.inquiries.models import Answer, Inquiry, State
from clevenio.inquiries.operations import Staff, found, record
from clevenio.mail import Rendered
from clevenio.outbox import new_message_id
from clevenio.people import restrictions
from clevenio.settings import Settings


@dataclass(frozen=True)
class Thread:
    """What stands around an inquiry: what we answered, what was removed, what the same person asked before."""

    sent: list[queries.Sent]
    removals: int
    others: list[Inquiry]
    is_frozen: bool


def thread(session: Session, staff: Staff, inquiry: Inquiry) -> Thread:
    """Everything about an inquiry that this member of staff may see, and whether an answer may leave."""
    return Thread(
        queries.sent(session, inquiry),
        queries.removed_passages(session, inquiry),
        queries.others(session, inquiry, with_restricted=queries.sees_restricted(staff.roles)),
        restrictions.is_restricted(session, inquiry.address_key),
    )


def preview(settings: Settings, staff: Staff, inquiry: Inquiry, text: str, now: datetime) -> Rendered:
    """The mail that an answer would be."""
    answer = Answer(id=uuid4(), inquiry=inquiry.id, text=text, message_id="<preview>", by=staff.id, at=now)
    return mails.built_answer(settings, inquiry, answer, [])[0]


def send(
    session: Session,
    settings: Settings,
    staff: Staff,
    inquiry_id: UUID,
    answer_id: UUID,
    text: str,
    now: datetime,
) -> Inquiry:
    """Keep an answer, queue its mail and mark the inquiry as answered; the same id again is the same answer.

    Raises `Missing`, and `Refused` where the address is frozen: its mail would be withheld (GDPR Art. 18(2)).
    """
    inquiry = found(session, staff, inquiry_id, lock=True)
    if restrictions.is_restricted(session, inquiry.address_key):
        raise Refused("This address is frozen, so no answer leaves from here. Ask the privacy officer.")
    before = queries.sent(session, inquiry)
    message_id = new_message_id(settings)
    row = {
        "id": answer_id,
        "inquiry": inquiry.id,
        "text": text,
        "message_id": message_id,
        "by": staff.id,
        "at": now,
    }
    if not inserted(session, Answer, row):
        if not any(each.answer.id == answer_id for each in before):
            raise Missing("There is no such inquiry.")
        return inquiry
    answer = session.get_one(Answer, answer_id)
    older = [inquiry.receipt, *(each.answer.message_id for each in before)]
    mail = mails.queue_answer(session, settings, inquiry, answer, [each for each in older if each])
    session.flush()
    answer.mail = mail.id
    inquiry.state, inquiry.changed_at, inquiry.changed_by = State.ANSWERED, now, staff.id
    record(session, settings, staff, "inquiries.answer", inquiry, now)
    return inquiry
