"""Stored values in batches, turned into lines of a file: column by column, because that is fastest."""

from collections.abc import Container, Mapping, Sequence
from hashlib import sha256

from clevenio.audiences.layouts import Column, Layout

Disclosed = Mapping[str, Container[str]]


def header(names: Sequence[str]) -> bytes:
    """The first line."""
    return (",".join(map(quoted, names)) + "\n").encode()


def quoted(cell: str) -> str:
    """A cell with the quotation marks it needs and no others (RFC 4180)."""
    if "," in cell or '"' in cell or "\n" in cell or "\r" in cell:
        return '"' + cell.replace('"', '""') + '"'
    return cell


def size(lines: Sequence[str]) -> int:
    """The bytes of lines, ends included."""
    return sum(len(line.encode()) + 1 for line in lines)


def lines(
    layout: Layout, columns: Sequence[Sequence[str | None]], notices: Sequence[str], disclosed: Disclosed
) -> list[str]:
    """The lines of a batch, without their ends, from one sequence of stored values per column.

    `notices` names the wording each person agreed to, and `disclosed` what each wording listed; a
    value whose wording did not list it leaves an empty cell. Companies have no notices.
    """
    cells = []
    for column, stored in zip(layout.columns, columns, strict=True):
        needed = column.listed_as if notices else None
        if needed is None:
            cells.append(_cells(column, stored))
        else:
            pairs = zip(stored, notices, strict=True)
            cells.append(_cells(column, [v if needed in disclosed[notice] else None for v, notice in pairs]))
    return list(map(",".join, zip(*cells, strict=True)))


def _cells(column: Column, values: Sequence[str | None]) -> list[str]:
    """The cells of a column, equal to `column.cell` for each value."""
    form = column.form
    if column.is_hashed:
        return [
            sha256(text.encode()).hexdigest() if value and (text := form(value)) else "" for value in values
        ]
    return [quoted(form(value)) if value else "" for value in values]
