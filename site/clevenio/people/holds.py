"""Who is held: nothing of theirs goes by a rule's period, because something else needs it for a while.

A hold is put and ended by staff, with its ground; a restriction (GDPR Art. 18) holds by itself, and so does a request
that is open: what somebody asked about is there until they are answered.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, CompoundSelect, Select, String, Text, func, or_, select, union_all
from sqlalchemy.orm import Mapped, Session, mapped_column

from clevenio.database import Base, UtcDateTime
from clevenio.errors import Missing
from clevenio.people import restrictions
from clevenio.people.models import Person
from clevenio.people.restrictions import Restriction

# Tables of a room above this one, and what of them is open: asked by whom it is about, and not answered.
REQUESTS, SUBMISSIONS = "rights_requests", "rights_submissions"
OPEN = ("open", "extended")
# Who put a hold that a rule put by itself, until somebody of the staff says that it is right.
BY_RULE = "retention"


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
    """Of whom nothing goes in time, by id: restricted ones, those on hold, whoever has an open request; for `in_`.

    Among them are the ids by which requests know somebody of whom only the address is known.
    """
    return union_all(_restricted(), on_hold(), *_asked("subject"))


def held_keys() -> CompoundSelect[str]:
    """The suppression keys of the addresses that such requests are about, for rows that know a mailbox by its key alone."""
    return union_all(*_asked("key"))


def held_requests() -> CompoundSelect[UUID]:
    """Such requests, for rows that say which of them they are about."""
    return union_all(*_asked("id"))


def _asked(column: str) -> tuple[Select[Any], Select[Any]]:
    """What open requests say of whom they are about, and those by which a restriction stands."""
    requests = Base.metadata.tables[REQUESTS].c
    brought = select(requests[column]).join(Restriction, Restriction.request == requests.id)
    return select(requests[column]).where(requests.state.in_(OPEN)), brought


def set_aside() -> CompoundSelect[UUID]:
    """The people who are restricted or on hold: what proves acts about them is not shortened, either."""
    return union_all(_restricted(), on_hold())


def _restricted() -> Select[UUID]:
    return select(Person.id).where(Person.restricted_at.is_not(None))


def is_held_address(column: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether the address in a column is restricted, one that an open request is about, or that of somebody held."""
    requests, submissions = Base.metadata.tables[REQUESTS].c, Base.metadata.tables[SUBMISSIONS].c
    lower = func.lower(column)
    asked = (
        select(submissions.id)
        .join(requests.id.table, requests.submission == submissions.id)
        .where(submissions.address_key == lower, requests.state.in_(OPEN))
    )
    person = select(Person.id).where(Person.address_key == lower, Person.id.in_(held_people()))
    return or_(restrictions.is_held(column), asked.exists(), person.exists())


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


def ended(session: Session, person: UUID, ground: Ground) -> datetime | None:
    """When the last hold on a person on this ground ended; None where none did."""
    query = select(func.max(Hold.ended_at)).where(Hold.person == person, Hold.ground == ground.value)
    return session.scalar(query)


def confirm(session: Session, hold: UUID, actor: str) -> Hold:
    """Somebody of the staff has seen that a hold of a rule is right. Raises `Missing` where none stands."""
    found = session.get(Hold, hold, with_for_update=True, populate_existing=True)
    if found is None or found.ended_at is not None:
        raise Missing("There is no such hold.")
    if found.set_by == BY_RULE:
        found.set_by = actor
    return found


def running(session: Session) -> list[Hold]:
    """The holds that stand, the newest first."""
    return list(session.scalars(select(Hold).where(Hold.ended_at.is_(None)).order_by(Hold.since.desc())))
