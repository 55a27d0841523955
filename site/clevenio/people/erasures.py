"""The erasure ledger: which identifiers were erased, as keyed hashes, when and on what ground.

Append-only. It holds after the person has gone, so that neither a file nor an older row brings them
back; the person's own confirmed return is a row that lifts it. An identifier's last row decides.
The keys are those of the suppression list, which reads a mailbox in all its spellings.
"""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy import String, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, Session, mapped_column

from clevenio import bulk
from clevenio.database import Base, RowNumber, UtcDateTime, connection_of, is_sqlite, tell
from clevenio.errors import Unavailable
from clevenio.people.suppression import FOLLOWED_AS

# Of the lock that erasures and imports have against each other.
NUMBER = 7_281_936_407
# How long an erasure waits for the rows of a file that are being stored, and what PostgreSQL says when it was too long.
PATIENCE = "5s"
TOO_LONG = "55P03"


class Ground(StrEnum):
    """On whose word somebody was erased, or came back."""

    REQUEST = "request"
    GUARDIAN = "guardian"
    OWN_RETURN = "own return"


class Erasure(Base):
    """One identifier that was erased, or, with `lifted`, came back. Append-only."""

    __tablename__ = "erasures"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String(64), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    ground: Mapped[str] = mapped_column(String(16))
    lifted: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


def add(session: Session, key: str, kind: str, ground: Ground, now: datetime) -> None:
    """Write down that the holder of an identifier was erased; `kind` is email or phone."""
    session.add(Erasure(key=key, kind=kind, ground=ground.value, at=now))
    tell(session, FOLLOWED_AS)


def erased_among(session: Session, keys: Collection[str]) -> set[str]:
    """Which of these keys stand as erased."""
    if not (keys := bulk.likely(session, select(Erasure.key), keys)):
        return set()
    query = (
        select(Erasure.key, Erasure.lifted).where(bulk.among(session, Erasure.key, keys)).order_by(Erasure.id)
    )
    last: dict[str, bool] = dict(session.execute(query).all())
    return {key for key, lifted in last.items() if not lifted}


def come_back(session: Session, key: str, now: datetime) -> None:
    """The person came back by a confirmed act of their own: what was erased stays so, and no more.

    Does nothing for an identifier that was never erased.
    """
    if erased_among(session, [key]):
        session.add(Erasure(key=key, kind="email", ground=Ground.OWN_RETURN.value, lifted=True, at=now))
        session.flush()
        tell(session, FOLLOWED_AS)


def hold_imports(session: Session) -> None:
    """Have no import look at whom it brings in until this transaction ends, and end those that did.

    Otherwise one that had looked before an erasure would store afterwards who is erased by then. Raises `Unavailable` where
    a file is one long transaction. On SQLite, who writes is alone.
    """
    connection = connection_of(session)
    if is_sqlite(connection):
        return
    limit = text("SELECT set_config('lock_timeout', :limit, true)")
    before = connection.scalar(text("SHOW lock_timeout"))
    connection.execute(limit, {"limit": PATIENCE})
    try:
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": NUMBER})
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != TOO_LONG:
            raise
        raise Unavailable(
            "People are being brought in from a file just now, perhaps this person too. Try again in a few minutes."
        ) from error
    connection.execute(limit, {"limit": before})


def hold(session: Session) -> None:
    """Have nobody be erased from before it is looked at who was, until this transaction ends; imports do so beside each other."""
    connection = connection_of(session)
    if not is_sqlite(connection):
        connection.execute(text("SELECT pg_advisory_xact_lock_shared(:number)"), {"number": NUMBER})
