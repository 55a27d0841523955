"""A CSV file as rows with line numbers, or one clear sentence about what is wrong with it."""

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from clevenio.errors import BadInput

DELIMITERS = ",;\t"
LONGEST_LINE = 1_000_000
_HEAD = 4096
# Zip (an .xlsx is one) and the old binary format of Excel.
_WORKBOOKS = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0")
_SEPARATOR = re.compile(r"sep=([,;\t])\s*", re.IGNORECASE)


class Table:
    """An open file: `header` is its first row, `rows()` the others, once; `delimiter` stands between its cells."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        # The last line that was read.
        self._last = "\n"
        first = self._readline()
        # Excel's own way of naming the delimiter.
        separator = _SEPARATOR.fullmatch(first)
        self._before = 1 if separator else 0
        if separator:
            first = self._readline()
        self.delimiter = separator[1] if separator else _delimiter(first)
        self._reader = csv.reader(self._lines(first), delimiter=self.delimiter, strict=True)
        try:
            self.header = next(self._reader, [])
        except csv.Error as error:
            raise _unmatched(1) from error
        if not any(cell.strip() for cell in self.header):
            raise BadInput("The file is empty.")

    def rows(self, *, is_whole: bool = False) -> Iterator[tuple[int, list[str]]]:
        """Each row that is not blank, with the number of the line on which it begins.

        Raises `BadInput` for what cannot be read to its end; of a file that `is_whole` nobody looks at each line again.
        """
        if is_whole:
            self._before += self._reader.line_num
            self._reader = csv.reader(self._file, delimiter=self.delimiter, strict=True)
        is_short = False
        reader, before, width = self._reader, self._before + 1, len(self.header)
        line = before + reader.line_num
        try:
            for cells in reader:
                if any(map(str.strip, cells)):
                    is_short = len(cells) < width
                    yield line, cells
                line = before + reader.line_num
        except csv.Error as error:
            raise _unmatched(line) from error
        if is_short and self._last[-1] not in "\r\n":
            raise BadInput("The file ends in the middle of a row. It was cut off; nothing was stored.")

    def _lines(self, first: str) -> Iterator[str]:
        yield first
        while line := self._readline():
            self._last = line
            yield line

    def _readline(self) -> str:
        line = self._file.readline(LONGEST_LINE)
        if "\0" in line or len(line) >= LONGEST_LINE:
            raise BadInput("This is not a CSV file.")
        return line


def _unmatched(line: int) -> BadInput:
    return BadInput(
        "The quotation marks do not match in the row that begins on line %(line)s. "
        "The file may have been cut off; nothing was stored.",
        line=line,
    )


def middle(path: Path) -> int:
    """Where a line begins behind the middle of a file, in bytes; its size where none does."""
    with path.open("rb") as raw:
        raw.seek(path.stat().st_size // 2)
        raw.readline(LONGEST_LINE)
        return raw.tell()


def is_plainly_whole(path: Path, start: int = 0, end: int | None = None) -> bool:
    """Whether `rows()` would go through a file to its end: looked at quickly, and False where that cannot tell.

    `start` and `end` are of a part, in bytes, which begins with a line: where all parts are whole, the file is, as no
    quotation is open at the end of one.
    """
    size = (path.stat().st_size if end is None else end) - start
    with path.open("rb", buffering=0) as raw:
        raw.seek(start)
        ends_in = b"\n"
        with io.BufferedReader(_Part(raw, size)) as part:
            while block := part.read(LONGEST_LINE // 2):
                # Two lines of half a million bytes have an end between them.
                if b"\0" in block or b"\n" not in block:
                    return False
                ends_in = block[-1:]
    if ends_in != b"\n":
        return False
    try:
        with opened(path) as table, path.open("rb", buffering=0) as raw:
            raw.seek(start)
            encoding = "utf-8" if start else "utf-8-sig"
            with io.TextIOWrapper(io.BufferedReader(_Part(raw, size)), encoding, newline="") as lines:
                deque(csv.reader(lines, delimiter=table.delimiter, strict=True), maxlen=0)
    except (BadInput, UnicodeDecodeError, csv.Error):
        return False
    return True


class _Part(io.RawIOBase):
    """So many bytes of an open file."""

    def __init__(self, raw: io.RawIOBase, size: int) -> None:
        self._raw, self._left = raw, size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        got = self._raw.readinto(memoryview(buffer)[: self._left]) or 0
        self._left -= got
        return got


@contextmanager
def opened(path: Path) -> Iterator[Table]:
    """The file as a table. Raises `BadInput` when it is missing, empty, binary or not UTF-8."""
    try:
        _refuse_other_formats(path)
        # A byte order mark is taken off; line ends inside quotation marks are the csv module's.
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield Table(file)
    except OSError as error:
        raise BadInput(
            "The file cannot be read: %(reason)s.", reason=error.strerror or "unreadable"
        ) from error
    except UnicodeDecodeError as error:
        raise BadInput(
            "Line %(line)s is not in UTF-8. Save the file as “CSV UTF-8” and try again.",
            line=_undecodable_line(path),
        ) from error


def _refuse_other_formats(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(_WORKBOOKS):
        raise BadInput("This is an Excel workbook or a zip archive. Save it as “CSV UTF-8” and try again.")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise BadInput("The file is in UTF-16. Save it as “CSV UTF-8” and try again.")
    if b"\0" in head or head.startswith(b"\x1f\x8b"):
        raise BadInput("This is not a CSV file.")
    if not head.removeprefix(codecs.BOM_UTF8).strip():
        raise BadInput("The file is empty.")


def _delimiter(header: str) -> str:
    """The delimiter that the header has most of, outside quotation marks."""
    bare = re.sub(r'"[^"]*"', "", header)
    return max(DELIMITERS, key=bare.count)


def _undecodable_line(path: Path) -> int:
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    with path.open("rb") as file:
        while block := file.readline(LONGEST_LINE):
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                break
            line += block.endswith(b"\n")
    return line
