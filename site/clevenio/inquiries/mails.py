"""The two mails of an inquiry: a receipt for whoever wrote, and a notice for staff."""

from datetime import datetime

from sqlalchemy.orm import Session

from clevenio import outbox
from clevenio.inquiries.models import Inquiry
from clevenio.people.addresses import Address
from clevenio.people.staff_members import Role
from clevenio.people.staff_notices import queue_for_staff
from clevenio.settings import Settings


def queue_receipt(session: Session, settings: Settings, to: Address, language: str, now: datetime) -> None:
    """Tell the address that its message came.

    Nothing that was typed is in it, not even the name: the address may be a third party's, and our
    form must not carry strangers' words to them.
    """
    outbox.queue_account_mail(
        session,
        settings,
        "inquiries/mail/receipt.html",
        kind="inquiry",
        to=to.ascii,
        language=language,
        now=now,
    )


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
