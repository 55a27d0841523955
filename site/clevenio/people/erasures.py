"""The erasure ledger: which identifiers were erased, as keyed hashes, when and on what ground.

Append-only. It holds after the person has gone, so that neither a file nor an older row brings them
back; the person's own confirmed return is a row that lifts it. An identifier's last row decides.
The keys are those of the suppression list, which reads a mailbox in all its spellings.
"""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from clevenio import bulk
from clevenio.database import Base, RowNumber, UtcDateTime, tell
from clevenio.people.suppression import FOLLOWED_AS


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
