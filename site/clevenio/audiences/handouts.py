"""Audience files, streamed: constant memory, no temporary file, members on record before bytes leave."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from clevenio.audiences import encoding
from clevenio.audiences.eligibility import IDENTIFIERS
from clevenio.audiences.layouts import Facts, Platform
from clevenio.audiences.membership import Members, add_members
from clevenio.audiences.models import Export, State
from clevenio.audiences.selection import NO_NOTICE, Selection
from clevenio.consent import ledger
from clevenio.database import Database, is_sqlite
from clevenio.errors import Refused
from clevenio.i18n import local_day

# A few rows, as their columns.
Columns = list[tuple[Any, ...]]
BATCH = 5_000
# Made into lines at once: few enough rows to stay in the processor's cache until they are.
BITE = 500
# Of a file with no more rows they are kept from counting them until they leave: some megabytes.
FEW = 20_000
# Wider than any row: below this many bytes a row, a file is known to fit without being measured.
WIDEST_ROW = 4_000
# By how much a part of the rows may be longer than the others.
SLACK = 1.02


def _nothing_but_identifiers() -> dict[str, tuple[str, ...]]:
    return {NO_NOTICE: tuple(IDENTIFIERS)}


def may_split(facts: Facts, rows: int) -> bool:
    """Whether so many rows may be more than one file that the platform takes; nothing is read for it."""
    too_many = facts.maximum_rows is not None and rows > facts.maximum_rows
    return too_many or (facts.maximum_bytes is not None and rows * WIDEST_ROW > facts.maximum_bytes)


@dataclass
class Handout:
    """An export whose bytes may now leave, from one snapshot of the database.

    Rows and members are read from that same snapshot: somebody who withdraws meanwhile is in both,
    and therefore in the next removal file. `read` are the rows, where they were read to count them.
    """

    database: Database
    session: Session
    platform: Platform
    export_id: int
    selection: Selection
    rows: int
    now: datetime
    read: Sequence[Columns] | None = None
    disclosed: dict[str, tuple[str, ...]] = field(default_factory=_nothing_but_identifiers)

    @property
    def header(self) -> bytes:
        """The first line of every file."""
        return encoding.header(self.platform.facts.headers)

    @cached_property
    def size(self) -> int:
        """The bytes of the whole as one file, header included. Reads every row and hashes nothing."""
        layout = self.platform.layout
        stored = sum(encoding.foreseen(layout, *self._parts(columns)) for columns in self._columns())
        kept = sum(encoding.size(encoding.lines(layout, cells)) for _, cells in self._leavers())
        return len(self.header) + stored + kept

    def must_split(self) -> bool:
        """Whether one file would be larger than the platform takes."""
        facts = self.platform.facts
        if not may_split(facts, self.rows):
            return False
        if facts.maximum_rows is not None and self.rows > facts.maximum_rows:
            return True
        return facts.maximum_bytes is not None and self.size > facts.maximum_bytes

    @property
    def rows_a_file(self) -> int | None:
        """How many rows each file gets, so that all are about as large: none is left with less than a platform takes.

        None where one file holds all.
        """
        if not self.must_split():
            return None
        facts, files = self.platform.facts, 1
        if facts.maximum_rows is not None:
            files = -(-self.rows // facts.maximum_rows)
        if facts.maximum_bytes is not None:
            # Rows differ in length, and a file that is full before its rows are in leaves the rest to one more.
            room = max(1, int((facts.maximum_bytes - len(self.header)) / SLACK))
            files = max(files, -(-self.size // room))
        return max(1, -(-self.rows // files))

    def require_one_file(self) -> None:
        """Raise `Refused` where the platform would not take it as one file."""
        if self.must_split():
            raise Refused(
                "This audience is larger than one file that %(platform)s takes. Download it in the back office, or "
                "export it to a file on the command line: both split it. Or choose a smaller segment.",
                platform=self.platform.facts.name,
            )

    def batches(self) -> Iterator[list[str]]:
        """Lines in batches; the people of a batch are on record before it is handed out."""
        members, lines = Members(), list[str]()
        for people, cells in self._rows():
            members.add(people, {field: cells[place] for field, place in self.platform.layout.first.items()})
            lines += encoding.lines(self.platform.layout, cells)
            if len(lines) >= BATCH:
                add_members(self.database, self.export_id, members)
                yield lines
                members, lines = Members(), []
        if lines:
            add_members(self.database, self.export_id, members)
            yield lines

    def finish(self, files: Sequence[Mapping[str, int | str]]) -> None:
        """Record what left: rows, bytes and SHA-256 of each file. What the platform fetched by itself is there."""
        with self.database.session() as session:
            export = session.get_one(Export, self.export_id)
            export.state = State.FINISHED.value
            export.finished_at = self.now
            export.files = [dict(facts) for facts in files]
            export.notices = sorted(filter(None, self.disclosed))
            if export.is_pulled:
                export.uploaded_on = local_day(self.now)
            session.commit()

    def _rows(self) -> Iterator[tuple[Sequence[str], list[list[str]]]]:
        """Ids and cells of every row, a few at a time. Those whom companies stand for are on record before."""
        if self.selection.members is not None:
            for (people,) in _bites(self.session, self.selection.members):
                members = Members()
                members.add(people, {})
                add_members(self.database, self.export_id, members)
        known: list[encoding.Known] = [{} for _ in self.platform.layout.columns]
        for columns in self._columns():
            people = columns[0] if self.selection.members is None else ()
            yield people, encoding.cells(self.platform.layout, *self._parts(columns), known)
        yield from self._leavers()

    def _columns(self) -> Iterable[Columns]:
        return _bites(self.session, self.selection.rows) if self.read is None else self.read

    def _leavers(self) -> Iterator[tuple[Sequence[str], list[list[str]]]]:
        """Ids and cells of those whose values have gone, a few at a time."""
        return iter(()) if self.selection.leavers is None else self.selection.leavers(self.session)

    def _parts(
        self, columns: Sequence[Sequence[Any]]
    ) -> tuple[Sequence[encoding.Values], Sequence[str], encoding.Disclosed]:
        """Stored values by field, the notices they rest on, and what these disclosed."""
        if self.selection.members is not None:
            return columns, (), {}
        _, notices, *values = columns
        if new := set(notices) - self.disclosed.keys():
            found = ledger.wordings(self.session, new)
            self.disclosed |= {notice: found[notice].data if notice in found else () for notice in new}
        if absent := self.selection.absent:
            there, nothing = iter(values), (None,) * len(notices)
            fields = self.platform.layout.fields
            values = [nothing if field in absent else next(there) for field in fields]
        return values, notices, self.disclosed


def counted(session: Session, selection: Selection) -> tuple[int, list[Columns] | None]:
    """How many rows a file has; and those that a query finds, where they are few, so that it is asked once."""
    number, read = 0, list[Columns]()
    for columns in _bites(session, selection.rows):
        number += len(columns[0])
        if number <= FEW:
            read.append(columns)
    left = iter(()) if selection.leavers is None else selection.leavers(session)
    return number + sum(len(people) for people, _cells in left), read if number <= FEW else None


def _bites(session: Session, query: Select[Any]) -> Iterator[Columns]:
    """A query's rows a few at a time, as columns, read as they are needed."""
    sqlite = is_sqlite(session)
    options = session.connection().execution_options(stream_results=not sqlite)
    with options.execute(query) as result:
        # The driver's own rows: SQLAlchemy's would cost as much again. Of a cursor that stays on the server
        # it has read the first row already.
        rows: Sequence[Sequence[Any]] = [] if sqlite else list(map(tuple, result.fetchmany(1)))
        if not sqlite and not rows:
            return
        bite = min(BITE, BATCH)
        while rows := rows or result.cursor.fetchmany(bite if sqlite else BATCH):
            for start in range(0, len(rows), bite):
                yield list(zip(*rows[start : start + bite], strict=True))
            rows = []
