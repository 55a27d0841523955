"""What it takes to let rows go: rows a second through the whole engine, in flat memory."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from bench import site
from bench.databases import each_database
from bench.measure import Figure, peak_megabytes, seconds
from bench.population import NOW, fill
from clevenio import bulk
from clevenio.database import Database
from clevenio.i18n import local_day
from clevenio.people import usage
from clevenio.people.models import Person
from clevenio.people.usage import UsageEvent
from clevenio.rights.retention.engine import Retention
from clevenio.settings import Settings

OLD = NOW.replace(year=NOW.year - 2)
# One row in ten stays, wherever it stands among the others.
STAYS = 10
BATCH = 5_000


def run(size: int) -> Iterator[Figure]:
    """A usage log of `size` rows, nine in ten of them over."""
    for name, url in each_database():
        with site.settings(url) as settings:
            database = Database(settings.database_url)
            fill(database, 100, settings.suppression_key)
            yield from _figures(name, database, settings, size)
            database.close()


def _figures(name: str, database: Database, settings: Settings, size: int) -> Iterator[Figure]:
    engine = Retention(database, settings.data, usage.SWEEPS)

    def work() -> None:
        engine.run("bench", NOW)

    few = size // 10
    _log(database, few)
    small = peak_megabytes(work)
    _log(database, size)
    peak = peak_megabytes(work)
    _log(database, size)
    rate = size / seconds(work)
    yield Figure("retention", size, name, rate, "rows/s", None, None, ">=10000")
    yield Figure("retention.memory", size, name, peak, "MB", f"MB at {few:,}", small, "<=1.2")


def _log(database: Database, rows: int) -> None:
    with database.write() as connection:
        person = connection.scalar(select(Person.id).order_by(Person.id).limit(1))
        for first in range(0, rows, BATCH):
            made = [_event(person, number) for number in range(first, first + BATCH)]
            bulk.add(connection, UsageEvent, ("person", "kind", "at", "day"), made)


def _event(person: UUID | None, number: int) -> tuple[object, ...]:
    at: datetime = NOW if number % STAYS == 0 else OLD + timedelta(seconds=number)
    return (person, "login", at, local_day(at))
