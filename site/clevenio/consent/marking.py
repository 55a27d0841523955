"""Marks of the ledger between two seals: the rows since the mark before, signed, outside the database.

Each covers its own rows, as a seal does; once a seal covers them too, and agrees, the mark goes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clevenio import chain, marks
from clevenio.consent import seals
from clevenio.consent.models import Decision
from clevenio.database import present

FILE = "consent-marks.jsonl"
PURPOSE = "consent mark"


def add(folder: Path, keys: Sequence[str], made: chain.Seal, now: datetime) -> None:
    """Keep a mark of rows."""
    marks.add(folder / FILE, seals.content(made, now), keys[0], PURPOSE)


def position(session: Session, folder: Path, keys: Sequence[str]) -> int | None:
    """The last row that a mark or a seal covers; None where there is none."""
    last = seals.last(session)
    marked = [each["position"] for each in marks.sound(folder / FILE, keys, PURPOSE)]
    return max([*marked, *([last.content["position"]] if last else [])], default=None)


def faults(session: Session, folder: Path, keys: Sequence[str]) -> Iterator[str]:
    """Marks that were tampered with, and rows that are not those that were marked, in words.

    The file is read first and the rows as they are after that: each mark follows its rows.
    """
    path = folder / FILE
    yield from marks.unsound(path, keys, PURPOSE)
    sound = marks.sound(path, keys, PURPOSE)
    with present(session) as now:
        for each in sound:
            yield from seals.difference(now, each, "mark")


def forget(session: Session, folder: Path, keys: Sequence[str], sealed: int) -> None:
    """Let go of the marks up to a seal's position that the rows agree with; the others are evidence."""
    marks.forget(
        folder / FILE,
        keys,
        PURPOSE,
        lambda each: each["position"] <= sealed and not [*seals.difference(session, each, "mark")],
    )


@dataclass(frozen=True)
class LedgerReach:
    """How far the ledger can be proved, in numbers of rows: sealed, marked, and the newest there is."""

    sealed: int
    marked: int
    newest: int


def reach(session: Session, folder: Path, keys: Sequence[str]) -> LedgerReach:
    """How far the ledger can be proved now. Rows above `marked` could be cut off with nobody the wiser."""
    last = seals.last(session)
    marked = position(session, folder, keys) or 0
    with present(session) as now:
        newest = now.scalar(select(func.max(Decision.id))) or 0
    return LedgerReach(last.content["position"] if last else 0, marked, newest)
