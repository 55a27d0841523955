"""The bytes of a file that waits to be brought in: kept encrypted, in parts, and no longer than a day."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, BinaryIO

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from clevenio.database import Database
from clevenio.people.imports.models import FilePart, PeopleImport, State, StoredStep
from clevenio.signing import Cipher
from clevenio.sweeps import Sweep

PURPOSE = "people-imports"
PART = 1_000_000
KEPT = timedelta(days=1)
_PREFIX = "people-import-"


def keep(session: Session, keys: Sequence[str], import_id: int, file: BinaryIO) -> None:
    """Keep a file's bytes in this transaction."""
    cipher = Cipher(keys, PURPOSE)
    number = 0
    while part := file.read(PART):
        session.add(FilePart(import_id=import_id, number=number, content=cipher.encrypt(part)))
        session.flush()
        session.expunge_all()
        number += 1


def forget(session: Session, import_id: int) -> None:
    """Let go of a file's bytes, and of how far it had come."""
    session.execute(delete(FilePart).where(FilePart.import_id == import_id))
    begin_anew(session, import_id)


def begin_anew(session: Session, import_id: int) -> None:
    """Forget how far a file had come: those who are here by then are found when it is stored again."""
    session.execute(delete(StoredStep).where(StoredStep.import_id == import_id))


def opened(folder: Path) -> AbstractContextManager[Any]:
    """A file that only this process may read, gone at the end; `clear_up` knows it where that never came."""
    return NamedTemporaryFile(dir=folder, prefix=_PREFIX, suffix=".csv")


@contextmanager
def as_file(database: Database, keys: Sequence[str], folder: Path, import_id: int) -> Iterator[Path]:
    """The file's bytes under a name that only this process may read, gone at the end."""
    cipher = Cipher(keys, PURPOSE)
    with opened(folder) as file:
        with database.session(write=False) as session:
            query = select(FilePart.content).where(FilePart.import_id == import_id).order_by(FilePart.number)
            for part in session.scalars(query.execution_options(yield_per=1)):
                file.write(cipher.decrypt(part))
        file.flush()
        yield Path(file.name)


@contextmanager
def beginning(session: Session, keys: Sequence[str], folder: Path, import_id: int) -> Iterator[Path]:
    """The same of the file's first rows alone, to look at: however large it is, this is soon done."""
    query = select(FilePart.content).where(FilePart.import_id == import_id, FilePart.number == 0)
    first = Cipher(keys, PURPOSE).decrypt(session.scalars(query).one())
    with opened(folder) as file:
        # Not within a row, nor within a character.
        file.write(first[: first.rfind(b"\n") + 1] or first)
        file.flush()
        yield Path(file.name)


def clear_up(folder: Path, now: datetime) -> None:
    """Remove what a process left behind that was killed."""
    for path in folder.glob(f"{_PREFIX}*"):
        # Another process may let go of its own between two looks.
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < (now - KEPT).timestamp():
                path.unlink()


def _is_stale(_start: datetime, now: datetime) -> ColumnElement[bool]:
    old = select(PeopleImport.id).where(PeopleImport.created_at <= now - KEPT)
    return FilePart.import_id.in_(old)


SWEEPS = (
    Sweep("technical", "import_files", FilePart, _is_stale),
    Sweep(
        "technical",
        "imports_not_stored",
        PeopleImport,
        lambda _start, now: (PeopleImport.created_at <= now - KEPT) & (PeopleImport.state != State.STORED),
    ),
)
