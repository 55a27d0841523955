"""A file's rows, each checked, no mailbox twice: read once to see that it is whole, then for what it holds."""

import marshal
import pickle  # nosec B403 - between processes of our own
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from clevenio.people.imports.formats import Chosen, columns_in
from clevenio.people.imports.reading import is_plainly_whole, opened
from clevenio.people.imports.report import Note
from clevenio.people.imports.rows import Lines, Reader, Row, Rows, Rules
from clevenio.people.imports.seen import First, Seen, seen
from clevenio.people.imports.strangers import Said, Strangers, strangers

Columns = Sequence[str | None]


@dataclass
class Batch:
    """Some rows of a file: how many were read, those to merge, those who left, and what is said of which line.

    `strangers` are what each of the rows comes to where nobody knows its person. `warnings` are about rows that are to be merged, `rejects` about rows that are not: one list of notes for each.
    """

    columns: Columns
    read: int = 0
    rows: Rows = field(default_factory=Rows)
    strangers: Strangers = field(default_factory=Strangers)
    left: list[Row] = field(default_factory=list)
    warnings: dict[int, list[Note]] = field(default_factory=dict)
    rejects: list[list[Note]] = field(default_factory=list)

    @property
    def through(self) -> int:
        """The last line of those to merge and those who left; 0 where there are none."""
        return max([0, *self.rows.lines, *(row.line for row in self.left)])

    def after(self, line: int) -> "Batch":
        """The part of it that comes after a line."""
        places = [place for place, number in enumerate(self.rows.lines) if number > line]
        left = [row for row in self.left if row.line > line]
        return replace(self, rows=self.rows.among(places), strangers=self.strangers.among(places), left=left)

    def packed(self) -> bytes:
        """The batch for another process: what there is much of in the plainest way, which is the fastest."""
        rows, made = self.rows, self.strangers
        given = [proof and tuple(proof) for proof in rows.proofs]
        much: Any = (made.people, made.links, made.agreed, rows.lines, given, rows.facts.get("language"))
        few = (made.names, made.wordings, self.left, self.warnings, self.rejects)
        return pickle.dumps((self.columns, self.read, few, marshal.dumps(much)))


def unpacked(content: bytes) -> Batch:
    """What `packed` packed."""
    columns, read, few, much = pickle.loads(content)  # noqa: S301 # nosec B301 - from a process of our own
    names, wordings, left, warnings, rejects = few
    people, links, agreed, lines, given, languages = marshal.loads(much)  # noqa: S302 # nosec B302 - the same
    rows = Rows(lines, Said(names, people, languages), given)
    made = Strangers(names, people, links, agreed, wordings)
    return Batch(columns, read, rows, made, left, warnings, rejects)


def checked(
    path: Path, chosen: Chosen, rules: Rules, size: int, is_plain: Callable[[Path], bool] = is_plainly_whole
) -> Iterator[Batch]:
    """Batches of at most `size` rows; before them an empty one, once the file is known to be whole, as `is_plain` may say.

    Raises `BadInput` for a file that cannot be read to its end, and then before anything else.
    """
    with opened(path) as table:
        columns = columns_in(table.header, chosen)
        reader = Reader(columns, rules)
        with seen() as mailboxes:
            # Whoever left on any line comes in by none, and so is known before the first row.
            is_whole = is_plain(path)
            if reader.tells_who_left or not is_whole:
                for row in reader.who_left(table.rows()):
                    mailboxes.add([row.facts["email_suppression"]], [row.line], have_left=True)
            yield Batch(columns)
            with opened(path) as again:
                rows = again.rows(is_whole=is_whole)
                while some := list(islice(rows, size)):
                    batch = _batch(some, columns, reader, mailboxes)
                    batch.rows, batch.strangers = strangers(batch.rows, rules)
                    yield batch


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
    return Batch(columns, len(some), rows, left=found.left, warnings=found.warnings, rejects=found.rejects)


def _again(line: int, first: First) -> Note:
    said = {"line": first.line}
    if first.has_left:
        return Note(
            line, "email", "left", "This mailbox left, by what line %(line)s says; nothing was stored.", said
        )
    return Note(line, "email", "duplicate", "The same mailbox is on line %(line)s.", said)
