"""What a backup says waits to be sent may have been sent since: nobody knows, so nothing is sent again by itself."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import update
from sqlalchemy.orm import Session

from clevenio.accounts.models import MailRequest
from clevenio.newsletter.models import BEGUN, Campaign, CampaignState, Delivery, DeliveryState
from clevenio.outbox import Mail, MailState
from clevenio.smtp import RESTORED

WAITING = (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.SENDING, DeliveryState.DEFERRED)


@dataclass(frozen=True)
class Uncertain:
    """How many waited when the backup was made: mails, mails to be written, campaigns and their deliveries."""

    mails: int
    requests: int
    campaigns: int
    deliveries: int


def settle(session: Session, now: datetime) -> Uncertain:
    """Have everything that waits end uncertain, for staff to decide about; campaigns end where they were."""
    return Uncertain(
        mails=_change(
            session,
            update(Mail)
            .where(Mail.state.in_((MailState.PENDING, MailState.SENDING)))
            .values(state=MailState.UNCERTAIN, finished_at=now, claim=None, reply=RESTORED),
        ),
        requests=_change(
            session, update(MailRequest).where(MailRequest.failed_at.is_(None)).values(failed_at=now)
        ),
        deliveries=_change(
            session,
            update(Delivery)
            .where(Delivery.state.in_(WAITING))
            .values(state=DeliveryState.UNCERTAIN, finished_at=now, claim=None, reply=RESTORED),
        ),
        campaigns=_change(
            session,
            update(Campaign)
            .where(Campaign.state.in_(BEGUN))
            .values(state=CampaignState.NEEDS_ATTENTION, finished_at=now),
        ),
    )


def _change(session: Session, statement: Any) -> int:
    done = session.execute(statement.execution_options(synchronize_session=False))
    return int(cast(Any, done).rowcount)
