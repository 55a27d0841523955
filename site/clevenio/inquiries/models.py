"""What somebody asked us, and how far the answer is."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from clevenio.database import Base, UtcDateTime


class State(StrEnum):
    """Where an inquiry is. Any of the first three may follow any other: people write again, and err.

    A suspected one came with a field filled in that people do not meet. It waits apart, and nobody got
    mail about it; whoever of the staff sees that a person wrote it opens it.
    """

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"
    SUSPECTED = "suspected"


class Inquiry(Base):
    """One message from the contact page. `name` is one whole name and is never split.

    `subject` is the id of the person with this address, or else one that all inquiries from the
    address share: what the audit trail calls the sender. `receipt` is the Message-ID of the mail that
    said it had come, so that an answer stands below it in the reader's program.
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
    receipt: Mapped[str | None] = mapped_column(String(120))


class Answer(Base):
    """What we answered to an inquiry, as it was sent. `mail` is its row among the mails, for as long as there is one.

    Its id is made with the form, so that the same form sent twice is one answer.
    """

    __tablename__ = "inquiry_answers"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    inquiry: Mapped[UUID] = mapped_column(ForeignKey("inquiries.id", ondelete="CASCADE"), index=True)
    text: Mapped[str] = mapped_column(Text)
    message_id: Mapped[str] = mapped_column(String(120))
    mail: Mapped[UUID | None]
    by: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class AnswerTemplate(Base):
    """Words with which answers may begin, in each language; what was sent is kept with the answer."""

    __tablename__ = "inquiry_templates"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(String(80))
    fi: Mapped[str] = mapped_column(Text)
    en: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    saved_by: Mapped[UUID]


class Redaction(Base):
    """That passages were removed from an inquiry, and why; never what they said.

    `files` are kept mails that quoted them, until they are removed. The disk is clean from `cleaned_at` on: until then a tick
    looks after it (see `cleaning`).
    """

    __tablename__ = "inquiry_redactions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    inquiry: Mapped[UUID] = mapped_column(ForeignKey("inquiries.id", ondelete="CASCADE"), index=True)
    reason: Mapped[str] = mapped_column(String(32))
    passages: Mapped[int]
    by: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    files: Mapped[list[str] | None] = mapped_column(JSON)
    cleaned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
