"""Answers that somebody has to post, or to say on the phone."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import Date, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from clevenio.database import Base, UtcDateTime
from clevenio.rights.models import Way


class Letter(Base):
    """One step of a request in words, to be posted or told by staff.

    `place` is the postal address or the number; it and `text` are emptied once `told_on` says on which day it was
    done, and `actor` who wrote that down. `template` is the mail that says the same, `file` the copy of the data
    that is enclosed (`access.models.DataFile`).
    """

    __tablename__ = "rights_letters"
    __table_args__ = (Index("ix_rights_letters_told_on", "told_on", "created_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    request: Mapped[UUID] = mapped_column(index=True)
    way: Mapped[str] = mapped_column(String(8))
    template: Mapped[str] = mapped_column(String(32))
    language: Mapped[str] = mapped_column(String(2))
    title: Mapped[str] = mapped_column(String(300))
    place: Mapped[str | None] = mapped_column(Text)
    text: Mapped[str | None] = mapped_column(Text)
    file: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    told_on: Mapped[date | None] = mapped_column(Date)
    actor: Mapped[str | None] = mapped_column(String(64))

    @property
    def is_posted(self) -> bool:
        """Whether it goes by post; else it is said on the phone."""
        return self.way == Way.POST
