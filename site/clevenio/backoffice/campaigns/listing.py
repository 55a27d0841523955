"""The list of campaigns, and what of them waits for somebody."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio.due import Due
from clevenio.i18n import gettext as _
from clevenio.newsletter import queries, schedule
from clevenio.newsletter.models import Campaign, CampaignState
from clevenio.newsletter.steering import is_overdue
from clevenio.paging import Page, page_of
from clevenio.settings import Settings

ASKING = (CampaignState.SCHEDULED, CampaignState.PAUSED, CampaignState.NEEDS_ATTENTION)


@dataclass(frozen=True)
class Row:
    """One campaign in the list, with its subjects by language, as its readers get them, and its deliveries by state."""

    campaign: Campaign
    subjects: Mapping[str, str]
    counts: Mapping[str, int]


def page(session: Session, settings: Settings, number: int) -> Page[Row]:
    """A page of campaigns with their counts, the newest first."""
    found = page_of(session, select(Campaign).order_by(Campaign.created_at.desc(), Campaign.id), number)
    rows = [
        Row(each, queries.subjects(session, settings, each), queries.by_state(session, each.id))
        for each in found.rows
    ]
    return Page(rows, found.number, found.pages, found.total)


def due(session: Session, now: datetime) -> Iterator[Due]:
    """Campaigns that go no further by themselves: a moment that was missed, a trouble, messages to decide about."""
    for campaign in session.scalars(select(Campaign).where(Campaign.state.in_(ASKING))):
        values = {"campaign_id": str(campaign.id)}
        if campaign.scheduled_at is not None and is_overdue(campaign, now):
            text = _(
                "A campaign was to begin on %(moment)s, and the site was not there. It waits for your word.",
                moment=schedule.said(campaign.scheduled_at),
            )
            yield Due(text, _("Decide about it"), "campaigns_staff.campaign", campaign.scheduled_at, values)
        elif campaign.state == CampaignState.PAUSED and campaign.problem:
            text = _("A campaign paused by itself: something is wrong with it.")
            yield Due(text, _("See what is wrong"), "campaigns_staff.campaign", campaign.created_at, values)
        elif campaign.state == CampaignState.NEEDS_ATTENTION:
            text = _("A campaign has ended with messages that failed or may not have arrived.")
            at = campaign.finished_at or campaign.created_at
            yield Due(text, _("Decide about the messages"), "campaigns_staff.campaign", at, values)
