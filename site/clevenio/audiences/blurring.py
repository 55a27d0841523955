"""Which counts of a segment may be shown exactly, so that two segments do not tell of the few between them.

The counts of one that would be smaller than `SMALLEST`, or that differ by fewer than that from what was last shown
exactly of another segment, are shown in tens, also where the segment itself was shown exactly before: people come
and go, and two that were far enough apart may come close. One that has not changed shows its counts again, as all
others were held against them. A segment is told from others by what it asks for, not by its name.

A table of parts, such as the people who stay out by reason, is in tens as a whole where any of them is of a few
people: with the others exact, it would be what is missing from their sum.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String, func, or_, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from clevenio.audiences.preview import Preview, TooFew
from clevenio.audiences.segments import Choice
from clevenio.database import Base, UtcDateTime, is_sqlite
from clevenio.errors import Refused
from clevenio.people.disclosure import SMALLEST
from clevenio.sweeps import Sweep

STEP = 10
TOTALS = ("matching", "rows")
PARTS = ("rejects", "identifiers", "covers")
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
    """Counts as they may be shown. `in_tens` names the fields of them that are rounded down to multiples of ten."""

    counts: Preview
    in_tens: frozenset[str]

    @property
    def is_blurred(self) -> bool:
        """Whether the segment as a whole is in tens, and not some table of its parts alone."""
        return self.in_tens.issuperset(TOTALS)


def show(session: Session, choice: Choice, platform: str, counts: Preview, now: datetime) -> Shown:
    """The counts as they may be shown, remembered in this transaction where that is exactly."""
    if not is_sqlite(session):
        # Two who look at once would not see each other's.
        session.execute(text("LOCK TABLE audience_shown_counts IN SHARE ROW EXCLUSIVE MODE"))
    key = choice.key
    is_small = counts.matching < SMALLEST or is_few(counts.rows)
    if is_small or not _is_apart(session, key, platform, counts, now):
        return _in_tens(counts, (*TOTALS, *PARTS))
    row = ShownCount(key=key, platform=platform, matching=counts.matching, rows=counts.rows, shown_at=now)
    session.merge(row)
    session.flush()
    return _in_tens(counts, [name for name in PARTS if any(map(is_few, getattr(counts, name).values()))])


def _is_apart(session: Session, key: str, platform: str, counts: Preview, now: datetime) -> bool:
    """Whether every other segment, as it was last shown exactly, has at least `SMALLEST` people more or fewer."""
    near = or_(
        func.abs(ShownCount.matching - counts.matching) < SMALLEST,
        (ShownCount.platform == platform) & (func.abs(ShownCount.rows - counts.rows) < SMALLEST),
    )
    others = select(ShownCount.key).where(ShownCount.key != key, ShownCount.shown_at > now - REMEMBERED, near)
    return session.scalar(others.limit(1)) is None


def tens(number: int) -> int:
    """A count rounded down, so that two that lie near each other look alike."""
    return number - number % STEP


def is_few(number: int) -> bool:
    """Whether a count is of so few people that it is shown in tens; that there is nobody may be told."""
    return 0 < number < SMALLEST


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


def _in_tens(counts: Preview, names: Collection[str]) -> Shown:
    rounded = {name: _rounded(getattr(counts, name)) for name in names}
    return Shown(replace(counts, **rounded), frozenset(names))


def _rounded(found: int | Mapping[str, int]) -> Any:
    return tens(found) if isinstance(found, int) else {name: tens(number) for name, number in found.items()}


SWEEPS = (
    Sweep(
        "technical", "shown_counts", ShownCount, lambda _start, now: ShownCount.shown_at <= now - REMEMBERED
    ),
)
