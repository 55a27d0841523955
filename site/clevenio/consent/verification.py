"""Finds what was changed, removed or slipped into the ledger, by its chains, heads and seals."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from clevenio import chain
from clevenio.consent.models import Decision, Head, Notice, SealRow, Standing
from clevenio.consent.notices import notice_id
from clevenio.database import Database, is_sqlite
from clevenio.signing import keyed_hash

BATCH = 5000


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: what, about whom (None where nobody in particular), in words."""

    kind: str
    subject: UUID | None
    text: str


def seal(session: Session, folder: Path, keys: Sequence[str], now: datetime) -> chain.Seal:
    """Seal the ledger as it stands: a signed row, and the same line in `$DATA/seals/consent.jsonl`."""
    position = _settled_position(session)
    made = chain.seal(_heads_at(session, position), position)
    content = {**asdict(made), "buckets": list(made.buckets), "root": made.root, "at": now.isoformat()}
    signature = keyed_hash(keys[0], "seal", json.dumps(content, sort_keys=True))
    session.add(SealRow(at=now, content=content, signature=signature))
    session.flush()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "consent.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({**content, "signature": signature}, sort_keys=True) + "\n")
    return made


def seal_daily(database: Database, folder: Path, keys: Sequence[str], now: datetime) -> bool:
    """Seal the ledger unless this day (UTC) has its seal, and commit; says whether it did."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    with database.session() as session:
        if not database.is_sqlite:
            # Two workers at once: the second waits, and then finds the seal.
            session.execute(text("LOCK TABLE consent_seals IN EXCLUSIVE MODE"))
        if session.scalar(select(SealRow.id).where(SealRow.at >= midnight).limit(1)):
            return False
        seal(session, folder, keys, now)
        session.commit()
        return True


def _settled_position(session: Session) -> int:
    """The last row number that no open transaction can still slip under.

    PostgreSQL hands numbers out before rows are committed; the lock waits for those in flight
    and is given back with this transaction. SQLite has one writer, and we are it.
    """
    if not is_sqlite(session):
        session.execute(text("LOCK TABLE consent_decisions IN SHARE MODE"))
    return session.scalar(select(func.coalesce(func.max(Decision.id), 0))) or 0


def _heads_at(session: Session, position: int) -> Iterator[tuple[UUID, int, str]]:
    ends = (
        select(Decision.subject, func.max(Decision.sequence).label("sequence"))
        .where(Decision.id <= position)
        .group_by(Decision.subject)
        .subquery()
    )
    query = (
        select(Decision.subject, Decision.sequence, Decision.hash)
        .join(ends, (ends.c.subject == Decision.subject) & (ends.c.sequence == Decision.sequence))
        .order_by(Decision.subject)
    )
    yield from map(tuple, session.execute(query.execution_options(yield_per=BATCH)))


def verify(session: Session, folder: Path, keys: Sequence[str]) -> Iterator[Finding]:
    """Everything that does not fit. Memory stays flat; every row is read once in order."""
    yield from _notices(session)
    yield from _chains(session)
    yield from _empty_heads(session)
    yield from _standing(session)
    yield from _seals(session, folder, keys)


def _notices(session: Session) -> Iterator[Finding]:
    for row in session.scalars(select(Notice).execution_options(yield_per=BATCH)):
        if notice_id(row.kind, row.language, row.content) != row.id:
            yield Finding("notice", None, f"the wording {row.id} was changed")
    orphans = select(Decision.notice).where(Decision.notice.not_in(select(Notice.id))).distinct()
    for notice in session.scalars(orphans):
        yield Finding("notice", None, f"the wording {notice} is missing")


def _chains(session: Session) -> Iterator[Finding]:
    query = (
        select(Decision, Head.sequence, Head.hash)
        .outerjoin(Head, Head.subject == Decision.subject)
        .order_by(Decision.subject, Decision.sequence)
        .execution_options(yield_per=BATCH)
    )
    subject, sequence, previous, end = None, 0, chain.START, (0, chain.START)
    for row, head_sequence, head_hash in session.execute(query):
        if row.subject != subject:
            yield from _end(subject, sequence, previous, end)
            subject, sequence, previous = row.subject, 0, chain.START
            end = (head_sequence, head_hash)
        if row.sequence != sequence + 1:
            yield Finding("missing", subject, f"decision {sequence + 1} is missing")
        elif chain.link(previous, row.fields()) != row.hash:
            yield Finding("changed", subject, f"decision {row.sequence} was changed")
        sequence, previous = row.sequence, row.hash
        session.expunge(row)
    yield from _end(subject, sequence, previous, end)


def _end(
    subject: UUID | None, sequence: int, last: str, head: tuple[int | None, str | None]
) -> Iterator[Finding]:
    if subject is None or head == (sequence, last):
        return
    if head[0] is not None and head[0] > sequence:
        yield Finding("missing", subject, f"decisions {sequence + 1} to {head[0]} are missing")
    else:
        yield Finding("head", subject, "the chain does not end where its head says")


def _empty_heads(session: Session) -> Iterator[Finding]:
    query = select(Head.subject, Head.sequence).where(
        Head.sequence > 0, ~select(Decision.id).where(Decision.subject == Head.subject).exists()
    )
    for subject, sequence in session.execute(query.execution_options(yield_per=BATCH)):
        yield Finding("missing", subject, f"decisions 1 to {sequence} are missing")


def _standing(session: Session) -> Iterator[Finding]:
    last = (
        select(Decision.subject, Decision.purpose, func.max(Decision.sequence).label("sequence"))
        .group_by(Decision.subject, Decision.purpose)
        .subquery()
    )
    truth = (
        select(Decision)
        .join(
            last,
            (last.c.subject == Decision.subject) & (last.c.sequence == Decision.sequence),
        )
        .subquery()
    )
    same = (
        (Standing.subject == truth.c.subject)
        & (Standing.purpose == truth.c.purpose)
        & (Standing.state == truth.c.state)
        & (Standing.basis == truth.c.basis)
        & (Standing.sequence == truth.c.sequence)
        & (Standing.notice == truth.c.notice)
    )
    wrong = (
        select(truth.c.subject, truth.c.purpose).outerjoin(Standing, same).where(Standing.subject.is_(None))
    )
    invented = (
        select(Standing.subject, Standing.purpose).outerjoin(truth, same).where(truth.c.subject.is_(None))
    )
    for subject, purpose in {*map(tuple, session.execute(wrong)), *map(tuple, session.execute(invented))}:
        yield Finding("standing", subject, f"the standing for {purpose} does not follow from the decisions")


def _seals(session: Session, folder: Path, keys: Sequence[str]) -> Iterator[Finding]:
    path = folder / "consent.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    outside = [json.loads(line) for line in lines if line.strip()]
    inside = {row.signature for row in session.scalars(select(SealRow))}
    known = {line["signature"] for line in outside}
    if inside - known:
        yield Finding("seal", None, f"{len(inside - known)} seals are missing from {path.name}")
    if known - inside:
        yield Finding("seal", None, f"{len(known - inside)} seals are missing from the database")
    for line in outside:
        content = {name: value for name, value in line.items() if name != "signature"}
        body = json.dumps(content, sort_keys=True)
        if line["signature"] not in {keyed_hash(key, "seal", body) for key in keys}:
            yield Finding("seal", None, f"the seal of {line['at']} was changed")
            return
    if outside:
        yield from _broken_seal(session, outside[-1])


def _broken_seal(session: Session, sealed: dict[str, Any]) -> Iterator[Finding]:
    now = chain.seal(_heads_at(session, int(sealed["position"])), int(sealed["position"]))
    if now.root == sealed["root"]:
        return
    lost = int(sealed["subjects"]) - now.subjects
    buckets = sealed["buckets"]
    where = [f"{n:02x}" for n, (was, is_) in enumerate(zip(buckets, now.buckets, strict=True)) if was != is_]
    text_ = (
        f"{lost} subjects are missing since the seal of {sealed['at']}"
        if lost > 0
        else (f"the ledger is not what the seal of {sealed['at']} says")
    )
    yield Finding("seal", None, f"{text_}; their identifiers begin with {', '.join(where)}")
