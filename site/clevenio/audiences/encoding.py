"""Stored values in batches, turned into cells and lines: column by column, because that is fastest."""

from collections.abc import Container, Iterator, Mapping, Sequence

from clevenio.audiences.layouts import Column, Layout

Values = Sequence[str | None]
Disclosed = Mapping[str, Container[str]]
# What has been made of the values of a column that repeat.
Known = dict[str | None, str]


def header(names: Sequence[str]) -> bytes:
    """The first line."""
    return (",".join(map(quoted, names)) + "\n").encode()


def quoted(cell: str) -> str:
    """A cell with the quotation marks it needs and no others (RFC 4180)."""
    if "," in cell or '"' in cell or "\n" in cell or "\r" in cell:
        return '"' + cell.replace('"', '""') + '"'
    return cell


def cells(
    layout: Layout,
    columns: Sequence[Values],
    notices: Sequence[str],
    disclosed: Disclosed,
    known: Sequence[Known] | None = None,
) -> list[list[str]]:
    """The cells of some rows, a list per column, from a sequence of stored values per field of the layout.

    `notices` names the wording each person agreed to, and `disclosed` what each wording listed; a
    value whose wording did not list it leaves an empty cell. Companies have no notices. `known` is, per
    column, what was made of values that came before.
    """
    listed = _listed(layout, columns, notices, disclosed)
    known = [{} for _ in layout.columns] if known is None else known
    return [column.cells(values, made) for (column, values), made in zip(listed, known, strict=True)]


def lines(layout: Layout, cells: Sequence[list[str]]) -> list[str]:
    """The lines of a batch of cells, without their ends."""
    written = [
        made if column.is_hashed or _is_plain(made) else list(map(quoted, made))
        for column, made in zip(layout.columns, cells, strict=True)
    ]
    return list(map(",".join, zip(*written, strict=True)))


def size(lines: Sequence[str]) -> int:
    """The bytes of lines, ends included."""
    return sum(len(line.encode()) + 1 for line in lines)


def foreseen(layout: Layout, columns: Sequence[Values], notices: Sequence[str], disclosed: Disclosed) -> int:
    """The bytes that a batch's lines will have, ends included; nothing is hashed for it."""
    total = len(layout.columns) * len(columns[0])
    for column, values in _listed(layout, columns, notices, disclosed):
        forms = column.forms(values)
        if column.is_hashed:
            total += column.digest.width * sum(map(bool, forms))
        else:
            total += sum(len(quoted(form).encode()) for form in forms)
    return total


def _is_plain(cells: Sequence[str]) -> bool:
    """Whether none of these cells needs quotation marks; one look at all is cheaper than one at each."""
    together = " ".join(cells)
    return not any(mark in together for mark in ',"\n\r')


def _listed(
    layout: Layout, columns: Sequence[Values], notices: Sequence[str], disclosed: Disclosed
) -> Iterator[tuple[Column, Values]]:
    """Each column with those of its values that may go."""
    shown = set(notices)
    stored = dict(zip(layout.fields, columns, strict=True))
    for column in layout.columns:
        values = stored[column.field]
        needed = column.listed_as if shown else None
        listing = {notice for notice in shown if needed is None or needed in disclosed[notice]}
        if listing == shown:
            yield column, values
        elif not listing:
            yield column, [None] * len(values)
        else:
            pairs = zip(values, notices, strict=True)
            yield column, [value if notice in listing else None for value, notice in pairs]
