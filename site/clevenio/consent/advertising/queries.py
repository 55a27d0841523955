"""How many signups and inquiries came by which campaign, as far as that may be shown."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clevenio.consent.advertising.addresses import Campaign
from clevenio.consent.advertising.models import AdvertisingCount, Kind

WINDOWS = (90, 30, 7)


@dataclass(frozen=True)
class Counts:
    """Of one kind: everybody's and each campaign's count in each of `WINDOWS`."""

    total: tuple[int, ...]
    campaigns: dict[Campaign, tuple[int, ...]]


def counts(session: Session, kind: Kind, end: date, smallest: int) -> Counts:
    """The counts of whole days up to `end`; campaigns below the smallest group count in the total alone."""
    row = AdvertisingCount
    within = [
        func.coalesce(func.sum(row.number).filter(row.day > end - timedelta(days=n)), 0) for n in WINDOWS
    ]
    all_of_it = (row.kind == kind.value, row.day <= end, row.day > end - timedelta(days=WINDOWS[0]))
    total = session.execute(select(*within).where(*all_of_it)).one()
    query = select(row.source, row.campaign, *within).where(*all_of_it).group_by(row.source, row.campaign)
    rows = session.execute(query.having(func.sum(row.number) >= smallest))
    found = {Campaign(source, name): tuple(map(int, numbers)) for source, name, *numbers in rows}
    return Counts(tuple(map(int, total)), found)
