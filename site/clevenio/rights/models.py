"""What somebody asked about their data, how far the answer is, and what outlives an erasure."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import JSON, Index, String, Text, UniqueConstraint, exists
from sqlalchemy.orm import Mapped, column_property, mapped_column

from clevenio.database import Base, RowNumber, UtcDateTime
from clevenio.rights import clocks


class Kind(StrEnum):
    """What is asked for: GDPR Art. 15 to 18, 20, 21(1), 21(2) and 7(3)."""

    ACCESS = "access"
    RECTIFICATION = "rectification"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    PORTABILITY = "portability"
    OBJECTION = "objection"
    DIRECT_MARKETING = "direct_marketing"
    WITHDRAWAL = "withdrawal"


# Answered with a copy of the data, for which the data has to be there.
COPIES = (Kind.ACCESS, Kind.PORTABILITY)


class Asker(StrEnum):
    """Who asks: the person, somebody who looks after them, a rule of retention, or the erasure ledger.

    The ledger asks once more for what was done before: a backup from before it was restored.
    """

    PERSON = "person"
    GUARDIAN = "guardian"
    RULE = "rule"
    LEDGER = "ledger"


class Channel(StrEnum):
    """By which way a request came in."""

    PAGE = "page"
    ACCOUNT = "account"
    CONTACT_PAGE = "contact_page"
    EMAIL = "email"
    PHONE = "phone"
    POST = "post"
    RETENTION = "retention"
    RESTORE = "restore"


class State(StrEnum):
    """Where a request is. The last four are its ends."""

    RECEIVED = "received"
    UNVERIFIED = "unverified"
    OPEN = "open"
    EXTENDED = "extended"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    DUPLICATE = "duplicate"


# Somebody's word is behind the request, which is to hold from then on.
BY_WORD = (Asker.PERSON, Asker.GUARDIAN)
WAITING = (State.RECEIVED, State.UNVERIFIED, State.OPEN, State.EXTENDED)
VERIFIED = (State.OPEN, State.EXTENDED)


class Way(StrEnum):
    """How a person is told how their request goes on."""

    MAIL = "mail"
    POST = "post"
    PHONE = "phone"


class Identity(StrEnum):
    """How it was seen that the request is the person's, or the guardian's. Never by an identity document."""

    LOGIN = "login"
    LINK = "link"
    FACTS = "facts"


class Outcome(StrEnum):
    """What a request that is done came to, where that is more than done."""

    FORWARDED = "forwarded"


class Submission(Base):
    """One message in which somebody asked: its own words, and whose address was named.

    The address in its forms (`people.addresses.Address`) is here for as long as a request of it waits, or
    a copy of the data that has to leave by hand, and is emptied with the last; it is empty from the start where the
    request is of somebody we know by login.
    `name`, `phone` (E.164) and `post` are there where somebody wrote without an address, or besides it, and go
    when no request of it waits. `details` is what was typed, kept with the request and gone with an erasure.
    """

    __tablename__ = "rights_submissions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    email: Mapped[str | None] = mapped_column(String(320))
    address_key: Mapped[str | None] = mapped_column(String(320), index=True)
    name: Mapped[str | None] = mapped_column(String(200))
    phone: Mapped[str | None] = mapped_column(String(32))
    post: Mapped[str | None] = mapped_column(Text)
    details: Mapped[str | None] = mapped_column(Text)


class Event(Base):
    """One thing that happened to a request: who did what, when, and why in their words.

    `actor` is `staff:<id>`, `person` or `system`; `act` a word of ours.
    """

    __tablename__ = "rights_events"

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    request: Mapped[UUID] = mapped_column(index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(64))
    act: Mapped[str] = mapped_column(String(32))
    note: Mapped[str | None] = mapped_column(Text)


# What an erasure's history says where nobody asked for it: an objection was granted by it.
BY_OBJECTION = "by_objection"


class Request(Base):
    """One right that somebody uses; those that came in one message share `submission`.

    `subject` is the person's id, or that of their inquiries, or a new one: what the audit trail calls
    them. `key` is the suppression key of the address, else of the number or the postal address, by which the
    request is found once these have gone; the request itself never holds them. `answer_to` is where the answer goes
    if that is another address; `answer_way` says that it goes by hand instead, to `answer_place`, a postal address or
    a number. All three go when the request ends, or with the restriction that it brought. `received_at` starts both clocks; `recorded_at` is when it was written down
    here. `assigned_to` is the member of staff who looks after it. `joined_to` is the open request of the same kind
    that takes up what this one says. `is_by_objection` is an erasure that a granted objection led to.
    """

    __tablename__ = "rights_requests"
    __table_args__ = (
        # The queue: what waits, in the order in which it is due.
        Index("ix_rights_requests_state_received_at", "state", "received_at"),
        Index("ix_rights_requests_ended_at", "ended_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    submission: Mapped[UUID] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(32))
    asker: Mapped[str] = mapped_column(String(16))
    channel: Mapped[str] = mapped_column(String(16))
    subject: Mapped[UUID] = mapped_column(index=True)
    key: Mapped[str] = mapped_column(String(64), index=True)
    language: Mapped[str] = mapped_column(String(2))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(16))
    identity: Mapped[str | None] = mapped_column(String(16))
    outcome: Mapped[str | None] = mapped_column(String(16))
    assigned_to: Mapped[UUID | None]
    answer_to: Mapped[str | None] = mapped_column(String(320))
    answer_way: Mapped[str | None] = mapped_column(String(8))
    answer_place: Mapped[str | None] = mapped_column(Text)
    joined_to: Mapped[UUID | None] = mapped_column(index=True)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Both are asked of the history, and only where somebody wants to know.
    was_extended: Mapped[bool] = column_property(
        exists()
        .where(Event.request == id, Event.act == "extended")  # noqa: A003 - the column above
        .correlate_except(Event),
        deferred=True,
    )
    is_by_objection: Mapped[bool] = column_property(
        exists()
        .where(Event.request == id, Event.act == BY_OBJECTION)  # noqa: A003 - the column above
        .correlate_except(Event),
        deferred=True,
    )

    @property
    def is_waiting(self) -> bool:
        """Whether it still waits for its answer."""
        return self.state in WAITING

    @property
    def way(self) -> Way:
        """How the person is told."""
        return Way(self.answer_way) if self.answer_way else Way.MAIL

    @property
    def promised(self) -> date:
        """The last day of the promise."""
        return clocks.promised(self.received_at)

    @property
    def legal(self) -> date:
        """The last day the law allows, or allowed."""
        is_extended = self.state == State.EXTENDED or (not self.is_waiting and self.was_extended)
        return clocks.legal(self.received_at, is_extended=is_extended)

    @property
    def due(self) -> date:
        """The day to work towards: the promise, or, once that was extended, the law's."""
        return self.legal if self.state == State.EXTENDED else self.promised

    def is_overdue(self, now: datetime) -> bool:
        """Whether it waits and its day has passed."""
        return self.is_waiting and clocks.day_of(now) > self.due


