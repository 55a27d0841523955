"""Mails about a request that did not arrive: they stand on its page, and what came back later is told the privacy officers.

A relay takes a mail within seconds, and the request ends; that nobody got the answer is heard hours later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio.newsletter.bounces import queries as bounces
from clevenio.newsletter.bounces.models import Bounce
from clevenio.outbox import TROUBLED, Mail, MailState
from clevenio.people.restrictions import ANSWER
from clevenio.rights import mails
from clevenio.rights.models import Event, Request
from clevenio.rights.requests import SYSTEM, note
from clevenio.settings import Settings

ACT = "came_back"


@dataclass(frozen=True)
class Undelivered:
    """A mail about a request that failed, may not have arrived or came back, and the last report of that."""

    mail: Mail
    report: Bounce | None

    @property
    def said(self) -> str | None:
        """The words of the server that did not take it."""
        if self.report is None:
            return self.mail.reply
        return self.report.diagnostic or self.report.status


def of_request(session: Session, request: UUID) -> list[Undelivered]:
    """Those about a request that nobody has decided about yet, the oldest first."""
    query = select(Mail).where(Mail.about == request, Mail.kind == ANSWER, Mail.state.in_(TROUBLED))
    found: Sequence[Mail] = session.scalars(query.order_by(Mail.created_at, Mail.id)).all()
    reports = bounces.of_mails(session, [mail.id for mail in found])
    return [Undelivered(mail, next(iter(reports.get(mail.id, ())), None)) for mail in found]


def tell(session: Session, settings: Settings, now: datetime) -> int:
    """Write what came back into the history of its request, and tell the officers; of how many requests."""
    is_noted = select(Event.id).where(
        Event.request == Mail.about, Event.act == ACT, Event.at >= Mail.finished_at
    )
    query = (
        select(Request)
        .join(Mail, Mail.about == Request.id)
        .where(Mail.state == MailState.RETURNED, Mail.kind == ANSWER, ~is_noted.exists())
        .distinct()
    )
    found = session.scalars(query).all()
    for request in found:
        note(session, request, SYSTEM, ACT, now)
        mails.queue_undelivered(session, settings, request, now)
    return len(found)
