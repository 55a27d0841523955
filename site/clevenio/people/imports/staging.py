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
    """A row that can be stored. `facts` are normalised values under the names of `Person`.

    `has_left` says that the file calls its person opted out: the address is known and nothing is to be stored.
    """

    line: int
    facts: dict[str, str]
    proof: Proof | None = None
    has_left: bool = False

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

    def add(self, row: Row) -> Row | None:
        """Keep a row; where its mailbox is there already, keep nothing and return the row that is.

        Only somebody who left takes that row's place.
        """
        proof = row.proof and (row.proof.purposes, row.proof.given_at, row.proof.source, row.proof.wording)
        text = json.dumps((row.facts, proof, row.has_left), ensure_ascii=False, separators=(",", ":"))
        added = self._connection.execute(
            "INSERT OR IGNORE INTO staged VALUES (?, ?, ?)", (row.line, row.mailbox, text)
        )
        if added.rowcount:
            return None
        found = self._connection.execute("SELECT line, row FROM staged WHERE mailbox = ?", (row.mailbox,))
        line, kept = found.fetchone()
        first = _row(line, json.loads(kept))
        if row.has_left and not first.has_left:
            self._connection.execute(
                "UPDATE staged SET line = ?, row = ? WHERE line = ?", (row.line, text, line)
            )
        return first

    def chunks(self, size: int) -> Iterator[list[Row]]:
        """The rows, in lists of at most `size`."""
        cursor = self._connection.execute("SELECT line, row FROM staged ORDER BY line")
        while found := cursor.fetchmany(size):
            yield [_row(line, json.loads(text)) for line, text in found]


def _row(line: int, kept: list[Any]) -> Row:
    facts, proof, has_left = kept
    return Row(line, facts, Proof(tuple(proof[0]), *proof[1:]) if proof else None, has_left)


@contextmanager
def staging() -> Iterator[Staging]:
    """A staging area in a file without a name, which is gone with this process, however it ends."""
    with closing(sqlite3.connect("", isolation_level=None)) as connection:
        connection.execute("BEGIN")
        yield Staging(connection)
