"""What staff do with a campaign: have it begin, now or at a moment, pause, resume, cancel it, decide what is uncertain.

Each verb takes the campaign's identifier, locks its row, and raises `Missing` where there is none and
`Refused` where its state does not allow the act. Where the campaign has come to where the act leads, by the first of
two presses or by somebody else's, nothing is done. After the commit, nudge the tick `newsletter`.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clevenio.errors import BadInput, Problem, Refused
from clevenio.i18n import joined, kept
from clevenio.newsletter import campaigns, checking, deliveries, drafts
from clevenio.newsletter.models import Campaign, CampaignState, Delivery, DeliveryState
from clevenio.settings import Settings

# A schedule that nobody kept for so long, because the site was down, asks instead of firing.
GRACE = timedelta(minutes=10)
LONGEST_SAID = 500
_S = CampaignState
# What a campaign that goes on is in, or has come to since.
_GOES_ON = (_S.FREEZING, _S.RUNNING, _S.FINISHED, _S.NEEDS_ATTENTION)


def start(session: Session, settings: Settings, campaign_id: UUID, actor: str, now: datetime) -> None:
    """Have a draft or a scheduled campaign begin now: also one whose schedule was missed.

    Raises `Refused` where its message breaks a rule.
    """
    if drafts.find(session, campaign_id, is_changing=True).begun_at is not None:
        return
    campaign = _locked(session, campaign_id, _S.DRAFT, _S.SCHEDULED)
    _check(session, settings, campaign, now)
    if is_overdue(campaign, now):
        campaigns.note(session, campaign, "newsletter.confirm", actor, now)
    else:
        campaigns.note(session, campaign, "newsletter.start", actor, now)
    campaign.state, campaign.begun_at = _S.FREEZING, now


def schedule(
    session: Session, settings: Settings, campaign_id: UUID, at: datetime, actor: str, now: datetime
) -> None:
    """Have a draft begin at a moment, or a scheduled one at another.

    Raises `BadInput` for a moment that has passed, `Refused` where its message breaks a rule.
    """
    campaign = _locked(session, campaign_id, _S.DRAFT, _S.SCHEDULED)
    if at <= now:
        raise BadInput("That moment has passed. Choose a later one, or send the campaign now.")
    if (campaign.state, campaign.scheduled_at) == (_S.SCHEDULED, at):
        return
    _check(session, settings, campaign, now)
    campaign.state, campaign.scheduled_at = _S.SCHEDULED, at
    campaigns.note(session, campaign, "newsletter.schedule", actor, now, at=at.isoformat())


def unschedule(session: Session, campaign_id: UUID, actor: str, now: datetime) -> None:
    """Make a scheduled campaign a draft again, so that it can be written anew."""
    campaign = _locked(session, campaign_id, _S.SCHEDULED, _S.DRAFT)
    if campaign.state == _S.SCHEDULED:
        campaign.state, campaign.scheduled_at = _S.DRAFT, None
        campaigns.note(session, campaign, "newsletter.unschedule", actor, now)


def is_overdue(campaign: Campaign, now: datetime) -> bool:
    """Whether a schedule was missed by more than `GRACE`: it fires no more, `start` is what confirms it."""
    is_scheduled = campaign.state == _S.SCHEDULED and campaign.scheduled_at is not None
    return is_scheduled and cast(datetime, campaign.scheduled_at) + GRACE < now


def begin_scheduled(session: Session, now: datetime) -> list[UUID]:
    """Begin what is scheduled for now and not overdue; returns what began. The message is checked when it is made."""
    due = select(Campaign).where(
        Campaign.state == _S.SCHEDULED, Campaign.scheduled_at <= now, Campaign.scheduled_at >= now - GRACE
    )
    begun = session.scalars(due.with_for_update(skip_locked=True)).all()
    for campaign in begun:
        campaign.state, campaign.begun_at = _S.FREEZING, now
    return [campaign.id for campaign in begun]


def pause(session: Session, campaign_id: UUID, actor: str, now: datetime) -> None:
    """Let nothing more leave until `resume`; what a relay has begun to take still ends as it ends."""
    campaign = _locked(session, campaign_id, _S.FREEZING, _S.RUNNING, _S.PAUSED)
    if campaign.state != _S.PAUSED:
        campaign.state = _S.PAUSED
        campaigns.note(session, campaign, "newsletter.pause", actor, now)


def stop(session: Session, campaign_id: UUID, problem: Problem, said: str, now: datetime) -> None:
    """Pause a campaign by itself, and say why, in the relay's own words as well; one that does not run stays as it is."""
    campaign = session.get_one(Campaign, campaign_id, with_for_update=True, populate_existing=True)
    if campaign.state == _S.RUNNING:
        campaign.state, campaign.problem = _S.PAUSED, {**kept(problem), "said": said[:LONGEST_SAID]}
        campaigns.note(session, campaign, "newsletter.stop", "system", now)


