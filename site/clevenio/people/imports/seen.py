"""Which mailboxes a file has had so far, on disk, so that memory stays flat."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import repeat
from typing import NamedTuple

HALF = 16


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

    def add(self, keys: Sequence[str], lines: Sequence[int], *, have_left: bool = False) -> dict[int, First]:
        """Note mailboxes, by their suppression keys, in the order of the file.

        By its line, the first of each that was there before.
        """
        halves = [bytes.fromhex(key[: 2 * HALF]) for key in keys]
        before = self._connection.total_changes
        rows = zip(halves, lines, repeat(have_left))
        self._connection.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", rows)
        if self._connection.total_changes - before == len(lines):
            return {}
        ask = "SELECT line, has_left FROM seen WHERE mailbox = ?"
        first = (self._connection.execute(ask, [half]).fetchone() for half in halves)
        found = ((line, First(at, bool(left))) for line, (at, left) in zip(lines, first, strict=True))
        return {line: first for line, first in found if first.line != line or first.has_left}


@contextmanager
def seen() -> Iterator[Seen]:
    """Nothing seen yet, in a file without a name, which is gone with this process, however it ends."""
    with closing(sqlite3.connect("", isolation_level=None)) as connection:
        connection.execute("BEGIN")
        yield Seen(connection)
