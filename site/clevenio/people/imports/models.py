"""Files that members of staff brought, and how far each has come."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from clevenio.database import Base, UtcDateTime


class State(StrEnum):
    """How far a file has come. `checking` and `storing` wait for the worker, or are its work just now."""

    RECEIVED = "received"
    CHECKING = "checking"
    CHECKED = "checked"
    STORING = "storing"
    STORED = "stored"
    FAILED = "failed"


class PeopleImport(Base):
    """A file of people. Its bytes are `FilePart`s until it is stored or discarded.

    `header` and `columns` are its first line and what each cell of that holds; `lines` counts its lines,
    `progress` those that have been read. `started_at` is when storing began: what is a time in the future is judged by
    that, however often it goes on. `report` is a `Report` as it is kept, `problem` a message and its
    values. `claimed_at` is when a worker last said that it is at work.
    """

    __tablename__ = "people_imports"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    state: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    lines: Mapped[int]
    header: Mapped[list[str]] = mapped_column(JSON)
    columns: Mapped[list[str | None]] = mapped_column(JSON)
    progress: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    report: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSON)

    @property
    def is_waiting(self) -> bool:
        """Whether the worker has something to do."""
        return self.state in (State.CHECKING, State.STORING)

    @property
    def is_over(self) -> bool:
        """Whether its bytes have gone because its people are here."""
        return self.state == State.STORED


class FilePart(Base):
    """Some of a file's bytes, encrypted."""

    __tablename__ = "people_import_parts"

    import_id: Mapped[int] = mapped_column(ForeignKey(PeopleImport.id, ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class StoredStep(Base):
    """The rows of a file up to line `through` have been stored since the step before; `report` is what became of them.

    Written with them, so that a worker that was killed is followed by one that goes on where it was.
    """

    __tablename__ = "people_import_steps"

    import_id: Mapped[int] = mapped_column(ForeignKey(PeopleImport.id, ondelete="CASCADE"), primary_key=True)
    through: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    report: Mapped[dict[str, Any]] = mapped_column(JSON)
