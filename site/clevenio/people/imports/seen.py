"""Which mailboxes a file has had so far, on disk, so that memory stays flat."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from typing import NamedTuple

from clevenio.people.imports.rows import Row


class First(NamedTuple):
    """The line on which a mailbox comes for the first time; `has_left` where that says that its reader left."""

    line: int
    has_left: bool


class Seen:
    """Mailboxes by half of their suppression key: 128 bits that say nothing to anybody else."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute("PRAGMA cache_size = -16000")
        connection.execute(
            "CREATE TABLE seen (mailbox BLOB PRIMARY KEY, line INTEGER, has_left INTEGER) WITHOUT ROWID"
        )

    def add(self, rows: Iterable[Row]) -> list[First]:
        """Note rows in the order of the file; for each, the first of its mailbox, which may be itself."""
        keys = [
            (bytes.fromhex(row.facts["email_suppression"][:32]), row.line, row.left is not None)
            for row in rows
        ]
        self._connection.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", keys)
        ask = "SELECT line, has_left FROM seen WHERE mailbox = ?"
        found = (self._connection.execute(ask, key[:1]).fetchone() for key in keys)
        return [First(line, bool(has_left)) for line, has_left in found]


@contextmanager
def seen() -> Iterator[Seen]:
    """Nothing seen yet, in a file without a name, which is gone with this process, however it ends."""
    with closing(sqlite3.connect("", isolation_level=None)) as connection:
        connection.execute("BEGIN")
        yield Seen(connection)
