"""What the ledger costs: one question about one person, and how the answer grows with the rows."""

import random
from collections.abc import Iterator
from functools import partial
from uuid import UUID

from sqlalchemy import select

from bench import population, site
from bench.databases import each_database
from bench.measure import Figure, median, seconds
from clevenio.audiences.layouts import Platform
from clevenio.audiences.platforms import platform
from clevenio.audiences.preview import preview
from clevenio.audiences.segments import find
from clevenio.consent import ledger
from clevenio.database import Database
from clevenio.people.models import Person

QUESTIONS = 500


def run(size: int) -> Iterator[Figure]:
    """Milliseconds for `permits`, at a tenth of the size and at the size."""
    for name, url in each_database():
        with site.settings(url) as settings:
            database = Database(settings.database_url)
            filled = 0
            for count in (size // 10, size):
                population.fill(database, count - filled, settings.suppression_key, start=filled)
                filled = count
                yield Figure(
                    "ledger.permits",
                    count,
                    name,
                    median(partial(_ask, database)),
                    "ms",
                    None,
                    None,
                    "<=1.0",
                )
            database.close()


def run_preview(size: int) -> Iterator[Figure]:
    """Seconds for the counts before an export."""
    for name, url in each_database():
        with site.settings(url) as settings:
            database = Database(settings.database_url)
            population.fill(database, size, settings.suppression_key)
            google = platform("google", settings.data)
            value = median(partial(_count, database, google), 3)
            yield Figure("preview", size, name, value, "s", None, None, "<=1.0")
            database.close()


def _count(database: Database, google: Platform) -> float:
    with database.session(write=False) as session:
        return seconds(lambda: preview(session, google, find(session, "all", population.NOW)))


def _ask(database: Database) -> float:
    with database.session(write=False) as session:
        everybody = list(session.scalars(select(Person.id).limit(10_000)))
        asked: list[UUID] = random.Random(7).choices(everybody, k=QUESTIONS)

        def ask() -> None:
            for person in asked:
                if not ledger.permits(session, person, "ad_audiences:google"):
                    raise RuntimeError("the ledger forgot a consent")
                session.expunge_all()

        return seconds(ask) / QUESTIONS * 1000