class UnderWay(Base):
    """An erasure whose rows have gone and whose rest follows: files, the answer, the bytes on the disk.

    `email`, `address_key` and `email_ascii` are all that is left of the address, for exactly that; they
    are emptied by `forgotten_at`. `answer` is the mail that tells how it ended, `answer_file` where it was
    kept if no relay is set. `former` are the forms of addresses that were theirs before, or that they asked to
    move to, `files` the kept mails they got there, emptied as well. On PostgreSQL the tables were written anew at
    `rewritten_at`, and the server's log holds nothing of it since `log_emptied_at`. The row goes when there is nothing
    left to do.
    """

    __tablename__ = "rights_under_way"

    request: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320))
    address_key: Mapped[str] = mapped_column(String(320))
    email_ascii: Mapped[str] = mapped_column(String(320))
    former: Mapped[list[str] | None] = mapped_column(JSON)
    files: Mapped[list[str] | None] = mapped_column(JSON)
    answer: Mapped[UUID | None]
    answer_file: Mapped[str | None] = mapped_column(String(120))
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    forgotten_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rewritten_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    log_emptied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Keep(Base):
    """What was kept of somebody erased, under which id, and until when; then it goes by itself.

    The one link from an address's key to the id in the evidence (GDPR Art. 17(3)(e)) and in the audit
    trail (Art. 5(2)): without such a row the id names nobody.
    """

    __tablename__ = "rights_keeps"
    __table_args__ = (UniqueConstraint("subject", "holding"),)

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String(64), index=True)
    subject: Mapped[UUID]
    holding: Mapped[str] = mapped_column(String(32))
    until: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


# The field of what was corrected where it stands: a message, an address that staff let move.
OTHER = "other"


class Correction(Base):
    """What was corrected on a request: from what to what, on whose word, and what follows from it (GDPR Art. 16).

    `field` is a person's, or `OTHER`; then `new` says in words what was wrong and how it stands now.
    """

    __tablename__ = "rights_corrections"

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    request: Mapped[UUID] = mapped_column(index=True)
    field: Mapped[str] = mapped_column(String(32))
    old: Mapped[str | None] = mapped_column(String(300))
    new: Mapped[str | None] = mapped_column(String(300))
    source: Mapped[str] = mapped_column(Text)
    effect: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(64))
