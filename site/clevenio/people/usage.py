"""The usage log: what somebody did with the service, and on which days; no address of a network, no browser.

Nothing is added about a person whose data is restricted, and nothing of theirs is forgotten, either:
such data is kept as it is (GDPR Art. 18(2)). About whoever objected with success nothing is kept. A row goes with its
person.
"""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Date, ForeignKey, Index, String, and_, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from clevenio.consent import ledger
from clevenio.database import Base, RowNumber, UtcDateTime, insert_ignoring
from clevenio.i18n import local_day
from clevenio.people.holds import held_people
from clevenio.people.models import Person
from clevenio.sweeps import Sweep, is_among


class Kind(StrEnum):
    """What happened."""

    REGISTRATION = "registration"
    VERIFICATION = "verification"
    LOGIN = "login"
    FAILED_LOGIN = "failed_login"
    LOGOUT = "logout"
    MAIL_OPENED = "mail_opened"


class UsageEvent(Base):
    """One thing that a person did. `day` is the calendar's day at the company, by which it is shown.

    `person` is None where a login failed for an address that nobody has: see `accounts.usage`.
    """

    __tablename__ = "usage_events"
    __table_args__ = (
        Index("ix_usage_events_person_day", "person", "day"),
        Index("ix_usage_events_at", "at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    person: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    day: Mapped[date] = mapped_column(Date)


class UseDay(Base):
    """That a person used their account on a day; neither when nor how often."""

    __tablename__ = "usage_days"
    __table_args__ = (
        Index("ix_usage_days_day", "day", "person"),
        {"sqlite_with_rowid": False},
    )

    person: Mapped[UUID] = mapped_column(ForeignKey(Person.id, ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)


def record(session: Session, person: UUID | None, kind: Kind, now: datetime) -> UsageEvent:
    """Write down what happened; whether the person may be written about is the caller's to ask."""
    event = UsageEvent(person=person, kind=kind, at=now, day=local_day(now))
    session.add(event)
    session.flush()
    return event


def record_day(session: Session, person: UUID, now: datetime) -> None:
    """Write down that the person uses their account today; once a day."""
    insert_ignoring(session, UseDay, [{"person": person, "day": local_day(now)}])


def record_opening(session: Session, person: UUID, now: datetime) -> bool:
    """Write down that a mail was opened, if the ledger permits it at this moment. Says whether it did.

    Silence, a refusal and a withdrawal all mean no.
    """
    if not ledger.permits(session, person, "mail_opens") or is_restricted(session, person):
        return False
    record(session, person, Kind.MAIL_OPENED, now)
    return True


def object_to(session: Session, person: UUID, now: datetime) -> None:
    """An objection to the log was granted (GDPR Art. 21(1)): it goes, and nothing is added about them any more."""
    forget(session, person)
    session.execute(update(Person).where(Person.id == person).values(objected_at=now))


def forget(session: Session, person: UUID) -> None:
    """Forget the whole log of a person who stays known while their account ends."""
    session.execute(delete(UsageEvent).where(UsageEvent.person == person))
    session.execute(delete(UseDay).where(UseDay.person == person))


def is_restricted(session: Session, person: UUID) -> bool:
    """Whether nothing may be added about this person; also where there is none."""
    query = select(Person.id).where(
        Person.id == person, Person.restricted_at.is_(None), Person.objected_at.is_(None)
    )
    return session.scalar(query) is None


def _is_held() -> ColumnElement[bool]:
    return UsageEvent.person.in_(held_people())


SWEEPS = (
    Sweep("usage_log", "usage", UsageEvent, lambda start, _now: UsageEvent.at <= start, _is_held),
    Sweep(
        "usage_log",
        "use_days",
        UseDay,
        lambda start, _now: UseDay.day < local_day(start),
        lambda: UseDay.person.in_(held_people()),
    ),
    # Failed logins of nobody.
    Sweep("technical", "nobodys_logins", UsageEvent, lambda _start, _now: UsageEvent.person.is_(None)),
    # Openings whose consent has ended: nothing else permits to keep them (GDPR Art. 17(1)(b)).
    Sweep(
        "technical",
        "openings",
        UsageEvent,
        lambda _start, _now: and_(
            UsageEvent.kind == Kind.MAIL_OPENED,
            ~is_among(UsageEvent.person, ledger.permitted("mail_opens")),
        ),
        _is_held,
    ),
)
