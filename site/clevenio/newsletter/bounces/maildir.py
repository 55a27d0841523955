"""A Maildir as deliveries leave it: each mail a file that is there whole or not at all.

What is read goes, once what it says has been committed; what cannot be used is set aside in a folder
beside, which every mail program shows.
"""

import os
import re
import secrets
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from clevenio.durable import sync
from clevenio.errors import BadInput

ASIDE = ".SetAside"
FOLDERS = ("tmp", "new", "cur")
BLOCK = 65_536
_UNSAFE = re.compile(r"[^A-Za-z0-9._,:=@+-]")


@dataclass(frozen=True)
class Maildir:
    """A folder with `tmp`, `new` and `cur` in it."""

    path: Path

    @classmethod
    def at(cls, path: Path) -> "Maildir":
        """One that is there. Raises `BadInput` where the folder is none."""
        if not all((path / name).is_dir() for name in ("new", "cur")):
            raise BadInput("%(folder)s is no Maildir: it has no folders new and cur.", folder=path)
        return cls(path)

    @classmethod
    def made(cls, path: Path) -> "Maildir":
        """One that is made where it is not there yet, for its owner alone."""
        for name in FOLDERS:
            (path / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        return cls(path)

    def deliver(self, source: BinaryIO, most: int) -> Path:
        """Keep a mail of at most so many bytes, and one more that says it is longer; on the disk once this returns."""
        name = f"{time.time():.6f}.{os.getpid()}_{secrets.token_hex(8)}.clevenio"
        unfinished, target = self.path / "tmp" / name, self.path / "new" / name
        left = most + 1
        try:
            with unfinished.open("xb") as file:
                while left and (block := source.read(min(BLOCK, left))):
                    file.write(block)
                    left -= len(block)
                file.flush()
                os.fsync(file.fileno())
            unfinished.rename(target)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
        sync(target.parent)
        return target

    def waiting(self) -> Iterator[Path]:
        """Every mail, the oldest first by its name. What is no file of its own is left alone."""
        found = [path for name in ("new", "cur") for path in (self.path / name).iterdir()]
        for path in sorted(found, key=lambda each: each.name):
            with suppress(FileNotFoundError):
                if stat.S_ISREG(path.lstat().st_mode) and not path.name.startswith("."):
                    yield path

    def set_aside(self, path: Path) -> None:
        """Put a mail beside, for somebody to look at."""
        aside = self._aside()
        with suppress(FileNotFoundError):
            path.rename(aside.path / "new" / _UNSAFE.sub("_", path.name))
            sync(aside.path / "new")

    def _aside(self) -> "Maildir":
        aside = Maildir.made(self.path / ASIDE)
        (aside.path / "maildirfolder").touch()
        return aside

    def aside(self) -> list[Path]:
        """What was set aside."""
        folder = self.path / ASIDE
        return list(Maildir(folder).waiting()) if folder.is_dir() else []

    def forget_aside(self, before: float) -> int:
        """Remove what was set aside before a moment, in seconds of the epoch; returns how many."""
        return _forget(self.aside(), before)

    def forget_unfinished(self, before: float) -> int:
        """Remove what was begun before a moment and never finished: who wrote it was killed; returns how many."""
        folder = self.path / "tmp"
        return _forget(folder.iterdir(), before) if folder.is_dir() else 0


def _forget(paths: Iterable[Path], before: float) -> int:
    gone = 0
    for path in paths:
        with suppress(FileNotFoundError):
            found = path.lstat()
            if stat.S_ISREG(found.st_mode) and found.st_ctime < before:
                path.unlink()
                gone += 1
    return gone


def start_of(path: Path, most: int) -> bytes:
    """The first bytes of a mail: one more than `most` where it is longer."""
    with path.open("rb") as file:
        return file.read(most + 1)
