"""Audience files, streamed: constant memory, no temporary file, members on record before bytes leave."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from clevenio.audiences import encoding
from clevenio.audiences.eligibility import IDENTIFIERS
from clevenio.audiences.layouts import Platform
from clevenio.audiences.membership import add_members
from clevenio.audiences.models import Export, State
from clevenio.audiences.selection import NO_NOTICE, Selection
from clevenio.consent import ledger
from clevenio.database import Database, is_sqlite

BATCH = 5_000
# What SQLite is asked for at once: few enough rows to stay in the processor's cache until they are columns.
BITE = 500
# Wider than any row: below this many bytes a row, a file is known to fit without being measured.
WIDEST_ROW = 4_000


def _nothing_but_identifiers() -> dict[str, tuple[str, ...]]:
    return {NO_NOTICE: tuple(IDENTIFIERS)}


@dataclass
class Handout:
    """An export whose bytes may now leave, from one snapshot of the database.

    Rows and members are read from that same snapshot: somebody who withdraws meanwhile is in both,
    and therefore in the next removal file.
    """

    database: Database
    session: Session
    platform: Platform
    export_id: int
    selection: Selection
    rows: int
    now: datetime
    disclosed: dict[str, tuple[str, ...]] = field(default_factory=_nothing_but_identifiers)

    @property
    def header(self) -> bytes:
        """The first line of every file."""
        return encoding.header(self.platform.facts.headers)

    @cached_property
    def size(self) -> int:
        """The bytes of the whole as one file, header included. Reads every row and hashes nothing."""
        layout = self.platform.layout
        batches = _batches(self.session, self.selection.rows)
        stored = sum(encoding.foreseen(layout, *self._parts(rows)) for rows in batches)
        kept = sum(encoding.size(encoding.lines(layout, cells)) for _, cells in self._leavers())
        return len(self.header) + stored + kept

    def must_split(self) -> bool:
        """Whether one file would be larger than the platform takes."""
        facts = self.platform.facts
        if facts.maximum_rows is not None and self.rows > facts.maximum_rows:
            return True
        if facts.maximum_bytes is None or self.rows * WIDEST_ROW <= facts.maximum_bytes:
            return False
        return self.size > facts.maximum_bytes

    def batches(self) -> Iterator[list[str]]:
        """Lines in batches; the people of a batch are on record before it is handed out."""
        layout = self.platform.layout
        if self.selection.members is not None:
            for (people,) in _batches(self.session, self.selection.members):
                add_members(self.database, self.export_id, people, {})
        for rows in _batches(self.session, self.selection.rows):
            cells = encoding.cells(layout, *self._parts(rows))
            if self.selection.members is None:
                self._put_on_record(rows[0], cells)
            yield encoding.lines(layout, cells)
        for gone, cells in self._leavers():
            self._put_on_record(gone, cells)
            yield encoding.lines(layout, cells)

    def finish(self, files: Sequence[Mapping[str, int | str]]) -> None:
        """Record what left: rows, bytes and SHA-256 of each file."""
        with self.database.session() as session:
            export = session.get_one(Export, self.export_id)
            export.state = State.FINISHED.value
            export.finished_at = self.now
            export.files = [dict(facts) for facts in files]
            export.notices = sorted(filter(None, self.disclosed))
            session.commit()

    def _put_on_record(self, people: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
        sent = {field: cells[place] for field, place in self.platform.layout.first.items()}
        add_members(self.database, self.export_id, people, sent)

    def _leavers(self) -> Iterator[tuple[Sequence[str], list[list[str]]]]:
        """Ids and cells of those whose values have gone, in batches."""
        return iter(()) if self.selection.leavers is None else self.selection.leavers(self.session)

    def _parts(
        self, rows: Sequence[Sequence[Any]]
    ) -> tuple[Sequence[encoding.Values], Sequence[str], encoding.Disclosed]:
        """A batch's stored values by field, the notices they rest on, and what these disclosed."""
        if self.selection.members is not None:
            return rows, (), {}
        _, notices, *values = rows
        if new := set(notices) - self.disclosed.keys():
            found = ledger.wordings(self.session, new)
            self.disclosed |= {notice: found[notice].data if notice in found else () for notice in new}
        return values, notices, self.disclosed


def _batches(session: Session, query: Select[Any]) -> Iterator[list[list[Any]]]:
    """A query's rows in batches of columns, read as they are needed."""
    sqlite = is_sqlite(session)
    options = session.connection().execution_options(stream_results=not sqlite)
    with options.execute(query) as result:
        # The driver's own rows: SQLAlchemy's would cost as much again. Of a cursor that stays on the server
        # it has read the first row already.
        rows: Sequence[Sequence[Any]] = [] if sqlite else list(map(tuple, result.fetchmany(1)))
        if not sqlite and not rows:
            return
        bite = min(BITE, BATCH) if sqlite else BATCH
        columns: list[list[Any]] = []
        while rows := rows or result.cursor.fetchmany(bite):
            if not columns:
                columns = [[] for _ in rows[0]]
            for column, more in zip(columns, zip(*rows, strict=True), strict=True):
                column.extend(more)
            if len(columns[0]) >= BATCH:
                yield columns
                columns = []
            rows = []
        if columns:
            yield columns
