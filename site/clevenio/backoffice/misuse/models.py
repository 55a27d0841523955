"""What was found, until a person has looked at it; and how far the trail has been read for it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from clevenio.database import Base, RowNumber, UtcDateTime


class Alert(Base):
    """One finding. `key` is the same for the same finding, so that it is told once.

    `entry` is the entry of the trail that gave rise to it, `actor` who acted as the trail names them,
    `subject` whose access it was about, as a hash; `details` holds counts alone.
    """

    __tablename__ = "misuse_alerts"

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String(160), unique=True)
    rule: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    entry: Mapped[int]
    actor: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str | None] = mapped_column(String(64))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    acknowledged_by: Mapped[str | None] = mapped_column(String(64))


class ReadUpTo(Base):
    """The last entry of the trail that was looked at for misuse."""

    __tablename__ = "misuse_read_up_to"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int]
