"""The account mail of this room: the one that asks an address's owner to confirm."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from clevenio import outbox
from clevenio.people.addresses import Address
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
    outbox.queue_account_mail(
        session,
        settings,
        "newsletter/mail/confirm.html",
        kind="subscription",
        to=to.ascii,
        language=language,
        now=now,
        names=[load().purposes[topic].name[language] for topic in topics],
        link=settings.base_url + path,
    )
