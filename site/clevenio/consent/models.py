"""The ledger's tables. Only `clevenio.consent` reads them; everybody else asks the ledger."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from clevenio.database import Base, RowNumber, UtcDateTime


class State(StrEnum):
    """What was decided. A withdrawal takes back a grant; a refusal needs none before it."""

    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Basis(StrEnum):
    """On what a grant stands: consent, or, for mail, Act 917/2014 section 200(3) or 202."""

    CONSENT = "consent"
    CUSTOMER = "customer"
    ROLE = "role"


class Channel(StrEnum):
    """By which door a decision came in."""

    BANNER = "banner"
    PREFERENCE_CENTRE = "preference_centre"
    EMBED = "embed"
    SIGNUP = "signup"
    ACCOUNT = "account"
    CONFIRMATION = "confirmation"
    MAILED_LINK = "mailed_link"
    UNSUBSCRIBE_PAGE = "unsubscribe_page"
    ONE_CLICK = "one_click"
    IMPORT = "import"
    STAFF = "staff"
    RIGHTS_REQUEST = "rights_request"
    COMPLAINT = "complaint"


# Where a browser answers the question, and where else it decides: a placeholder grants its vendor without
# anybody having been asked the question.
ANSWERING = (Channel.BANNER, Channel.PREFERENCE_CENTRE)
BROWSERS = frozenset({*ANSWERING, Channel.EMBED})


class Notice(Base):
    """A version of what was shown, kept under the hash of its content. Append-only."""

    __tablename__ = "consent_notices"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    language: Mapped[str] = mapped_column(String(2))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


# The rows that answer the question: a condition that an index knows word for word.
# nosemgrep: sql-is-not-built-from-text -- the codes of channels, which are words of ours
IS_ANSWER = text("channel IN ({})".format(", ".join(f"'{channel}'" for channel in ANSWERING)))


class Decision(Base):
    """One decision of one subject about one purpose: a link of that subject's chain. Append-only."""

    __tablename__ = "consent_decisions"
    __table_args__ = (
        UniqueConstraint("subject", "sequence"),
        # PostgreSQL looks once a statement, by a trigger: for each of a thousand decisions by one notice it takes too long.
        ForeignKeyConstraint(["notice"], [Notice.id]).ddl_if(dialect="sqlite"),
        # All that counting the answers of browsers reads.
        Index(
            "ix_consent_decisions_at",
            *("at", "subject", "state", "notice", "channel"),
            sqlite_where=IS_ANSWER,
            postgresql_where=IS_ANSWER,
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    subject: Mapped[UUID]
    sequence: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    purpose: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    basis: Mapped[str] = mapped_column(String(16))
    channel: Mapped[str] = mapped_column(String(32))
    notice: Mapped[str] = mapped_column(String(32))
    language: Mapped[str] = mapped_column(String(2))
    evidence: Mapped[dict[str, Any]] = mapped_column(JSON)
    hash: Mapped[str] = mapped_column(String(64))

    def fields(self) -> dict[str, object]:
        """What the hash covers, besides the hash before it."""
        return {
            "subject": self.subject,
            "sequence": self.sequence,
            "at": self.at,
            "purpose": self.purpose,
            "state": self.state,
            "basis": self.basis,
            "channel": self.channel,
            "notice": self.notice,
            "language": self.language,
            "evidence": self.evidence,
        }


class Head(Base):
    """Where a subject's chain ends."""

    __tablename__ = "consent_heads"
    __table_args__ = ({"sqlite_with_rowid": False},)

    subject: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


# Nobody looks for everybody who decided so about these, and so the index of standing leaves them out: a condition
# that it knows word for word. A category of browsers that is missing here costs time and nothing else.
NOT_SOUGHT = ("preferences", "analytics", "marketing")
# Not by `NOT IN`: SQLite makes a table of its words, for each row anew.
# nosemgrep: sql-is-not-built-from-text -- the three words above
SOUGHT = text(" AND ".join(f"purpose != '{purpose}'" for purpose in NOT_SOUGHT))


class Standing(Base):
    """A subject's last decision about a purpose, as a table that queries can join. Rebuildable."""

    __tablename__ = "consent_standing"
    __table_args__ = (
        # All that a join with a purpose reads, so that it never looks at the table itself.
        Index(
            "ix_consent_standing_purpose_state",
            *("purpose", "state", "subject", "basis", "notice"),
            sqlite_where=SOUGHT,
            postgresql_where=SOUGHT,
        ),
        {"sqlite_with_rowid": False},
    )

    subject: Mapped[UUID] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(64), primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    basis: Mapped[str] = mapped_column(String(16))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    sequence: Mapped[int]
    notice: Mapped[str] = mapped_column(String(32))


class Shown(Base):
    """On how many pages a version was shown on a day of the site's time zone. Counted up; nobody's in particular."""

    __tablename__ = "consent_shown"

    day: Mapped[date] = mapped_column(primary_key=True)
    notice: Mapped[str] = mapped_column(ForeignKey(Notice.id), primary_key=True)
    pages: Mapped[int] = mapped_column(BigInteger)


class SealRow(Base):
    """A daily seal: which links were added since the one before, signed. Append-only; a copy is outside."""

    __tablename__ = "consent_seals"

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    signature: Mapped[str] = mapped_column(String(64))


class Tombstone(Base):
    """A whole chain that was removed when its time was over; its links stay. Append-only, signed."""

    __tablename__ = "consent_tombstones"

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    subject: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    signature: Mapped[str] = mapped_column(String(64))


class BuriedLink(Base):
    """What is left of a removed decision: its row number, its place in the chain, its hash. Append-only."""

    __tablename__ = "consent_buried_links"

    number: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=False)
    tombstone: Mapped[int] = mapped_column(ForeignKey(Tombstone.id), index=True)
    sequence: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


class RemovalPermit(Base):
    """Whose decisions may be removed, for as long as the row is there: within one transaction."""

    __tablename__ = "consent_removal_permits"

    subject: Mapped[UUID] = mapped_column(primary_key=True)
