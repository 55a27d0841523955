"""Where an audience file goes: one stream of bytes, or files split as the platform takes them."""

import os
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import count
from pathlib import Path
from tempfile import mkstemp
from typing import IO, cast
from zipfile import ZipFile, ZipInfo

from clevenio.audiences import encoding
from clevenio.audiences.handouts import Handout
from clevenio.errors import Refused

# An archive's member may be so large before its headers are of a kind that not every program reads.
LARGEST_OLD = 2_000_000_000


class Piece:
    """One file that leaves: rows without the header, bytes with it, and its SHA-256."""

    def __init__(self, header: bytes) -> None:
        self.rows = 0
        self.size = len(header)
        self._digest = sha256(header)

    def add(self, lines: Sequence[str]) -> bytes:
        """Count lines in; returns them as one."""
        chunk = ("\n".join(lines) + "\n").encode()
        self.rows += len(lines)
        self.size += len(chunk)
        self._digest.update(chunk)
        return chunk

    def facts(self) -> dict[str, int | str]:
        """What is kept of it."""
        return {"rows": self.rows, "bytes": self.size, "sha256": self._digest.hexdigest()}


def stream(handout: Handout) -> Iterator[bytes]:
    """The whole audience as one file. Raises `Refused` before the first byte where it is too large."""
    handout.require_one_file()
    piece = Piece(handout.header)
    yield handout.header
    for lines in handout.batches():
        yield piece.add(lines)
    handout.finish([piece.facts()])


class _Written:
    """What a writer of an archive has written and nobody has fetched yet. It cannot be wound back, so nothing stays."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []

    def write(self, chunk: bytes) -> int:
        self._chunks.append(bytes(chunk))
        return len(chunk)

    def flush(self) -> None:
        """Nothing waits elsewhere."""

    def fetched(self) -> bytes:
        """What was written since the last time."""
        chunks, self._chunks = self._chunks, []
        return b"".join(chunks)


def zipped(handout: Handout, stem: str) -> Iterator[bytes]:
    """The audience as one archive of files that the platform takes, STEM-1.csv, STEM-2.csv …, as a stream.

    Stored, not packed: digests do not grow smaller. One that broke off has no directory, so nothing opens it.
    """
    most, pieces, sink = handout.platform.facts.maximum_bytes, list[Piece](), _Written()
    with ZipFile(cast(IO[bytes], sink), "w") as archive:
        for number, part in enumerate(_split(handout), 1):
            info = ZipInfo(f"{stem}-{number}.csv")
            info.external_attr = 0o600 << 16
            piece = Piece(handout.header)
            with archive.open(info, "w", force_zip64=most is None or most > LARGEST_OLD) as file:
                file.write(handout.header)
                for lines in part:
                    file.write(piece.add(lines))
                    yield sink.fetched()
            pieces.append(piece)
    yield sink.fetched()
    handout.finish([piece.facts() for piece in pieces])


def write(handout: Handout, path: Path) -> list[Path]:
    """The audience as files named PATH, PATH.2, PATH.3 …, readable by their owner alone.

    Each keeps the platform's limits of rows and bytes. They take their names once all of them are
    whole, so what was there before stays until then; files of that series left from a larger export
    are removed, because nobody should upload yesterday's second half. Raises `Refused` where the
    disk takes no more.
    """
    made: list[Path] = []
    pieces: list[Piece] = []
    try:
        for part in _split(handout):
            handle, name = mkstemp(prefix=f".{path.name}.", dir=path.parent)
            made.append(Path(name))
            pieces.append(_write(handle, handout.header, part))
        written = [path, *(path.with_name(f"{path.name}.{number + 1}") for number in range(1, len(made)))]
        for whole, name_ in zip(made, written, strict=True):
            whole.replace(name_)
    except OSError as error:
        raise Refused("The file cannot be written: %(reason)s.", reason=error.strerror or "") from error
    finally:
        for left in made:
            left.unlink(missing_ok=True)
    _remove_later(path, len(written))
    handout.finish([piece.facts() for piece in pieces])
    return written


def _write(handle: int, header: bytes, chunks: Iterator[Sequence[str]]) -> Piece:
    piece = Piece(header)
    with os.fdopen(handle, "wb") as file:
        file.write(header)
        for lines in chunks:
            file.write(piece.add(lines))
        file.flush()
        os.fsync(file.fileno())
    return piece


def _split(handout: Handout) -> Iterator[Iterator[Sequence[str]]]:
    """The batches, divided into files; each file must be read to its end before the next is asked for."""
    facts, each = handout.platform.facts, handout.rows_a_file
    batches = handout.batches()
    rest: list[Sequence[str]] = []

    def part() -> Iterator[Sequence[str]]:
        rows, size = 0, len(handout.header)
        while lines := rest.pop() if rest else next(batches, None):
            fitting = _fitting(lines, each, facts.maximum_bytes, rows, size)
            if fitting:
                yield lines[:fitting]
            rows, size = rows + fitting, size + encoding.size(lines[:fitting])
            if fitting < len(lines):
                rest.append(lines[fitting:])
                return

    yield part()
    while rest:
        yield part()


def _fitting(
    lines: Sequence[str], most_rows: int | None, most_bytes: int | None, rows: int, size: int
) -> int:
    """How many of these lines a file may still take; at least one where it holds none yet."""
    fitting = len(lines) if most_rows is None else min(len(lines), most_rows - rows)
    if most_bytes is not None and size + encoding.size(lines) > most_bytes:
        for index in range(fitting):
            size += encoding.size(lines[index : index + 1])
            if size > most_bytes:
                fitting = index
                break
    return max(fitting, 1) if rows == 0 else fitting


def _remove_later(path: Path, kept: int) -> None:
    for number in count(kept + 1):
        later = path.with_name(f"{path.name}.{number}")
        if number == 1 or not later.exists():
            break
        later.unlink()
