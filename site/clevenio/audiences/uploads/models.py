"""What platforms said of the files they got."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from clevenio.audiences.models import Export
from clevenio.database import Base, UtcDateTime


class Match(Base):
    """How many of a file's rows a platform matched, as a marketer read it there on a day.

    `identifier` is email, phone or advertising_id, empty for all of them together; `sent` is how many rows
    carried it.
    """

    __tablename__ = "audience_matches"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    export_id: Mapped[int] = mapped_column(ForeignKey(Export.id), index=True)
    identifier: Mapped[str] = mapped_column(String(16))
    sent: Mapped[int]
    matched: Mapped[int]
    read_on: Mapped[date] = mapped_column(Date)
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    entered_by: Mapped[str] = mapped_column(String(64))

    @property
    def rate(self) -> float:
        """The share of what was sent."""
        return self.matched / self.sent
