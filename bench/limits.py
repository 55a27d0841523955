"""What a limit costs: one more hit, within a transaction and with one of its own."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from bench import site
from bench.databases import each_database
from bench.measure import Figure, median, seconds
from bench.population import NOW
from clevenio import limits
from clevenio.database import Database

HITS = 2000
COMMITTED = 200
LIMIT = limits.Limit("bench", 10**9, timedelta(hours=1))


def run(_size: int) -> Iterator[Figure]:
    """Microseconds a hit: beside other work of a request, and as all that a request does."""
    for name, url in each_database():
        with site.settings(url) as settings:
            database = Database(settings.database_url)
            inside = median(partial(_hits, database, HITS, HITS))
            yield Figure("limits.hit", HITS, name, inside, "µs", None, None, "<=500")
            alone = median(partial(_hits, database, COMMITTED, 1))
            yield Figure("limits.committed", COMMITTED, name, alone, "µs", None, None, "<=10000")
            database.close()


def _hits(database: Database, number: int, together: int) -> float:
    """Take `number` hits of many visitors, so many in one transaction."""

    def work() -> None:
        for first in range(0, number, together):
            with database.session() as session:
                for each in range(first, first + together):
                    limits.take(session, "bench", LIMIT, f"visitor {each % 100}", NOW)
                session.commit()

    return seconds(work) / number * 1e6
