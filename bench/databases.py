"""The databases a measurement runs on: SQLite always, PostgreSQL where its binaries are at hand."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine, text

from tests.support import postgres

# As a careful installation runs it: every commit synced. The tests' own server is faster and forgets.
DURABLE = ("shared_buffers=256MB",)


@contextmanager
def postgresql() -> Iterator[str | None]:
    """The address of an empty database on a durable server; None where there is no PostgreSQL."""
    if not postgres.is_available():
        yield None
        return
    with postgres.running(DURABLE) as url:
        name = f"bench_{uuid.uuid4().hex}"
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        yield url.set(database=name).render_as_string(hide_password=False)


def each_database() -> Iterator[tuple[str, str | None]]:
    """Name and address; the address None stands for a SQLite file of the measurement's own."""
    yield "sqlite", None
    with postgresql() as url:
        if url is not None:
            yield "postgresql", url
