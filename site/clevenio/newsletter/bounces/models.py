"""One row for each time a mail came back, or somebody complained about it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from clevenio.database import Base, RowNumber, UtcDateTime
from clevenio.newsletter.models import Campaign, Delivery


class Kind(StrEnum):
    """What came back. `blocked` says something about us or our mail, and nothing about the mailbox."""

    HARD = "hard"
    SOFT = "soft"
    BLOCKED = "blocked"
    COMPLAINT = "complaint"


class Source(StrEnum):
    """How we heard of it: a report by mail, the signed webhook, or what the relay said while we sent."""

    REPORT = "report"
    WEBHOOK = "webhook"
    REPLY = "reply"


class Bounce(Base):
    """Something that came back about one message. Knows the person by id, the mailbox by its keyed hash.

    The message is a campaign's `delivery`, or a `mail` of the outbox, whose row may go before this one; `person`
    is None where that one was nobody's whom we know. `report` is the same for the same report however often it
    is read. `key` is the suppression key of the mailbox that the mail went to, None where it is no longer the
    person's. `status` is an enhanced status code (RFC 3463), empty where none was given.
    """

    __tablename__ = "bounces"
    __table_args__ = (
        Index("ix_bounces_campaign_kind", "campaign", "kind"),
        CheckConstraint("(delivery IS NULL) <> (mail IS NULL)", name="one_message"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    report: Mapped[str] = mapped_column(String(64), unique=True)
    delivery: Mapped[int | None] = mapped_column(ForeignKey(Delivery.id), index=True)
    campaign: Mapped[UUID | None] = mapped_column(ForeignKey(Campaign.id))
    mail: Mapped[UUID | None] = mapped_column(index=True)
    person: Mapped[UUID | None] = mapped_column(index=True)
    key: Mapped[str | None] = mapped_column(String(64), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    diagnostic: Mapped[str | None] = mapped_column(String(500))
    source: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
