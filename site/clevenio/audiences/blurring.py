"""Which counts of a segment may be shown exactly, so that two segments do not tell of the few between them.

The counts of one that would be smaller than `SMALLEST`, or that differ by fewer than that from what was shown
of another segment, are shown in tens. Looking at the same choice again always shows what it is now, so that
weekly updates work. A segment is told from others by what it asks for, not by its name.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import String, func, or_, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from clevenio.audiences.preview import Preview, TooFew
from clevenio.audiences.segments import Choice
from clevenio.database import Base, UtcDateTime, is_sqlite
from clevenio.errors import Refused
from clevenio.people.disclosure import SMALLEST
from clevenio.sweeps import Sweep

STEP = 10
# For so long what was shown is held against other segments; people come and go meanwhile.
REMEMBERED = timedelta(days=90)


class ShownCount(Base):
    """The counts of a segment that somebody was shown exactly: how many match, and how many a platform would get."""

    __tablename__ = "audience_shown_counts"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    platform: Mapped[str] = mapped_column(String(32), primary_key=True)
    matching: Mapped[int]
    rows: Mapped[int]
    shown_at: Mapped[datetime] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Shown:
    """Counts as they may be shown; where they are blurred, each is rounded down to a multiple of ten."""

    counts: Preview
    is_blurred: bool


def show(session: Session, choice: Choice, platform: str, counts: Preview, now: datetime) -> Shown:
    """The counts as they may be shown, remembered in this transaction where that is exactly."""
    if not is_sqlite(session):
        # Two who look at once would not see each other's.
        session.execute(text("LOCK TABLE audience_shown_counts IN SHARE ROW EXCLUSIVE MODE"))
    key = choice.key
    is_known = session.get(ShownCount, (key, platform)) is not None
    if counts.matching < SMALLEST or not (is_known or _is_apart(session, key, platform, counts, now)):
        return Shown(_blurred(counts), True)
    row = ShownCount(key=key, platform=platform, matching=counts.matching, rows=counts.rows, shown_at=now)
    session.merge(row)
    session.flush()
    return Shown(counts, False)


def _is_apart(session: Session, key: str, platform: str, counts: Preview, now: datetime) -> bool:
    """Whether every other segment that was shown has at least `SMALLEST` people more or fewer."""
    near = or_(
        func.abs(ShownCount.matching - counts.matching) < SMALLEST,
        (ShownCount.platform == platform) & (func.abs(ShownCount.rows - counts.rows) < SMALLEST),
    )
    others = select(ShownCount.key).where(ShownCount.key != key, ShownCount.shown_at > now - REMEMBERED, near)
    return session.scalar(others.limit(1)) is None


def tens(number: int) -> int:
    """A count rounded down, so that two that lie near each other look alike."""
    return number - number % STEP


@contextmanager
def no_exact_refusal() -> Iterator[None]:
    """Refuse too small an audience without saying how small: by that number segments could be told apart one by one."""
    try:
        yield
    except TooFew as problem:
        raise Refused(
            "This audience has too few rows: %(needed)s are needed. Nothing was exported.",
            needed=problem.values["needed"],
        ) from None


def _blurred(counts: Preview) -> Preview:
    return replace(
        counts,
        matching=tens(counts.matching),
        rows=tens(counts.rows),
        rejects={name: tens(number) for name, number in counts.rejects.items()},
        identifiers={name: tens(number) for name, number in counts.identifiers.items()},
        covers={name: tens(number) for name, number in counts.covers.items()},
    )


SWEEPS = (
    Sweep(
        "technical", "shown_counts", ShownCount, lambda _start, now: ShownCount.shown_at <= now - REMEMBERED
    ),
)
