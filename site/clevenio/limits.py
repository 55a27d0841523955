"""How often something may be tried, counted in the database, so that it holds across processes.

Who tries (an account, an address, a network) is kept as a keyed hash, until the window has passed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import String, case, delete, literal, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from clevenio.database import Base, UtcDateTime, insert_ignoring
from clevenio.signing import keyed_hash


class Attempts(Base):
    """How many times one limit was used by one who, until `until`."""

    __tablename__ = "attempts"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    number: Mapped[int]
    until: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


@dataclass(frozen=True)
class Limit:
    """At most so many within a window, which begins at the first."""

    name: str
    most: int
    window: timedelta


def is_spent(session: Session, key: str, limit: Limit, who: str, now: datetime) -> bool:
    """Whether there is nothing left of this limit for `who`; counts nothing."""
    number = session.scalar(
        select(Attempts.number).where(Attempts.key == keyed_hash(key, limit.name, who), Attempts.until > now)
    )
    return (number or 0) >= limit.most


def take(session: Session, key: str, limit: Limit, who: str, now: datetime) -> bool:
    """Count one more; whether it was still within the limit. Two at once are counted as two."""
    hashed, until = keyed_hash(key, limit.name, who), now + limit.window
    insert_ignoring(session, Attempts, [{"key": hashed, "number": 0, "until": until}])
    is_over = Attempts.until <= now
    number = session.scalar(
        update(Attempts)
        .where(Attempts.key == hashed)
        .values(
            number=case((is_over, 1), else_=Attempts.number + 1),
            until=case((is_over, literal(until, UtcDateTime())), else_=Attempts.until),
        )
        .returning(Attempts.number)
        .execution_options(synchronize_session=False)
    )
    return (number or 0) <= limit.most


def give_back(session: Session, key: str, limit: Limit, who: str, now: datetime) -> None:
    """Count one less, for a try that turned out to be none."""
    session.execute(
        update(Attempts)
        .where(Attempts.key == keyed_hash(key, limit.name, who), Attempts.until > now, Attempts.number > 0)
        .values(number=Attempts.number - 1)
        .execution_options(synchronize_session=False)
    )


def forgive(session: Session, key: str, limit: Limit, who: str) -> None:
    """Forget what `who` has used of a limit."""
    session.execute(delete(Attempts).where(Attempts.key == keyed_hash(key, limit.name, who)))


def forget_old(session: Session, now: datetime) -> None:
    """Remove what no longer counts; a tick calls it and commits."""
    session.execute(delete(Attempts).where(Attempts.until <= now))
