"""What a campaign has come to, for the command line and the back office."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clevenio.i18n import sentence
from clevenio.newsletter.campaigns import counts
from clevenio.newsletter.models import Campaign, Delivery, DeliveryState, Departure, Edition


@dataclass(frozen=True)
class Summary:
    """One campaign in numbers: by state, the excluded by reason, and who left by its links.

    `trouble` is why it was paused by itself, in the language of whoever asks, with the relay's own words behind.
    """

    id: UUID
    topic: str
    segment: str | None
    state: str
    created_at: datetime
    scheduled_at: datetime | None
    frozen_at: datetime | None
    finished_at: datetime | None
    trouble: str | None
    subjects: dict[str, str]
    candidates: int
    counts: dict[str, int]
    excluded: dict[str, int]
    departures: int


def summary(session: Session, campaign: Campaign) -> Summary:
    """A campaign as it stands now; every state is counted, those with nobody too."""
    by_state = counts(session, campaign.id)
    subjects = select(Edition.language, Edition.subject).where(Edition.campaign == campaign.id)
    reasons = (
        select(Delivery.reason, func.count())
        .where(Delivery.campaign == campaign.id, Delivery.reason.is_not(None))
        .group_by(Delivery.reason)
    )
    left = select(func.count()).where(Departure.campaign == campaign.id, Departure.undone_at.is_(None))
    return Summary(
        campaign.id,
        campaign.topic,
        campaign.segment,
        campaign.state,
        campaign.created_at,
        campaign.scheduled_at,
        campaign.frozen_at,
        campaign.finished_at,
        f"{sentence(campaign.problem)} {campaign.problem['said']}".strip() if campaign.problem else None,
        dict(session.execute(subjects).all()),
        campaign.candidates,
        {state.value: by_state.get(state, 0) for state in DeliveryState},
        {str(reason): number for reason, number in session.execute(reasons)},
        session.scalar(left) or 0,
    )


def summaries(session: Session) -> Iterator[Summary]:
    """Every campaign, newest first."""
    for campaign in session.scalars(select(Campaign).order_by(Campaign.created_at.desc())):
        yield summary(session, campaign)


@dataclass(frozen=True)
class Unsure:
    """A message of which nobody knows whether it arrived: its number, whose it was, and what was heard last."""

    id: int
    person: UUID
    language: str
    reply: str | None
    at: datetime | None


def uncertain(session: Session, campaign: UUID, after: int = 0, limit: int = 100) -> list[Unsure]:
    """Uncertain messages of a campaign by number, those behind one number first; `steering.resend_uncertain` takes them."""
    rows = session.execute(
        select(Delivery.id, Delivery.person, Delivery.language, Delivery.reply, Delivery.finished_at)
        .where(
            Delivery.campaign == campaign,
            Delivery.state == DeliveryState.UNCERTAIN,
            Delivery.id > after,
        )
        .order_by(Delivery.id)
        .limit(limit)
    )
    return [Unsure(*row) for row in rows]
