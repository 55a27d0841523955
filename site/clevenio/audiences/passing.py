"""How a database goes through much: a table as a whole, which need not stay in memory, or to few rows by index."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Select, text
from sqlalchemy.engine import Connection

from clevenio.database import CACHE_KILOBYTES
from clevenio.people.models import Person

PASSING_KILOBYTES = 2_000


@contextmanager
def in_passing(connection: Connection) -> Iterator[None]:
    """Read or write a table as a whole; SQLite keeps little of it meanwhile, and as much as ever afterwards."""
    if connection.dialect.name != "sqlite":
        yield
        return
    # A pragma takes no parameters.
    # nosemgrep: sql-is-not-built-from-text -- a number of ours
    connection.exec_driver_sql(f"PRAGMA cache_size=-{PASSING_KILOBYTES}")
    try:
        yield
    finally:
        # nosemgrep: sql-is-not-built-from-text -- a number of ours
        connection.exec_driver_sql(f"PRAGMA cache_size=-{CACHE_KILOBYTES}")


@contextmanager
def by_index(connection: Connection) -> Iterator[None]:
    """Find few among many; PostgreSQL cannot know that identifiers which people share are few, and reads everybody."""
    if connection.dialect.name == "sqlite":
        yield
        return
    connection.execute(text("SET LOCAL enable_seqscan = off"))
    connection.execute(text("SET LOCAL enable_hashjoin = off"))
    connection.execute(text("SET LOCAL enable_mergejoin = off"))
    yield
    connection.execute(text("SET LOCAL enable_seqscan TO DEFAULT"))
    connection.execute(text("SET LOCAL enable_hashjoin TO DEFAULT"))
    connection.execute(text("SET LOCAL enable_mergejoin TO DEFAULT"))


@contextmanager
def side_by_side(connection: Connection) -> Iterator[None]:
    """Go through two indexes in the same order; PostgreSQL would hash them, in several processes, for thrice the work."""
    if connection.dialect.name == "sqlite":
        yield
        return
    connection.execute(text("SET LOCAL max_parallel_workers_per_gather = 0"))
    connection.execute(text("SET LOCAL enable_hashjoin = off"))
    yield
    connection.execute(text("SET LOCAL max_parallel_workers_per_gather TO DEFAULT"))
    connection.execute(text("SET LOCAL enable_hashjoin TO DEFAULT"))


def by_identifiers(query: Select[Any]) -> Select[Any]:
    """A query by the index of identifiers: SQLite takes the rows of people for one, which they are, and reads ten times as much."""
    return query.with_hint(Person, "INDEXED BY ix_people_identifiers", "sqlite")
