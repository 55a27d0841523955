"""One run at a time, across processes and machines; whoever dies lets go by that."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from clevenio.database import Database

FILE = "retention.lock"
# The number of the lock on PostgreSQL: any, as long as nobody else takes it.
NUMBER = 7_281_936_405


@contextmanager
def held(database: Database, folder: Path) -> Iterator[bool]:
    """Whether the lock is ours, until the block ends; False at once where somebody has it."""
    if database.is_sqlite:
        with _file(folder) as mine:
            yield mine
        return
    # A connection of its own: the lock is the session's, and goes with it.
    with database.engine.connect() as connection:
        mine = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:number)"), {"number": NUMBER}))
        connection.commit()
        try:
            yield mine
        finally:
            if mine:
                connection.execute(text("SELECT pg_advisory_unlock(:number)"), {"number": NUMBER})
                connection.commit()


@contextmanager
def _file(folder: Path) -> Iterator[bool]:
    """The database is a file on this machine, and so is its lock."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / FILE).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
