"""What a campaign has come to, for the command line and the back office."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clevenio import smtp
from clevenio.i18n import gettext, sentence
from clevenio.newsletter import placeholders
from clevenio.newsletter.campaigns import counts
from clevenio.newsletter.models import (
    BEGUN,
    Campaign,
    CampaignState,
    Delivery,
    DeliveryState,
    Departure,
    Edition,
)
from clevenio.settings import Settings


@dataclass(frozen=True)
class PutOff:
    """Why messages wait for another attempt: what was heard last of any that was put off, when, and when the next is tried.

    `next_at` is None while the campaign is paused. `is_quoted` says that `said` are the relay's own words; what became of a connection is told in the reader's language.
    """

    said: str
    is_quoted: bool
    at: datetime
    next_at: datetime | None


@dataclass(frozen=True)
class Summary:
    """One campaign in numbers: by state, the excluded by reason, and who left by its links.

    `put_off` is what the relay said last of those that wait for another attempt.
    `trouble` is why it was paused by itself, in the language of whoever asks, with the relay's own words behind.
    """

    id: UUID
    topic: str
    segment: str | None
    state: str
    created_at: datetime
    scheduled_at: datetime | None
    begun_at: datetime | None
    frozen_at: datetime | None
    finished_at: datetime | None
    trouble: str | None
    put_off: PutOff | None
    subjects: dict[str, str]
    candidates: int
    counts: dict[str, int]
    excluded: dict[str, int]
    departures: int


def summary(session: Session, settings: Settings, campaign: Campaign) -> Summary:
    """A campaign as it stands now; every state is counted, those with nobody too."""
    return Summary(
        campaign.id,
        campaign.topic,
        campaign.segment,
        campaign.state,
        campaign.created_at,
        campaign.scheduled_at,
        campaign.begun_at,
        campaign.frozen_at,
        campaign.finished_at,
        f"{sentence(campaign.problem)} {campaign.problem['said']}".strip() if campaign.problem else None,
        put_off(session, campaign),
        subjects(session, settings, campaign),
        campaign.candidates,
        by_state(session, campaign.id),
        excluded(session, campaign.id),
        departures(session, campaign.id),
    )


def subjects(session: Session, settings: Settings, campaign: Campaign) -> dict[str, str]:
    """A campaign's subject by language, as its readers get it."""
    query = select(Edition.language, Edition.subject).where(Edition.campaign == campaign.id)
    return placeholders.in_subjects(settings, campaign.topic, dict(session.execute(query).all()))


def rests_on(session: Session, segment: str) -> bool:
    """Whether a campaign was written for a segment, by the key under which the back office knows it."""
    return session.scalar(select(Campaign.id).where(Campaign.segment == segment).limit(1)) is not None


def by_state(session: Session, campaign: UUID) -> dict[str, int]:
    """How many candidates are in each state, those with nobody too."""
    found = counts(session, campaign)
    return {state.value: found.get(state, 0) for state in DeliveryState}


def excluded(session: Session, campaign: UUID) -> dict[str, int]:
    """How many were excluded, by reason. Only they have one, and by their state an index finds them."""
    query = (
        select(Delivery.reason, func.count())
        .where(
            Delivery.campaign == campaign,
            Delivery.state == DeliveryState.EXCLUDED,
            Delivery.reason.is_not(None),
        )
        .group_by(Delivery.reason)
    )
    return {str(reason): number for reason, number in session.execute(query)}


def departures(session: Session, campaign: UUID) -> int:
    """How many left by a campaign's links and have not come back by them."""
    query = select(func.count()).where(Departure.campaign == campaign, Departure.undone_at.is_(None))
    return session.scalar(query) or 0


def summaries(session: Session, settings: Settings) -> Iterator[Summary]:
    """Every campaign, newest first."""
    for campaign in session.scalars(select(Campaign).order_by(Campaign.created_at.desc())):
        yield summary(session, settings, campaign)


def put_off(session: Session, campaign: Campaign) -> PutOff | None:
    """What a campaign that has begun and not ended waits for; None where nothing is put off. One look into an index."""
    if campaign.put_off is None or campaign.state not in BEGUN:
        return None
    deferred = (Delivery.campaign == campaign.id, Delivery.state == DeliveryState.DEFERRED)
    next_at = session.scalar(select(func.min(Delivery.due_at)).where(*deferred))
    if next_at is None:
        return None
    # Also for a terminal, to which some characters are commands.
    said = "".join(each if each.isprintable() else " " for each in campaign.put_off["said"])
    is_ours = said in smtp.OURS
    at = datetime.fromisoformat(campaign.put_off["at"])
    is_paused = campaign.state == CampaignState.PAUSED
    return PutOff(gettext(said) if is_ours else said, not is_ours, at, None if is_paused else next_at)


@dataclass(frozen=True)
class Unanswered:
    """A message that failed, or of which nobody knows: its number, whose it was, and what was heard last."""

    id: int
    person: UUID
    language: str
    reply: str | None
    at: datetime | None


def unanswered(
    session: Session, campaign: UUID, state: DeliveryState, after: int = 0, limit: int = 100
) -> list[Unanswered]:
    """Failed or uncertain messages of a campaign by number, those behind one number first.

    `steering.resend_uncertain` takes the numbers of uncertain ones.
    """
    rows = session.execute(
        select(Delivery.id, Delivery.person, Delivery.language, Delivery.reply, Delivery.finished_at)
        .where(
            Delivery.campaign == campaign,
            Delivery.state == state,
            Delivery.id > after,
        )
        .order_by(Delivery.id)
        .limit(limit)
    )
    return [Unanswered(*row) for row in rows]
