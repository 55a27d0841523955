"""One row for each time a mail came back, or somebody complained about it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
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
    """Something that came back about one delivery. Knows the person by id, the mailbox by its keyed hash.

    `report` is the same for the same report however often it is read. `key` is the suppression key of the
    mailbox that the mail went to, None where it is no longer the person's. `status` is an enhanced status
    code (RFC 3463), empty where none was given.
    """

    __tablename__ = "bounces"
    __table_args__ = (
        Index("ix_bounces_campaign_kind", "campaign", "kind"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    report: Mapped[str] = mapped_column(String(64), unique=True)
    delivery: Mapped[int] = mapped_column(ForeignKey(Delivery.id), index=True)
    campaign: Mapped[UUID] = mapped_column(ForeignKey(Campaign.id))
    person: Mapped[UUID] = mapped_column(index=True)
    key: Mapped[str | None] = mapped_column(String(64), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    diagnostic: Mapped[str | None] = mapped_column(String(500))
    source: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
