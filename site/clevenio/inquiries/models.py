"""What somebody asked us, and how far the answer is."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from clevenio.database import Base, UtcDateTime


class State(StrEnum):
    """Where an inquiry is. Any state may follow any other: people write again, and err."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class Inquiry(Base):
    """One message from the contact page. `name` is one whole name and is never split.

    `subject` is the id of the person with this address, or else one that all inquiries from the
    address share: what the audit trail calls the sender.
    """

    __tablename__ = "inquiries"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    subject: Mapped[UUID] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(String(100))
    email: Mapped[str] = mapped_column(String(320))
    address_key: Mapped[str] = mapped_column(String(320), index=True)
    company: Mapped[str | None] = mapped_column(String(200))
    message: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(2))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    state: Mapped[str] = mapped_column(String(16), default=State.OPEN, index=True)
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    changed_by: Mapped[UUID | None]
