"""Counts by campaign. No row is about a visit, and none has a time or an order."""

from datetime import date
from enum import StrEnum

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from clevenio.database import Base


class Kind(StrEnum):
    """What is counted. A browser counts once in each."""

    SIGNUP = "signup"
    INQUIRY = "inquiry"


class AdvertisingCount(Base):
    """How many browsers that came by a campaign signed up, or asked something, on a day."""

    __tablename__ = "advertising_counts"
    __table_args__ = ({"sqlite_with_rowid": False},)

    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    source: Mapped[str] = mapped_column(String(60), primary_key=True)
    campaign: Mapped[str] = mapped_column(String(60), primary_key=True)
    number: Mapped[int]
