"""A long list, page by page. What the addresses of its pages say is a number and filters, never a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Generic, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from clevenio.i18n import midnight

SIZE = 25
Row = TypeVar("Row")
Item = TypeVar("Item")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a list: its rows, its number from 1, how many pages and how many rows there are in all."""

    rows: Sequence[Row]
    number: int
    pages: int
    total: int


def page_of(session: Session, query: Select[Row], number: int, size: int = SIZE) -> Page[Row]:
    """The page of a query over one entity; a number that is out of range means the nearest page there is."""
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    pages = max(1, -(-total // size))
    number = max(1, min(number, pages))
    rows = session.scalars(query.limit(size).offset((number - 1) * size)).all()
    return Page(rows, number, pages, total)


def page_in(rows: Sequence[Item], number: int, size: int = SIZE) -> Page[Item]:
    """The same of rows that are here already: files of a folder, or what no query can choose."""
    pages = max(1, -(-len(rows) // size))
    number = max(1, min(number, pages))
    return Page(rows[(number - 1) * size : number * size], number, pages, len(rows))


def within(
    query: Select[Row], moment: InstrumentedAttribute[datetime], since: date | None, until: date | None
) -> Select[Row]:
    """The query with rows of these days alone, both included, by the clock of the site's time zone."""
    if since:
        query = query.where(moment >= midnight(_countable(since)))
    if until:
        query = query.where(moment < midnight(_countable(until) + timedelta(days=1)))
    return query


def _countable(day: date) -> date:
    # The first and the last days that dates can name have no midnight in every time zone.
    return min(max(day, date(1000, 1, 1)), date(9000, 1, 1))
