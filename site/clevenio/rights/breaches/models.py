"""An incident and everything that was written down about it: rows that are added and never changed."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from clevenio import chain
from clevenio.database import Base, RowNumber, UtcDateTime


class Role(StrEnum):
    """What the company is to the data: GDPR Art. 33(1) binds a controller, Art. 33(2) a processor."""

    CONTROLLER = "controller"
    PROCESSOR = "processor"
    BOTH = "both"


class Aspect(StrEnum):
    """What an addition is about. The last addition of an aspect is what holds; those before it stay."""

    INCIDENT = "incident"
    KNOWN = "known"
    FACTS = "facts"
    CATEGORIES = "categories"
    EFFECTS = "effects"
    MEASURES = "measures"
    AUTHORITY = "authority"
    PEOPLE = "people"
    CONTROLLERS = "controllers"
    CLOSED = "closed"


class Decision(StrEnum):
    """What was decided about telling: the authority (Art. 33), the people (Art. 34(1), 34(3)(a) to (c)), the controllers."""

    NOTIFIED = "notified"
    IN_PHASES = "in_phases"
    NOT_NEEDED = "not_needed"
    TOLD = "told"
    NO_HIGH_RISK = "no_high_risk"
    PROTECTED = "protected"
    AVERTED = "averted"
    PUBLIC = "public"
    ALL_TOLD = "all_told"
    MORE_TO_TELL = "more_to_tell"


class Breach(Base):
    """An incident that somebody opened an entry for. Append-only."""

    __tablename__ = "breaches"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    role: Mapped[str] = mapped_column(String(16))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_by: Mapped[str] = mapped_column(String(64))


class Addition(Base):
    """One thing that was written down about an incident, by whom and when. Append-only.

    `moment` is when it became known, or when somebody was told; `delay` says why that was late; `people` and
    `records` are approximate numbers, None as long as nobody knows. Nothing here names anybody concerned.
    """

    __tablename__ = "breach_additions"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    breach: Mapped[UUID] = mapped_column(index=True)
    aspect: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    moment: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decision: Mapped[str | None] = mapped_column(String(16))
    delay: Mapped[str | None] = mapped_column(Text)
    people: Mapped[int | None] = mapped_column(BigInteger)
    records: Mapped[int | None] = mapped_column(BigInteger)

    def digest(self) -> str:
        """SHA-256, as the audit trail keeps it, of everything but the row's number."""
        names = (column.key for column in self.__table__.columns)
        return chain.link(chain.START, {name: getattr(self, name) for name in names if name != "id"})
