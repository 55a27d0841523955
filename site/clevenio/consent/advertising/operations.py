"""Counting, and forgetting counts in time."""

from datetime import date, datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from clevenio.consent.advertising.addresses import Campaign
from clevenio.consent.advertising.models import AdvertisingCount, Kind
from clevenio.database import add_up
from clevenio.i18n import local_day
from clevenio.registry import load

PERIOD = "advertising_counts"


def count(session: Session, campaign: Campaign, kind: Kind, day: date) -> None:
    """Count one browser more. Two at once are counted as two."""
    row = {"day": day, "kind": kind.value, "source": campaign.source, "campaign": campaign.name, "number": 1}
    add_up(session, AdvertisingCount, [row])


def forget_old(session: Session, now: datetime) -> None:
    """Delete counts whose day is longer ago than their period."""
    start = load().periods[PERIOD].start(now)
    if start is not None:
        session.execute(delete(AdvertisingCount).where(AdvertisingCount.day < local_day(start)))
