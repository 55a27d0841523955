"""Who saw, changed or exported whose data, and why. Append-only, one chain, no names.

The person an entry is about is kept as a keyed hash, so the trail survives an erasure and can
still be searched by somebody who has the address in hand.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from clevenio import chain
from clevenio.database import Base, RowNumber, UtcDateTime, insert_ignoring, tell
from clevenio.signing import keyed_hash

TRAIL = 1
# By this name whoever keeps marks outside the database hears of new entries.
FOLLOWED_AS = "audit"
# What the hash of an entry covers, besides the hash before it.
COVERED = ("sequence", "at", "actor", "action", "subject", "reason", "details")


class AuditEntry(Base):
    """One act of a member of staff, the system or a command. Append-only."""

    __tablename__ = "audit_entries"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    sequence: Mapped[int] = mapped_column(unique=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    actor: Mapped[str] = mapped_column(String(64), index=True)
    action: Mapped[str] = mapped_column(String(64), index=True)
    subject: Mapped[str | None] = mapped_column(String(64), index=True)
    reason: Mapped[str | None] = mapped_column(String(500))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    hash: Mapped[str] = mapped_column(String(64))

    def fields(self) -> dict[str, object]:
        """What the hash covers, besides the hash before it."""
        return {name: getattr(self, name) for name in COVERED}


class AuditHead(Base):
    """Where the trail ends."""

    __tablename__ = "audit_heads"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


class AuditCut(Base):
    """Where the trail begins: entries up to `sequence` had served their time and are gone. Append-only.

    All of them were made before `before`; `hash` is that of the last, which the next one goes on from.
    """

    __tablename__ = "audit_cuts"

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    before: Mapped[datetime] = mapped_column(UtcDateTime)
    sequence: Mapped[int] = mapped_column(unique=True)
    hash: Mapped[str] = mapped_column(String(64))
    signature: Mapped[str] = mapped_column(String(64))


class AuditRemovalPermit(Base):
    """An entry that may be removed now; the row never leaves its transaction."""

    __tablename__ = "audit_removal_permits"

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with the trail: at which entry, 0 for a seal, and what, in words."""

    sequence: int
    text: str


def subject_hash(key: str, subject: UUID) -> str:
    """How a person is named in the trail: HMAC-SHA-256 of the id, in hex."""
    return keyed_hash(key, "audit", str(subject))


def record(
    session: Session,
    *,
    actor: str,
    action: str,
    now: datetime,
    subject: str | None = None,
    reason: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Append an entry.

    `actor` is `staff:<id>`, `command`, `system`, or `person` for whoever the entry is about; `subject` comes from `subject_hash`. Details hold
    counts and identifiers of things, never a person's data.
    """
    insert_ignoring(session, AuditHead, [{"id": TRAIL, "sequence": 0, "hash": chain.START}])
    head = session.scalars(
        select(AuditHead)
        .where(AuditHead.id == TRAIL)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    entry = AuditEntry(
        sequence=head.sequence + 1,
        at=now,
        actor=actor,
        action=action,
        subject=subject,
        reason=reason,
        details=dict(details or {}),
    )
    entry.hash = chain.link(head.hash, entry.fields())
    head.sequence, head.hash = entry.sequence, entry.hash
    session.add(entry)
    session.flush()
    tell(session, FOLLOWED_AS)
    return entry


def last_cut(session: Session) -> AuditCut | None:
    """Where the trail begins; None where all of it is there."""
    return session.scalars(select(AuditCut).order_by(AuditCut.sequence.desc()).limit(1)).first()


def verify(session: Session) -> Iterator[Finding]:
    """Every entry since the last cut that was changed, moved or is missing, in order."""
    cut = last_cut(session)
    sequence, previous = (cut.sequence, cut.hash) if cut else (0, chain.START)
    columns = [getattr(AuditEntry, name) for name in COVERED]
    query = select(*columns, AuditEntry.hash).where(AuditEntry.sequence > sequence)
    query = query.order_by(AuditEntry.sequence)
    for *values, found in session.execute(query.execution_options(yield_per=5000)):
        fields = dict(zip(COVERED, values, strict=True))
        number = fields["sequence"]
        if number != sequence + 1:
            yield Finding(sequence + 1, f"entries {sequence + 1} to {number - 1} are missing")
        elif chain.link(previous, fields) != found:
            yield Finding(number, f"entry {number} was changed")
        sequence, previous = number, found
    head = session.get(AuditHead, TRAIL)
    if (head.sequence, head.hash) != (sequence, previous) if head else sequence > 0:
        yield Finding(sequence + 1, "the trail does not end where its head says")