def resume(session: Session, campaign_id: UUID, actor: str, now: datetime) -> None:
    """Go on with a paused campaign where it was."""
    campaign = _locked(session, campaign_id, _S.PAUSED, *_GOES_ON)
    if campaign.state == _S.PAUSED:
        campaign.state = _S.FREEZING if campaign.frozen_at is None else _S.RUNNING
        campaign.problem = None
        campaigns.note(session, campaign, "newsletter.resume", actor, now)


def cancel(session: Session, campaign_id: UUID, actor: str, now: datetime) -> None:
    """End a campaign for good: nobody else gets it, whoever has it keeps it.

    Rows that wait are excluded as `cancelled`, the first of them here and the rest by the tick.
    """
    campaign = _locked(
        session, campaign_id, _S.DRAFT, _S.SCHEDULED, _S.FREEZING, _S.RUNNING, _S.PAUSED, _S.CANCELLED
    )
    if campaign.state == _S.CANCELLED:
        return
    campaign.state = _S.CANCELLED
    session.flush()
    deliveries.call_off(session, campaign_id, now)
    campaigns.settle(session, campaign_id, now)
    campaigns.note(session, campaign, "newsletter.cancel", actor, now)


def resend_uncertain(
    session: Session, campaign_id: UUID, actor: str, now: datetime, only: Collection[int] | None = None
) -> int:
    """Send uncertain messages again, with the Message-ID they had; all of them, or those with these numbers.

    Returns how many. Consent and suppression are looked at as for any other.
    """
    campaign = _locked(session, campaign_id, _S.NEEDS_ATTENTION, _S.RUNNING, _S.PAUSED)
    which = [] if only is None else [Delivery.id.in_(only)]
    done = session.execute(
        update(Delivery)
        .where(Delivery.campaign == campaign_id, Delivery.state == DeliveryState.UNCERTAIN, *which)
        .values(state=DeliveryState.PENDING, claim=None, attempts=0, due_at=now, finished_at=None)
        .execution_options(synchronize_session=False)
    )
    number = int(cast(Any, done).rowcount)
    if number:
        if campaign.state == _S.NEEDS_ATTENTION:
            campaign.state, campaign.finished_at = _S.RUNNING, None
        campaigns.note(session, campaign, "newsletter.resend", actor, now, messages=number)
    return number


def accept(session: Session, campaign_id: UUID, actor: str, now: datetime) -> None:
    """Leave failed and uncertain messages as they are: somebody has seen them, and the campaign is finished."""
    campaign = _locked(session, campaign_id, _S.NEEDS_ATTENTION, _S.FINISHED)
    if campaign.state == _S.NEEDS_ATTENTION:
        campaign.state = _S.FINISHED
        campaigns.note(session, campaign, "newsletter.accept", actor, now)


def _locked(session: Session, campaign_id: UUID, *allowed: CampaignState) -> Campaign:
    campaign = drafts.find(session, campaign_id, is_changing=True)
    if campaign.state not in allowed:
        raise Refused("The campaign has moved on meanwhile, so this cannot be done with it any more.")
    return campaign


def _check(session: Session, settings: Settings, campaign: Campaign, now: datetime) -> None:
    """Make every mail of the campaign. Raises what keeps one from being made, or `Refused` for a broken rule."""
    for one in checking.check(settings, drafts.read(session, campaign), now):
        if one.problem is not None:
            raise one.problem
        if faults := [fault for finding in one.findings for fault in finding.faults]:
            raise Refused("The message breaks a rule: %(faults)s.", faults=joined(faults))
