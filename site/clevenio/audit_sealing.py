"""Keeps the audit trail provable: a seal each day, also outside the database, and checks of the whole.

A chain commits to everything before its last link, so a seal names that link alone. It finds what the
chain by itself cannot: a tail that was cut off together with its head, and a chain written anew.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, String, or_, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from clevenio import audit, audit_cuts, audit_marks, seals
from clevenio.audit import TRAIL, AuditCut, AuditEntry, AuditHead, Finding
from clevenio.audit_marks import TrailReach
from clevenio.database import Base, Database, RowNumber, UtcDateTime, present

log = logging.getLogger(__name__)
FILE = "audit.jsonl"
PURPOSE = "audit seal"
EVERY = timedelta(days=1)
# A trail that was written anew differs in every entry; a page has room for so many.
SHOWN = 100


class AuditSeal(Base):
    """The link with which the trail ended at a moment, signed. Append-only; a copy is outside."""

    __tablename__ = "audit_seals"

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    signature: Mapped[str] = mapped_column(String(64))


class AuditCheck(Base):
    """One look at the whole trail: who asked, and once it is done, up to which entry and what was found."""

    __tablename__ = "audit_checks"

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_by: Mapped[str] = mapped_column(String(64))
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sequence: Mapped[int | None]
    findings: Mapped[list[str] | None] = mapped_column(JSON)


def verify(session: Session, folder: Path, keys: Sequence[str]) -> Iterator[Finding]:
    """Every entry that was changed, moved or is missing, and every seal and mark that says otherwise."""
    yield from audit.verify(session)
    for words in audit_cuts.faults(session, keys, lambda before: sealed_by(session, before)):
        yield Finding(0, words)
    copies = seals.Copies(
        _in_database(session), folder / FILE, keys, lambda new: _made_meanwhile(session, new), PURPOSE
    )
    for words in seals.faults(copies, lambda sealed: _covered(session, sealed)):
        yield Finding(0, words)
    for words in audit_marks.faults(session, folder, keys):
        yield Finding(0, words)


def not_as_seen(session: Session, seen: Mapping[int, str]) -> Iterator[Finding]:
    """Entries, by number, whose hash is not the one that somebody saw elsewhere: in a file, in a log."""
    cut = audit.last_cut(session)
    for sequence, known in sorted(seen.items()):
        if cut is not None and sequence < cut.sequence:
            continue  # it has served its time, and the cut vouches for it by the hash that follows from it
        found = _hash_of(session, sequence)
        if found is None:
            yield Finding(sequence, f"entry {sequence} is missing, which was seen elsewhere")
        elif found != known:
            yield Finding(sequence, f"entry {sequence} is not the one that was seen elsewhere")


def reach(session: Session, folder: Path, keys: Sequence[str], now: datetime) -> TrailReach:
    """How far the trail can be proved now, and when its next seal comes."""
    last = _last(session)
    return audit_marks.reach(
        session, folder, keys, last.content["sequence"] if last else 0, last.at if last else None, now
    )


def is_kept_outside(session: Session, folder: Path) -> bool:
    """Whether `folder` has the newest seal, as it has wherever it is the one that the worker writes to."""
    last = _last(session)
    try:
        kept = list(seals.in_file(folder / FILE)) if last else []
    except OSError:
        return False
    return last is None or any(each and each.signature == last.signature for each in kept)


def last_entry(session: Session) -> int:
    """The number of the trail's last entry; 0 where there is none."""
    head = session.get(AuditHead, TRAIL)
    return head.sequence if head else 0


def is_signed_by(session: Session, keys: Sequence[str]) -> bool:
    """Whether one of these keys made the newest seal; true where there is none yet."""
    last = _last(session)
    return last is None or not seals.fault(seals.Kept(last.content, last.signature), keys, PURPOSE)


def _last(session: Session) -> AuditSeal | None:
    return session.scalars(select(AuditSeal).order_by(AuditSeal.id.desc()).limit(1)).first()


def _covered(session: Session, sealed: Mapping[str, Any]) -> Iterator[str]:
    sequence, cut = sealed["sequence"], audit.last_cut(session)
    if cut is not None and sequence < cut.sequence:
        return
    found = _hash_of(session, sequence)
    if found is None and sequence:
        yield f"entry {sequence} is missing, with which the trail ended at {sealed['at']}"
    elif found != sealed["hash"] and sequence:
        yield f"entry {sequence} is not the one with which the trail ended at {sealed['at']}"


def _hash_of(session: Session, sequence: int) -> str | None:
    """The hash of an entry that is there, or that the trail was cut after."""
    entry = select(AuditEntry.hash).where(AuditEntry.sequence == sequence)
    cut = select(AuditCut.hash).where(AuditCut.sequence == sequence)
    return session.scalar(entry) or session.scalar(cut)


