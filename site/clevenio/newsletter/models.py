"""Campaigns with one row a recipient, and departures by a mailed link."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from clevenio.database import Base, RowNumber, UtcDateTime


class CampaignState(StrEnum):
    """Where a campaign is. `steering` moves it; the last three are its ends.

    A draft is written, a scheduled one waits for its moment. Freezing writes a row for each candidate,
    running sends, paused waits for somebody. One that needs attention has failed or uncertain deliveries.
    """

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    FREEZING = "freezing"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    FINISHED = "finished"
    NEEDS_ATTENTION = "needs_attention"


# Begun and not at an end; of these, senders work on the first two.
UNFINISHED = (CampaignState.FREEZING, CampaignState.RUNNING)
BEGUN = (*UNFINISHED, CampaignState.PAUSED)


class DeliveryState(StrEnum):
    """Where one recipient's message is.

    `claimed` belongs to a sender until its lease ends, `sending` says that the relay was ready for
    the body: whatever breaks from there on is `uncertain`, and nobody repeats it by themselves.
    """

    PENDING = "pending"
    CLAIMED = "claimed"
    SENDING = "sending"
    DEFERRED = "deferred"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    EXCLUDED = "excluded"


FINAL = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.UNCERTAIN, DeliveryState.EXCLUDED)
# All the others, by name: an index finds what is in one of them, and not what is in none of those above.
OPEN = (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.SENDING, DeliveryState.DEFERRED)


class Exclusion(StrEnum):
    """Why a candidate gets nothing after all."""

    WITHDRAWN = "withdrawn"
    SUPPRESSED = "suppressed"
    RESTRICTED = "restricted"
    BASIS = "basis"
    ERASED = "erased"
    CANCELLED = "cancelled"


class Campaign(Base):
    """One text sent to everybody on a topic. `candidates` is the number of its deliveries, once frozen.

    `segment` is what narrows it down, by the key under which the back office knows it, and `criteria` is what
    that meant when it was chosen; without them it is for everybody. `scheduled_at` is when it is to begin,
    and `begun_at` when it did.
    `frozen_to` is the last person whose row is written, so that a freeze goes on where it was cut, and
    `frozen_at` is when all of them were. `problem` is why it was paused by itself: a message and its values, and
    what the relay said in its own words. `put_off` is what it said last of a message that it wants to see again
    later, and when: of nobody in particular, so that a screen of counts may show it.
    """

    __tablename__ = "campaigns"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    topic: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16), index=True, default=CampaignState.FREEZING)
    segment: Mapped[str | None] = mapped_column(String(64))
    criteria: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    scheduled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    begun_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    frozen_to: Mapped[UUID | None]
    frozen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    candidates: Mapped[int] = mapped_column(default=0)
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    put_off: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Edition(Base):
    """A campaign's text in one language, as Markdown; its first heading is the subject."""

    __tablename__ = "editions"

    campaign: Mapped[UUID] = mapped_column(ForeignKey(Campaign.id), primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    subject: Mapped[str] = mapped_column(String(300))
    source: Mapped[str] = mapped_column(Text)


class Delivery(Base):
    """One candidate of a campaign. Knows the person by id alone: the address is read when it leaves.

    `basis`, `decision` (its sequence in the person's chain), `notice` and `evidence` are what permits
    the mail. A consent is shown by its decision; `evidence` is what `grounds` asks of any other basis.
    `handle` is the one in the unsubscribe link. `due_at` is the next try, or the end of the lease of
    `claim`, which fences off a sender that was too slow. `is_measured` says that the message has an image,
    because the person allows us to see that they opened it, and `opened_at` when they did. The opened ones are
    indexed by `id`, the order in which a sweep goes through them.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("campaign", "person"),
        Index("ix_deliveries_campaign_state", "campaign", "state", "due_at", "id"),
        Index(
            "ix_deliveries_measured",
            "campaign",
            sqlite_where=text("is_measured = 1"),
            postgresql_where=text("is_measured"),
        ),
        Index(
            "ix_deliveries_opened",
            "id",
            sqlite_where=text("opened_at IS NOT NULL"),
            postgresql_where=text("opened_at IS NOT NULL"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    campaign: Mapped[UUID] = mapped_column(ForeignKey(Campaign.id))
    person: Mapped[UUID] = mapped_column(index=True)
    language: Mapped[str] = mapped_column(String(2))
    basis: Mapped[str] = mapped_column(String(16))
    decision: Mapped[int]
    notice: Mapped[str] = mapped_column(String(32))
    evidence: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    handle: Mapped[str | None] = mapped_column(String(20))
    is_measured: Mapped[bool] = mapped_column(default=False, server_default=false())
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    claim: Mapped[UUID | None]
    reply: Mapped[str | None] = mapped_column(String(600))
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Departure(Base):
    """What was withdrawn by one mailed link: `withdrawn` maps purposes to the decisions that did it.

    `last_decision` (a sequence in the person's chain) and `last_suppression` (a row about the
    mailbox) are what had been said by then: where more has been said since, nothing is undone.
    """

    __tablename__ = "departures"

    handle: Mapped[str] = mapped_column(String(20), primary_key=True)
    campaign: Mapped[UUID | None] = mapped_column(index=True)
    topic: Mapped[str] = mapped_column(String(64))
    scope: Mapped[str] = mapped_column(String(8))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn: Mapped[dict[str, int]] = mapped_column(JSON)
    last_decision: Mapped[int]
    last_suppression: Mapped[int]
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(String(500))
