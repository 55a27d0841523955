"""What was disclosed to whom on which ground, about whom, and what was noted later."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from clevenio import chain
from clevenio.database import Base, RowNumber, UtcDateTime


class Kind(StrEnum):
    """Who asked: an authority, or whoever takes over the business or a part of it."""

    AUTHORITY = "authority"
    TRANSFER = "transfer"


class Outcome(StrEnum):
    """What came of it."""

    DISCLOSED = "disclosed"
    REFUSED = "refused"


class Disclosure(Base):
    """One disclosure, or one that was refused; its words name nobody.

    Days are days in Finland. `is_about_all` is true of everybody we knew on the day it was disclosed.
    `secrecy` is the ground in the law on which the people it is about are not told; it ends by a note.
    """

    __tablename__ = "disclosures"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kind: Mapped[str] = mapped_column(String(16))
    recipient: Mapped[str] = mapped_column(String(200))
    reference: Mapped[str | None] = mapped_column(String(200))
    asked_on: Mapped[date]
    outcome: Mapped[str] = mapped_column(String(16))
    disclosed_on: Mapped[date | None]
    content: Mapped[str] = mapped_column(Text)
    ground: Mapped[str] = mapped_column(Text)
    is_about_all: Mapped[bool]
    secrecy: Mapped[str | None] = mapped_column(Text)
    decided_by: Mapped[str] = mapped_column(String(64))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    recorded_by: Mapped[str] = mapped_column(String(64))

    def digest(self) -> str:
        """SHA-256 of the entry, as the audit trail keeps it."""
        names = (column.key for column in self.__table__.columns)
        return chain.link(chain.START, {name: _plain(getattr(self, name)) for name in names})


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else value


class Named(Base):
    """Somebody a disclosure is about: by the suppression key of their address, and their id where we knew them.

    Both outlive an erasure, as the proof of what was disclosed does; the address itself is not here.
    """

    __tablename__ = "disclosure_subjects"

    disclosure: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)
    subject: Mapped[UUID | None] = mapped_column(index=True)


class Note(Base):
    """What was written down about a disclosure later; one that `ends_secrecy` lets the people know of it."""

    __tablename__ = "disclosure_notes"

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    disclosure: Mapped[UUID] = mapped_column(index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    ends_secrecy: Mapped[bool]
