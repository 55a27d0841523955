"""How often something may be tried, counted in the database, so that it holds across processes.

Who tries (an account, an address, a network) is kept as a keyed hash, until the window has passed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import String, bindparam, case, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from clevenio.database import Base, UtcDateTime, insert_into, is_sqlite
from clevenio.signing import keyed_hash
from clevenio.sweeps import Sweep


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
    return used(session, key, limit, who, now) >= limit.most


def used(session: Session, key: str, limit: Limit, who: str, now: datetime) -> int:
    """How many of this limit `who` has used by now; counts nothing."""
    values = {"key": keyed_hash(key, limit.name, who), "now": now}
    return session.connection().scalar(_USED, values) or 0


def take(session: Session, key: str, limit: Limit, who: str, now: datetime) -> bool:
    """Count one more; whether it was still within the limit. Two at once are counted as two."""
    values = {"key": keyed_hash(key, limit.name, who), "now": now, "until": now + limit.window}
    number: int = session.connection().execute(_taking(is_sqlite(session)), values).scalar_one()
    return number <= limit.most


def take_each(session: Session, key: str, several: Iterable[Limit], who: str, now: datetime) -> bool:
    """Count one more of each of these limits, where none of them is spent; whether it was within them all."""
    known = tuple(several)
    if any(is_spent(session, key, limit, who, now) for limit in known):
        return False
    # Two at once both pass the look above; counting, which is done for each limit, stops one.
    counted = [take(session, key, limit, who, now) for limit in known]
    return all(counted)


# Statements are made once: every post of a public form counts, and building one costs more than running it.
_NOW = bindparam("now", type_=UtcDateTime())
_USED = select(Attempts.number).where(Attempts.key == bindparam("key"), Attempts.until > _NOW)


@cache
def _taking(sqlite: bool) -> Any:
    begun = insert_into(sqlite, Attempts).values(key=bindparam("key"), number=1, until=bindparam("until"))
    is_over = Attempts.until <= _NOW
    return begun.on_conflict_do_update(
        index_elements=[Attempts.key],
        set_={
            "number": case((is_over, 1), else_=Attempts.number + 1),
            "until": case((is_over, begun.excluded.until), else_=Attempts.until),
        },
    ).returning(Attempts.number)


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


SWEEPS = (Sweep("technical", "attempts", Attempts, lambda _start, now: Attempts.until <= now),)
