"""A file's rows, each checked, no mailbox twice: read once to see that it is whole, then for what it holds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from clevenio.people.imports.formats import Chosen, columns_in
from clevenio.people.imports.leaving import Way, has_left
from clevenio.people.imports.reading import opened
from clevenio.people.imports.report import Note
from clevenio.people.imports.rows import Row, Rules, read_row
from clevenio.people.imports.seen import First, Seen, seen

Columns = Sequence[str | None]


@dataclass
class Batch:
    """Some rows of a file, in its order: how many were read, those to merge, and what is said of which line.

    `warnings` are about rows that are to be merged, `rejects` about rows that are not: one list of notes for each.
    """

    columns: Columns
    read: int = 0
    rows: list[Row] = field(default_factory=list)
    warnings: dict[int, list[Note]] = field(default_factory=dict)
    rejects: list[list[Note]] = field(default_factory=list)


def checked(path: Path, chosen: Chosen, rules: Rules, size: int) -> Iterator[Batch]:
    """Batches of at most `size` rows; before them an empty one, once the file is known to be whole.

    Raises `BadInput` for a file that cannot be read to its end, and then before anything else.
    """
    with opened(path) as table:
        columns = columns_in(table.header, chosen)
        with seen() as mailboxes:
            says_so = [columns.index(way) for way in Way if way in columns]
            for line, cells in table.rows():
                if len(cells) == len(columns) and any(has_left(cells[place]) for place in says_so):
                    _note_who_left(line, cells, columns, rules, mailboxes)
            yield Batch(columns)
            with opened(path) as again:
                rows = again.rows()
                while some := list(islice(rows, size)):
                    yield _batch(some, columns, rules, mailboxes)


def _note_who_left(line: int, cells: Sequence[str], columns: Columns, rules: Rules, mailboxes: Seen) -> None:
    """Whoever left on any line comes in by none, and so is known before the first row."""
    row, _notes = read_row(line, cells, columns, rules)
    if row is not None:
        mailboxes.add([row])


def _batch(some: Sequence[tuple[int, list[str]]], columns: Columns, rules: Rules, mailboxes: Seen) -> Batch:
    batch = Batch(columns, len(some))
    good: list[tuple[Row, list[Note]]] = []
    for line, cells in some:
        row, notes = read_row(line, cells, columns, rules)
        if row is None:
            batch.rejects.append(notes)
        else:
            good.append((row, notes))
    for (row, notes), first in zip(good, mailboxes.add(row for row, _ in good), strict=True):
        _place(batch, row, notes, first)
    return batch


def _place(batch: Batch, row: Row, notes: list[Note], first: First) -> None:
    """One mailbox comes in once, and not at all where any of its lines says that it left; each of those counts."""
    if row.left is None and (first.has_left or first.line != row.line):
        batch.rejects.append([_again(row.line, first)])
        return
    batch.rows.append(row)
    if notes:
        batch.warnings[row.line] = notes


def _again(line: int, first: First) -> Note:
    said = {"line": first.line}
    if first.has_left:
        return Note(
            line, "email", "left", "This mailbox left, by what line %(line)s says; nothing was stored.", said
        )
    return Note(line, "email", "duplicate", "The same mailbox is on line %(line)s.", said)
