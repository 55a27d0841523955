"""What goes through a database once from one end to the other, and need not stay in memory."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import Connection

from clevenio.database import CACHE_KILOBYTES

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
