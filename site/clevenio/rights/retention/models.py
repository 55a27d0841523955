"""What retention did and when, and who was warned; the reports hold counts alone."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from clevenio.accounts.models import Account
from clevenio.database import Base, RowNumber, UtcDateTime


class Run(Base):
    """One run. `is_whole` went through every rule; the others, between two days, through hourly ones alone.

    `actor` is who began it, in the words of the audit trail. `ended_at` None is one that is under way, or was cut: the
    next one goes on with it.
    """

    __tablename__ = "retention_runs"

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    actor: Mapped[str] = mapped_column(String(64))
    is_whole: Mapped[bool]
    began_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def is_asked_for(self) -> bool:
        """Whether staff asked for it, on the page; else it began by the clock, or by a command."""
        return self.actor.startswith("staff:")


class Count(Base):
    """What a run did by one sweep: rows that went, and rows that were held at its end."""

    __tablename__ = "retention_counts"

    run: Mapped[int] = mapped_column(ForeignKey(Run.id, ondelete="CASCADE"), primary_key=True)
    sweep: Mapped[str] = mapped_column(String(32), primary_key=True)
    rule: Mapped[str] = mapped_column(String(32))
    gone: Mapped[int]
    held: Mapped[int]


class Warned(Base):
    """That the holder of an unused account was told when it goes; goes with the account, or with its next use."""

    __tablename__ = "account_warnings"

    account: Mapped[UUID] = mapped_column(ForeignKey(Account.id, ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
