"""Counting, and forgetting counts in time."""

from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, delete
from sqlalchemy.orm import Session

from clevenio.consent.advertising.addresses import Campaign
from clevenio.consent.advertising.models import AdvertisingCount, Kind
from clevenio.database import insert_into, is_sqlite
from clevenio.i18n import local_day
from clevenio.registry import load

PERIOD = "advertising_counts"


def count(session: Session, campaign: Campaign, kind: Kind, day: date) -> None:
    """Count one browser more. Two at once are counted as two."""
    row = {"day": day, "kind": kind.value, "source": campaign.source, "campaign": campaign.name}
    session.connection().execute(_counting(is_sqlite(session)), row)


@cache
def _counting(sqlite: bool) -> Any:
    names = ("day", "kind", "source", "campaign")
    begun = insert_into(sqlite, AdvertisingCount).values(
        number=1, **{name: bindparam(name) for name in names}
    )
    return begun.on_conflict_do_update(
        index_elements=list(names), set_={"number": AdvertisingCount.number + 1}
    )


def forget_old(session: Session, now: datetime) -> None:
    """Delete counts whose day is longer ago than their period."""
    start = load().periods[PERIOD].start(now)
    if start is not None:
        session.execute(delete(AdvertisingCount).where(AdvertisingCount.day < local_day(start)))
