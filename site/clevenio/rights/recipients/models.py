"""What is to be told to a recipient: one row for each of them and each thing that has to reach them."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from clevenio.database import Base, UtcDateTime
from clevenio.rights import clocks


class Cause(StrEnum):
    """What has happened: GDPR Art. 16, 17(1), 18 and 7(3) or 21(3), and that a restriction has ended."""

    RECTIFICATION = "rectification"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    WITHDRAWAL = "withdrawal"
    RELEASE = "release"


class Result(StrEnum):
    """How telling ended. Art. 19 lets it be where it proves impossible or takes disproportionate effort."""

    TOLD = "told"
    IMPOSSIBLE = "impossible"


class Task(Base):
    """A recipient who is to be told about one person, until a member of staff writes down when that was done.

    `platform` is the audience file they came in, None for a recipient who got rows another way. `member` is
    the id under which the platform's removal file holds the person: theirs, or one of its own where only an
    identifier that was corrected goes. `upload` is the newest audience file the person was in. The hashes are SHA-256
    in hexadecimal of what a recipient without a file finds the person by; they go when the task is closed.
    """

    __tablename__ = "rights_tasks"
    __table_args__ = (Index("ix_rights_tasks_closed_at_since", "closed_at", "since"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    subject: Mapped[UUID] = mapped_column(index=True)
    member: Mapped[UUID]
    request: Mapped[UUID | None] = mapped_column(index=True)
    cause: Mapped[str] = mapped_column(String(16))
    field: Mapped[str | None] = mapped_column(String(32))
    vendor: Mapped[str] = mapped_column(String(32))
    platform: Mapped[str | None] = mapped_column(String(32))
    upload: Mapped[int]
    email_hash: Mapped[str | None] = mapped_column(String(64))
    phone_hash: Mapped[str | None] = mapped_column(String(64))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    told_on: Mapped[date | None]
    result: Mapped[str | None] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(Text)
    actor: Mapped[str | None] = mapped_column(String(64))

    @property
    def due(self) -> date:
        """The day by which the recipient is told: that of the promise, counted like a request's."""
        return clocks.promised(self.since)

    def is_overdue(self, now: datetime) -> bool:
        """Whether it is open and its day has passed."""
        return self.closed_at is None and clocks.day_of(now) > self.due
