"""A file's rows, each checked, no mailbox twice: read once to see that it is whole, then for what it holds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from clevenio.people.imports.formats import Chosen, columns_in
from clevenio.people.imports.reading import is_plainly_whole, opened
from clevenio.people.imports.report import Note
from clevenio.people.imports.rows import Lines, Reader, Row, Rows, Rules
from clevenio.people.imports.seen import First, Seen, seen

Columns = Sequence[str | None]


@dataclass
class Batch:
    """Some rows of a file: how many were read, those to merge, those who left, and what is said of which line.

    `warnings` are about rows that are to be merged, `rejects` about rows that are not: one list of notes for each.
    """

    columns: Columns
    read: int = 0
    rows: Rows = field(default_factory=Rows)
    left: list[Row] = field(default_factory=list)
    warnings: dict[int, list[Note]] = field(default_factory=dict)
    rejects: list[list[Note]] = field(default_factory=list)

    def after(self, line: int) -> tuple[Rows, list[Row], int]:
        """Those to merge that come after a line, those who left, and the last line of them all."""
        places = [place for place, number in enumerate(self.rows.lines) if number > line]
        left = [row for row in self.left if row.line > line]
        rows = self.rows.among(places)
        return rows, left, max([line, *rows.lines[-1:], *(row.line for row in left[-1:])])


def checked(path: Path, chosen: Chosen, rules: Rules, size: int) -> Iterator[Batch]:
    """Batches of at most `size` rows; before them an empty one, once the file is known to be whole.

    Raises `BadInput` for a file that cannot be read to its end, and then before anything else.
    """
    with opened(path) as table:
        columns = columns_in(table.header, chosen)
        reader = Reader(columns, rules)
        with seen() as mailboxes:
            # Whoever left on any line comes in by none, and so is known before the first row.
            if reader.tells_who_left or not is_plainly_whole(path):
                for row in reader.who_left(table.rows()):
                    mailboxes.add([row.facts["email_suppression"]], [row.line], have_left=True)
            yield Batch(columns)
            with opened(path) as again:
                rows = again.rows()
                while some := list(islice(rows, size)):
                    yield _batch(some, columns, reader, mailboxes)


def _batch(some: Lines, columns: Columns, reader: Reader, mailboxes: Seen) -> Batch:
    """One mailbox comes in once, and not at all where any of its lines says that it left; each of those counts."""
    found = reader.read(some)
    rows = found.rows
    if again := mailboxes.add(rows.required("email_suppression"), rows.lines):
        found.rejects += [[_again(line, first)] for line, first in again.items()]
        found.rejects.sort(key=lambda notes: notes[0].line)
        rows = rows.among([place for place, line in enumerate(rows.lines) if line not in again])
        for line in again.keys() & found.warnings.keys():
            del found.warnings[line]
    return Batch(columns, len(some), rows, found.left, found.warnings, found.rejects)


def _again(line: int, first: First) -> Note:
    said = {"line": first.line}
    if first.has_left:
        return Note(
            line, "email", "left", "This mailbox left, by what line %(line)s says; nothing was stored.", said
        )
    return Note(line, "email", "duplicate", "The same mailbox is on line %(line)s.", said)
