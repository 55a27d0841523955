"""Saved segments, what was exported and to whom it went. No digest is ever stored in clear."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Date, ForeignKey, Index, Integer, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from clevenio.database import Base, UtcDateTime
from clevenio.i18n import local_day

# Who makes the files that a platform fetches by itself (see `pulls`).
PULL = "pull"
# A file that began longer ago and never ended was broken off.
GOING_ON = timedelta(hours=1)


class Kind(StrEnum):
    """What a file is for: to add people to an audience, or to take them out."""

    UPLOAD = "upload"
    REMOVAL = "removal"
    # An upload that was thrown away before it reached the platform.
    DISCARDED = "discarded"


class State(StrEnum):
    """How far a file got. A started one may have reached somebody, so it counts as handed out."""

    PREPARED = "prepared"
    STARTED = "started"
    FINISHED = "finished"


class Became(StrEnum):
    """What is known of a file once it was made."""

    THROWN_AWAY = "thrown_away"
    PULLED = "pulled"
    UPLOADED = "uploaded"
    DOWNLOADED = "downloaded"
    BROKEN_OFF = "broken_off"
    NOT_FETCHED = "not_fetched"


class Segment(Base):
    """A saved choice of people, as data: see `clevenio.audiences.segments`."""

    __tablename__ = "audience_segments"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    description: Mapped[str] = mapped_column(String(300))
    criteria: Mapped[dict[str, list[str]]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(64))


class Export(Base):
    """A file that was asked for: who, when, for whom, of which people, resting on what.

    `criteria` is the segment as it was, `ledger_position` the last decision that was known,
    `notices` the wordings that people agreed to, `rejects` counts by reason. `files` lists rows,
    bytes and SHA-256 of each file that left. `is_added_only` where it holds those alone who were in no earlier file
    of this segment for the platform; `created_at` is when people were read, until then when it was ordered;
    `uploaded_on` is the day on which a marketer says it was uploaded there, or the platform fetched it by itself;
    `told_at` is when a mail told the privacy officers that it had left.
    """

    __tablename__ = "audience_exports"
    __table_args__ = (
        Index("ix_audience_exports_platform", "platform", "kind"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    platform: Mapped[str] = mapped_column(String(32))
    vendor: Mapped[str] = mapped_column(String(32))
    segment: Mapped[str] = mapped_column(String(64))
    criteria: Mapped[dict[str, list[str]]] = mapped_column(JSON)
    actor: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ledger_position: Mapped[int] = mapped_column(BigInteger)
    notices: Mapped[list[str]] = mapped_column(JSON)
    rows: Mapped[int]
    rejects: Mapped[dict[str, int]] = mapped_column(JSON)
    files: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    is_added_only: Mapped[bool] = mapped_column(default=False, server_default=false())
    uploaded_on: Mapped[date | None] = mapped_column(Date)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def is_pulled(self) -> bool:
        """Whether the platform fetched it by itself, so that nobody can say that it never got there."""
        return self.actor == PULL

    @property
    def reached_on(self) -> date | None:
        """The day on which the platform got it: fetched it whole, or as a marketer says."""
        if self.uploaded_on is None and self.is_pulled and self.finished_at is not None:
            # Of a fetch before the day was written down.
            return local_day(self.finished_at)
        return self.uploaded_on

    def is_going_on(self, now: datetime) -> bool:
        """Whether it may still be on its way to whoever fetches it."""
        return self.state == State.STARTED and self.created_at > now - GOING_ON

    @property
    def became(self) -> Became:
        """What is known of it now; one that has not come to its end counts as broken off."""
        if self.kind == Kind.DISCARDED:
            return Became.THROWN_AWAY
        if self.reached_on is not None:
            return Became.PULLED if self.is_pulled else Became.UPLOADED
        return {
            State.PREPARED: Became.NOT_FETCHED,
            State.STARTED: Became.BROKEN_OFF,
            State.FINISHED: Became.DOWNLOADED,
        }[State(self.state)]


class Membership(Base):
    """A person was in an export. Committed before the row's bytes leave, kept by id alone.

    `has_*` say which identifiers the row carried, so that a removal file holds no other; where a
    row stood for the person's company, it carried none.
    The person comes first in the key, because the question is always where somebody's data went.
    No foreign key to people: that must still be known once a person has gone.
    """

    __tablename__ = "audience_memberships"
    __table_args__ = ({"sqlite_with_rowid": False},)

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    export_id: Mapped[int] = mapped_column(ForeignKey(Export.id), primary_key=True)
    has_email: Mapped[bool]
    has_phone: Mapped[bool]
    has_advertising_id: Mapped[bool]


class Leaver(Base):
    """What takes somebody out of a platform's audiences once their values have gone here, or became others.

    `member` is the id under which the removal file holds the row, `subject` whose it was, `field` the one identifier
    that they have left, None where they have gone with all of them; `upload` is the newest file that had it.
    `sealed` are the cells of the file by identifier (see `leavers`), `email_key` and `phone_key` the suppression keys
    of what they were made of. `is_covered` while all of them belong to people who are in now.
    """

    __tablename__ = "audience_leavers"

    member: Mapped[UUID] = mapped_column(primary_key=True)
    platform: Mapped[str] = mapped_column(String(32), primary_key=True)
    subject: Mapped[UUID] = mapped_column(index=True)
    field: Mapped[str | None] = mapped_column(String(16))
    upload: Mapped[int]
    email_key: Mapped[str | None] = mapped_column(String(64))
    phone_key: Mapped[str | None] = mapped_column(String(64))
    sealed: Mapped[str] = mapped_column(Text)
    is_covered: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Download(Base):
    """A one-use link to an export, bound to the member of staff who asked for it."""

    __tablename__ = "audience_downloads"

    handle: Mapped[str] = mapped_column(String(20), primary_key=True)
    export_id: Mapped[int] = mapped_column(ForeignKey(Export.id))
    staff: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
