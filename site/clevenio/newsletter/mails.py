"""The account mail of this room: the one that asks an address's owner to confirm."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from clevenio import mail, outbox
from clevenio.people.addresses import Address
from clevenio.people.staff_notices import message_id
from clevenio.registry import load
from clevenio.settings import Settings


def queue_confirmation(
    session: Session,
    settings: Settings,
    to: Address,
    topics: Sequence[str],
    language: str,
    path: str,
    now: datetime,
) -> None:
    """Ask the owner of an address. Nothing a stranger typed is in it, and it is no marketing mail."""
    rendered = mail.render(
        "newsletter/mail/confirm.html",
        language,
        settings=settings,
        unsubscribe=None,
        names=[load().purposes[topic].name[language] for topic in topics],
        link=settings.base_url + path,
    )
    message = mail.build(
        rendered,
        sender=settings.account_from,
        to=to.ascii,
        language=language,
        message_id=message_id(settings),
        now=now,
        headers={"Reply-To": settings.reply_to} if settings.reply_to else None,
    )
    outbox.queue(
        session,
        kind="subscription",
        sender=mail.address_of(settings.account_from),
        recipient=to.ascii,
        subject=rendered.subject,
        message=message,
        now=now,
    )
