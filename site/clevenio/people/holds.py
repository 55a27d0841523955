"""Who is held: nothing of theirs goes by a rule's period, because something else needs it for a while.

A hold is put and ended by staff, with its ground; a restriction (GDPR Art. 18) holds by itself.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import CompoundSelect, Select, String, Text, select, union_all
from sqlalchemy.orm import Mapped, Session, mapped_column

from clevenio.database import Base, UtcDateTime
from clevenio.errors import Missing
from clevenio.people.models import Person


class Ground(StrEnum):
    """Why somebody is held: an agreement with their company runs, or a legal claim (Art. 17(3)(e))."""

    AGREEMENT = "agreement"
    LEGAL_CLAIM = "legal_claim"


class Hold(Base):
    """One reason not to let go of what is known of a person, until staff end it."""

    __tablename__ = "holds"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    person: Mapped[UUID] = mapped_column(index=True)
    ground: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    set_by: Mapped[str] = mapped_column(String(64))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def held_people() -> CompoundSelect[UUID]:
    """The people of whom nothing goes in time: restricted ones and those on hold, for `in_`."""
    restricted = select(Person.id).where(Person.restricted_at.is_not(None))
    return union_all(restricted, on_hold())


def on_hold() -> Select[UUID]:
    """The people on whom a hold stands."""
    return select(Hold.person).where(Hold.ended_at.is_(None))


def put(session: Session, person: UUID, ground: Ground, reason: str, set_by: str, now: datetime) -> Hold:
    """Hold a person from now on."""
    hold = Hold(person=person, ground=ground.value, reason=reason, since=now, set_by=set_by)
    session.add(hold)
    session.flush()
    return hold


def end(session: Session, hold: UUID, now: datetime) -> Hold:
    """End a hold; one that has ended stays as it is. Raises `Missing` where there is none."""
    found = session.get(Hold, hold, with_for_update=True, populate_existing=True)
    if found is None:
        raise Missing("There is no such hold.")
    found.ended_at = found.ended_at or now
    return found


def of(session: Session, person: UUID) -> list[Hold]:
    """The holds that stand on a person."""
    return list(session.scalars(select(Hold).where(Hold.person == person, Hold.ended_at.is_(None))))


def running(session: Session) -> list[Hold]:
    """The holds that stand, the newest first."""
    return list(session.scalars(select(Hold).where(Hold.ended_at.is_(None)).order_by(Hold.since.desc())))
