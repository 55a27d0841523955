"""Marks: how far rows had come at a moment, signed, in a file outside the database, between two seals.

A seal comes once a day; marks hold what was written since. Each is a line of a file that only grows
until a seal covers them, so a mark that does not fit any more stays for whoever looks.
"""

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from clevenio import seals
from clevenio.durable import replace, sync
from clevenio.seals import Kept

# Bytes that are read at once from the end of a file: some twenty marks.
BLOCK = 4096


def add(path: Path, content: Mapping[str, Any], key: str, purpose: str) -> None:
    """Append a mark, and have it on the disk."""
    add_all(path, [content], key, purpose)


def add_all(path: Path, contents: Iterable[Mapping[str, Any]], key: str, purpose: str) -> None:
    """Append marks one by one, and have them on the disk together."""
    is_new = not path.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path) as file:
        # A line that a crash tore says nothing, and would spoil the one after it.
        file.truncate(_whole(file))
        file.writelines(seals.sign(content, key, purpose).line for content in contents)
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        sync(path.parent)


def found(path: Path) -> list[Kept | None]:
    """Every mark of a file, in its order; None for a line that is none. A torn last line is no line.

    Raises `OSError` where the file is there and cannot be read.
    """
    if not path.exists():
        return []
    with path.open("rb") as file:
        return [seals.parsed(line) for line in file if line.endswith(b"\n")]


def sound(path: Path, keys: Sequence[str], purpose: str) -> list[Mapping[str, Any]]:
    """What the marks say that carry their signature; of a file that cannot be read, none do."""
    try:
        return [each.content for each in found(path) if each and not seals.fault(each, keys, purpose)]
    except OSError:
        return []


def newest(path: Path, keys: Sequence[str], purpose: str, size: int = BLOCK) -> list[Kept]:
    """The last marks that carry their signature, of those in so many bytes, however many there are before them.

    They are a screenful, because those of two processes may stand in the other order than their rows.
    """
    try:
        with path.open("rb") as file:
            end, torn = _whole(file), b""
            while end:
                start = max(end - size, 0)
                file.seek(start)
                lines = (file.read(end - start) + torn).splitlines(keepends=True)
                torn = lines.pop(0) if start else b""
                found = [each for line in lines if (each := seals.parsed(line))]
                if sound := [each for each in found if not seals.fault(each, keys, purpose)]:
                    return sound
                end = start
    except OSError:
        pass
    return []


def unsound(path: Path, keys: Sequence[str], purpose: str) -> Iterator[str]:
    """What is wrong with the marks by themselves, in words."""
    try:
        all_of_them = found(path)
    except OSError as error:
        yield f"{path.name} cannot be read: {error.strerror}"
        return
    for number, each in enumerate(all_of_them, 1):
        if each is None:
            yield f"line {number} of {path.name} cannot be read"
        elif seals.fault(each, keys, purpose):
            yield f"line {number} of {path.name} was changed"


def forget(
    path: Path, keys: Sequence[str], purpose: str, is_done: Callable[[Mapping[str, Any]], bool]
) -> None:
    """Take out of the file what carries its signature and is done with; everything else stays.

    Does nothing where the file is none, or cannot be read.
    """
    if not path.is_file():
        return
    with _locked(path) as file:
        file.seek(0)
        lines = [line for line in file if line.endswith(b"\n")]
        left = [line for line in lines if not _is_done(line, keys, purpose, is_done)]
        if len(left) == len(lines):
            return
        replace(path, b"".join(left))


def _is_done(
    line: bytes, keys: Sequence[str], purpose: str, is_done: Callable[[Mapping[str, Any]], bool]
) -> bool:
    kept = seals.parsed(line)
    return kept is not None and not seals.fault(kept, keys, purpose) and is_done(kept.content)


@contextmanager
def _locked(path: Path) -> Iterator[BinaryIO]:
    """The file for one process alone; the one of that name, should it be replaced while we wait."""
    while True:
        with path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat()):
                yield file
                return


def _whole(file: BinaryIO) -> int:
    """Where the last whole line of a file ends."""
    end = file.seek(0, os.SEEK_END)
    while end:
        start = max(end - BLOCK, 0)
        file.seek(start)
        before, newline, _torn = file.read(end - start).rpartition(b"\n")
        if newline:
            return start + len(before) + 1
        end = start
    return 0