def sealed_by(session: Session, moment: datetime) -> int:
    """The last entry that a seal covered by a moment; 0 for none."""
    query = select(AuditSeal).where(AuditSeal.at <= moment).order_by(AuditSeal.id.desc()).limit(1)
    found = session.scalars(query).first()
    return int(found.content["sequence"]) if found else 0


def seal(database: Database, folder: Path, keys: Sequence[str], now: datetime) -> int:
    """Seal the trail as it ends now: a signed row, and then the same line in `folder`. Returns that entry's number."""
    with database.session() as session:
        if not database.is_sqlite:
            session.execute(text("LOCK TABLE audit_seals IN EXCLUSIVE MODE"))
        before = _last(session)
        head = session.get(AuditHead, TRAIL)
        sequence, last = (head.sequence, head.hash) if head else (0, "")
        content = {
            "at": now.isoformat(),
            "sequence": sequence,
            "hash": last,
            "previous": before.signature if before else "",
        }
        kept = seals.sign(content, keys[0], PURPOSE)
        session.add(AuditSeal(at=now, content=kept.content, signature=kept.signature))
        session.commit()
    keep_outside(database, folder)
    with database.session(write=False) as session:
        audit_marks.forget(session, folder, keys, sequence)
    # Where lines of the log leave the machine, this one is proof against whoever rewrites all that is on it.
    log.info("the audit trail was sealed", extra={"facts": {"entry": sequence, "hash": last}})
    return sequence


def seal_daily(database: Database, folder: Path, keys: Sequence[str], now: datetime) -> bool:
    """Seal the trail unless this day (UTC) has its seal; says whether it did.

    Whatever seal the file lacks is written to it, so one that a crash kept out comes an hour later.
    """
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    with database.session(write=False) as session:
        is_sealed = session.scalar(select(AuditSeal.id).where(AuditSeal.at >= midnight).limit(1)) is not None
    if is_sealed:
        keep_outside(database, folder)
        return False
    seal(database, folder, keys, now)
    return True


def ask(session: Session, actor: str, now: datetime) -> None:
    """Ask for a check of the whole trail, which the worker does; the caller commits, and nudges `trail`."""
    session.add(AuditCheck(asked_at=now, asked_by=actor))
    audit.record(session, actor=actor, action="audit.check", now=now)


def check(database: Database, folder: Path, keys: Sequence[str], now: datetime) -> bool:
    """Check the trail where somebody asked, or the last check is a day old; says whether it did."""
    with database.session(write=False) as session:
        recent = or_(AuditCheck.done_at.is_(None), AuditCheck.done_at > now - EVERY)
        known = session.scalars(select(AuditCheck).where(recent)).all()
        asked = [each.id for each in known if each.done_at is None]
        if known and not asked:
            return False
        last = last_entry(session)
        found = [finding.text for finding in verify(session, folder, keys)]
    with database.session() as session:
        answers = session.scalars(select(AuditCheck).where(AuditCheck.id.in_(asked))).all()
        if not answers:
            answers = [AuditCheck(asked_at=now, asked_by="system")]
            session.add_all(answers)
        for each in answers:
            each.done_at, each.sequence, each.findings = now, last, found[:SHOWN]
        session.commit()
    return True


def last_check(session: Session) -> AuditCheck | None:
    """The newest check that is done."""
    query = select(AuditCheck).where(AuditCheck.done_at.is_not(None))
    return session.scalars(query.order_by(AuditCheck.done_at.desc(), AuditCheck.id.desc()).limit(1)).first()


def waiting_check(session: Session) -> AuditCheck | None:
    """A check that somebody asked for and that is not done yet."""
    return session.scalars(select(AuditCheck).where(AuditCheck.done_at.is_(None)).limit(1)).first()


def _in_database(session: Session) -> Iterator[seals.Kept]:
    query = select(AuditSeal.content, AuditSeal.signature).order_by(AuditSeal.id)
    for content, signature in session.execute(query.execution_options(yield_per=100)):
        yield seals.Kept(content, signature)


def _made_meanwhile(session: Session, signatures: set[str]) -> set[str]:
    if not signatures:
        return set()
    with present(session) as fresh:
        return set(fresh.scalars(select(AuditSeal.signature).where(AuditSeal.signature.in_(signatures))))


def keep_outside(database: Database, folder: Path) -> None:
    """Append to the file every seal of the database that it lacks; done twice, it does nothing more."""
    with database.session(write=False) as session:
        seals.keep_outside(folder / FILE, _in_database(session))
