"""Marks of the audit trail: where it ended after each commit, signed, outside the database.

The trail's chain and head say nothing about a tail that was cut off together with them, and a seal
comes once a day. So each commit with entries leaves a mark: one line and one sync of a file.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from clevenio import marks, seals
from clevenio.audit import TRAIL, AuditEntry, AuditHead, last_cut
from clevenio.database import Database, present
from clevenio.seals import Kept

log = logging.getLogger(__name__)
FILE = "audit-marks.jsonl"
PURPOSE = "audit mark"


def mark(database: Database, folder: Path, keys: Sequence[str], now: datetime) -> None:
    """Mark where the trail ends now.

    Whoever wrote the entry has been answered for it by the database, so what fails here is logged,
    and the next entry, or the hour, makes up for it.
    """
    try:
        with database.glance() as connection, Session(connection) as session:
            head = session.get(AuditHead, TRAIL)
        if head is not None and head.sequence:
            content = {"at": now.isoformat(), "sequence": head.sequence, "hash": head.hash}
            marks.add(folder / FILE, content, keys[0], PURPOSE)
    except (OSError, SQLAlchemyError):
        log.exception("the end of the audit trail could not be marked")


def faults(session: Session, folder: Path, keys: Sequence[str]) -> Iterator[str]:
    """Marks that were tampered with, and entries that are not there any more or not the same, in words.

    The file is read first and the entries as they are after that: each mark follows its entry.
    """
    path = folder / FILE
    yield from marks.unsound(path, keys, PURPOSE)
    sound = marks.sound(path, keys, PURPOSE)
    with present(session) as now:
        there, cut = _there(now, sound), last_cut(now)
    begun = cut.sequence if cut else 0
    missing = [
        each["sequence"] for each in sound if each["sequence"] not in there and each["sequence"] > begun
    ]
    if missing:
        yield f"entries are missing: the marks know entry {min(missing)} and all up to {max(missing)}"
    changed = [each for each in sound if there.get(each["sequence"], each["hash"]) != each["hash"]]
    for each in changed[:1]:
        yield f"entry {each['sequence']} is not the one with which the trail ended at {each['at']}"


def forget(session: Session, folder: Path, keys: Sequence[str], sealed: int) -> None:
    """Let go of the marks up to a seal's entry that the trail agrees with; the others are evidence."""
    path = folder / FILE
    there = _there(session, marks.sound(path, keys, PURPOSE))
    marks.forget(
        path,
        keys,
        PURPOSE,
        lambda each: each["sequence"] <= sealed and there.get(each["sequence"]) == each["hash"],
    )


def newest(folder: Path, keys: Sequence[str]) -> Kept | None:
    """The mark of the last entry that has one."""
    found = marks.newest(folder / FILE, keys, PURPOSE)
    return max(found, key=lambda each: each.content["sequence"], default=None)


def fault(mark: Kept, keys: Sequence[str]) -> str | None:
    """What is wrong with a mark that somebody kept, in words."""
    return seals.fault(mark, keys, PURPOSE)


@dataclass(frozen=True)
class TrailReach:
    """How far the trail can be proved: its entries, up to which a seal or a mark reaches, the next seal.

    Entries above `marked` could be cut off with nobody the wiser. Those up to `gone` had served their time.
    """

    entries: int
    sealed: int
    marked: int
    next_seal: datetime
    is_due: bool
    gone: int = 0

    @property
    def unsealed_from(self) -> int | None:
        """The first entry that no seal covers yet; None where there is none."""
        return self.sealed + 1 if self.sealed < self.entries else None

    @property
    def unmarked_from(self) -> int | None:
        """The first entry that neither seal nor mark covers; None where there is none."""
        return self.marked + 1 if self.marked < self.entries else None


def reach(
    session: Session,
    folder: Path,
    keys: Sequence[str],
    sealed: int,
    last_seal: datetime | None,
    now: datetime,
) -> TrailReach:
    """How far the trail can be proved now; `sealed` and `last_seal` are of the newest seal."""
    last = newest(folder, keys)
    marked = last.content["sequence"] if last else 0
    # After the file: an entry is there before its mark.
    with present(session) as fresh:
        head, cut = fresh.get(AuditHead, TRAIL), last_cut(fresh)
    entries = head.sequence if head else 0
    due = next_seal(last_seal)
    return TrailReach(
        entries,
        sealed=min(sealed, entries),
        marked=min(max(sealed, marked), entries),
        next_seal=max(due or now, now),
        is_due=due is None or due <= now,
        gone=cut.sequence if cut else 0,
    )


def next_seal(last: datetime | None) -> datetime | None:
    """From when on the worker seals again: as soon as a day (UTC) begins without a seal; None for at once."""
    if last is None:
        return None
    return last.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def _there(session: Session, sound: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    """The hash of each marked entry that is there, by number."""
    wanted = {each["sequence"] for each in sound}
    if not wanted:
        return {}
    query = select(AuditEntry.sequence, AuditEntry.hash).where(
        AuditEntry.sequence.between(min(wanted), max(wanted))
    )
    rows = session.execute(query.execution_options(yield_per=5000))
    return {sequence: found for sequence, found in rows if sequence in wanted}
