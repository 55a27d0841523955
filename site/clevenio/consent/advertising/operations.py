"""Counting, and forgetting counts in time."""

from datetime import date

from sqlalchemy.orm import Session

from clevenio.consent.advertising.addresses import Campaign
from clevenio.consent.advertising.models import AdvertisingCount, Kind
from clevenio.database import add_up
from clevenio.i18n import local_day
from clevenio.sweeps import Sweep


def count(session: Session, campaign: Campaign, kind: Kind, day: date) -> None:
    """Count one browser more. Two at once are counted as two."""
    row = {"day": day, "kind": kind.value, "source": campaign.source, "campaign": campaign.name, "number": 1}
    add_up(session, AdvertisingCount, [row])


SWEEPS = (
    Sweep(
        "advertising_counts",
        "advertising_counts",
        AdvertisingCount,
        lambda start, _now: AdvertisingCount.day < local_day(start),
    ),
)
