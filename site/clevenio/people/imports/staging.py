"""Checked rows, waiting on disk to be merged, so that memory stays flat and duplicates are found."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Proof:
    """What a file says about a consent: which purposes, when (ISO 8601, UTC), where, by which words."""

    purposes: tuple[str, ...]
    given_at: str
    source: str
    wording: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row that can be stored. `facts` are normalised values under the names of `Person`."""

    line: int
    facts: dict[str, str]
    proof: Proof | None = None

    @property
    def mailbox(self) -> str:
        """The mailbox key: one row for each."""
        return self.facts["mailbox_key"]


class Staging:
    """The rows of one file, one for each mailbox, in the file's order."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute("PRAGMA cache_size = -16000")
        connection.execute("CREATE TABLE staged (line INTEGER PRIMARY KEY, mailbox TEXT UNIQUE, row TEXT)")

    def add(self, row: Row) -> int | None:
        """Keep a row; where its mailbox is there already, keep nothing and say on which line it was."""
        proof = row.proof and (row.proof.purposes, row.proof.given_at, row.proof.source, row.proof.wording)
        text = json.dumps((row.facts, proof), ensure_ascii=False, separators=(",", ":"))
        kept = self._connection.execute(
            "INSERT OR IGNORE INTO staged VALUES (?, ?, ?)", (row.line, row.mailbox, text)
        )
        if kept.rowcount:
            return None
        found = self._connection.execute("SELECT line FROM staged WHERE mailbox = ?", (row.mailbox,))
        return int(found.fetchone()[0])

    def chunks(self, size: int) -> Iterator[list[Row]]:
        """The rows, in lists of at most `size`."""
        cursor = self._connection.execute("SELECT line, row FROM staged ORDER BY line")
        while found := cursor.fetchmany(size):
            yield [_row(line, json.loads(text)) for line, text in found]


def _row(line: int, kept: list[Any]) -> Row:
    facts, proof = kept
    return Row(line, facts, Proof(tuple(proof[0]), *proof[1:]) if proof else None)


@contextmanager
def staging() -> Iterator[Staging]:
    """A staging area in a file without a name, which is gone with this process, however it ends."""
    with closing(sqlite3.connect("", isolation_level=None)) as connection:
        connection.execute("BEGIN")
        yield Staging(connection)
