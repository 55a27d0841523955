"""Tables for people who open them in a spreadsheet: nothing in them runs."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from unicodedata import normalize

# Told by the mark alone, a spreadsheet reads the rest as UTF-8.
MARK = b"\xef\xbb\xbf"
STARTS = tuple("=+-@")
CONTROLS = tuple("\t\r\n\0")


def cell(value: object) -> str:
    """A value as a cell that no spreadsheet takes for a formula; nothing is an empty cell.

    Text that starts, after trimming and NFKC, with `= + - @`, or with a tab, a line end or NUL, gets an
    apostrophe in front (OWASP, CSV injection). Numbers are ours and stay as they are.
    """
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    text = str(value)
    plain = normalize("NFKC", text)
    is_formula = text.startswith(CONTROLS) or plain.startswith(CONTROLS) or plain.strip().startswith(STARTS)
    return f"'{text}" if is_formula else text


def table(head: Sequence[object], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """A CSV file in pieces: UTF-8 with its mark, a line for each row, minimal quoting."""
    yield MARK + _line(head)
    for row in rows:
        yield _line(row)


def _line(values: Sequence[object]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow([cell(value) for value in values])
    return text.getvalue().encode("utf-8")
