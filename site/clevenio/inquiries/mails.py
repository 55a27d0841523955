"""The mails of an inquiry: a receipt and the answers for whoever wrote, a notice for staff."""

from datetime import datetime

from sqlalchemy.orm import Session

from clevenio import outbox
from clevenio.inquiries.models import Answer, Inquiry
from clevenio.mail import Rendered, return_path
from clevenio.people.addresses import Address, address
from clevenio.people.staff_members import Role
from clevenio.people.staff_notices import queue_for_staff
from clevenio.settings import Settings

# The contact page, where whoever has more to say says it.
CONTACT = {"fi": "/fi/yhteys", "en": "/en/contact"}


def queue_receipt(session: Session, settings: Settings, to: Address, language: str, now: datetime) -> str:
    """Tell the address that its message came; returns the mail's Message-ID.

    Nothing that was typed is in it, not even the name: the address may be a third party's, and our
    form must not carry strangers' words to them.
    """
    message_id = outbox.new_message_id(settings)
    rendered, message = outbox.account_mail(
        settings,
        "inquiries/mail/receipt.html",
        to=to.ascii,
        language=language,
        now=now,
        message_id=message_id,
        values={"contact": settings.base_url + CONTACT[language]},
    )
    _queue(session, settings, "inquiry", to, rendered, message, now)
    return message_id


def queue_notice(session: Session, settings: Settings, inquiry: Inquiry, now: datetime) -> None:
    """Tell staff where the new inquiry is; what it says is read there, under audit."""
    queue_for_staff(
        session,
        settings,
        "inquiries/mail/notice.html",
        kind="inquiry",
        roles=(Role.SUPPORT,),
        now=now,
        link=f"{settings.base_url}/staff/inquiries/{inquiry.id}",
    )


def built_answer(
    settings: Settings, inquiry: Inquiry, answer: Answer, older: list[str]
) -> tuple[Rendered, bytes]:
    """The mail of an answer. `older` are the Message-IDs of the receipt and of earlier answers, the oldest first."""
    # A person wrote it, and programs that answer for somebody who is away may say so (RFC 3834 5).
    headers = {"Auto-Submitted": "no"}
    if older:
        # A line ends at 998 octets (RFC 5322 2.1.1), so a long thread names its last mails.
        headers |= {"In-Reply-To": older[-1], "References": " ".join(older[-8:])}
    return outbox.account_mail(
        settings,
        "inquiries/mail/answer.html",
        to=address(inquiry.email).ascii,
        language=inquiry.language,
        now=answer.at,
        message_id=answer.message_id,
        headers=headers,
        values={"text": answer.text, "contact": settings.base_url + CONTACT[inquiry.language]},
    )


def queue_answer(
    session: Session, settings: Settings, inquiry: Inquiry, answer: Answer, older: list[str]
) -> outbox.Mail:
    """Mail an answer in this transaction."""
    rendered, message = built_answer(settings, inquiry, answer, older)
    to = address(inquiry.email)
    return _queue(session, settings, "inquiry_answer", to, rendered, message, answer.at)


def _queue(
    session: Session,
    settings: Settings,
    kind: str,
    to: Address,
    rendered: Rendered,
    message: bytes,
    now: datetime,
) -> outbox.Mail:
    return outbox.queue(
        session,
        kind=kind,
        sender=return_path(settings, settings.account_from),
        recipient=to.ascii,
        subject=rendered.subject,
        message=message,
        now=now,
    )
