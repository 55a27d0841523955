"""Seals the ledger each day. Nobody who decides waits for it."""

import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from clevenio import chain
from clevenio import seals as seal_files
from clevenio.consent import marking, publication, seals
from clevenio.consent.models import Decision, SealRow
from clevenio.database import Database, is_sqlite
from clevenio.errors import Unavailable

log = logging.getLogger(__name__)
PATIENCE = 30.0
# Whoever may still add a row under a number that was already given out holds this lock until then.
_writers = text(
    "SELECT virtualtransaction FROM pg_locks WHERE granted AND mode = 'RowExclusiveLock' "
    "AND relation = 'consent_decisions'::regclass "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def seal(database: Database, folder: Path, keys: Sequence[str], now: datetime) -> chain.Seal:
    """Seal the rows since the last seal: a signed row, and then the same line in `folder`.

    The rows are read without a lock; only the seal itself is written. Raises `Unavailable` where a
    long transaction does not end in time, or another process seals at the same moment.
    """
    with database.session(write=False) as session:
        before = seals.last(session)
        since = before.content["position"] if before else None
        made = _made(session, since, PATIENCE)
    content = {**seals.content(made, now), "previous": before.signature if before else ""}
    printed = before.content.get("fingerprint", chain.START) if before else chain.START
    content["fingerprint"] = publication.fingerprint(printed, content)
    kept = seal_files.sign(content, keys[0])
    with database.session() as session:
        if not database.is_sqlite:
            session.execute(text("LOCK TABLE consent_seals IN EXCLUSIVE MODE"))
        last = seals.last(session)
        if (last and last.id) != (before and before.id):
            raise Unavailable("Another process sealed the ledger at the same moment.")
        session.add(SealRow(at=now, content=kept.content, signature=kept.signature))
        session.commit()
    keep_outside(database, folder)
    with database.session(write=False) as session:
        marking.forget(session, folder, keys, made.position)
    return made


def seal_daily(database: Database, folder: Path, keys: Sequence[str], now: datetime) -> bool:
    """Seal the ledger unless this day (UTC) has its seal; says whether it did.

    Whatever seal the file lacks is written to it, so one that a crash kept out comes an hour later.
    """
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    with database.session(write=False) as session:
        is_sealed = session.scalar(select(SealRow.id).where(SealRow.at >= midnight).limit(1)) is not None
    if is_sealed:
        keep_outside(database, folder)
        return False
    try:
        seal(database, folder, keys, now)
    except Unavailable as problem:
        log.warning("the ledger is sealed an hour later: %s", problem)
        return False
    return True


def mark(database: Database, folder: Path, keys: Sequence[str], now: datetime) -> bool:
    """Mark the rows since the last mark, or the last seal, in a file; says whether there were any.

    The worker does it each minute, so that a decision cut off together with its head is found although
    nobody who decides waits for a mark. A long transaction puts it off by a minute.
    """
    with database.session(write=False) as session:
        since = marking.position(session, folder, keys)
        try:
            made = _made(session, since, 1.0)
        except Unavailable:
            return False
    if made.rows:
        marking.add(folder, keys, made, now)
    return bool(made.rows)


def _made(session: Session, since: int | None, patience: float) -> chain.Seal:
    newest = session.scalar(select(func.max(Decision.id)))
    position = max(newest or 0, since or 0)
    _wait_for_writers(session, patience)
    return chain.seal(seals.links(session, since, position), since, position)


def _wait_for_writers(session: Session, patience: float) -> None:
    """Until no open transaction can slip a row under a number that was seen.

    PostgreSQL hands numbers out before rows are committed, so those that write now are waited for,
    and nobody who comes later. SQLite has one writer, and its numbers come in the order of commits.
    """
    if is_sqlite(session):
        return
    until = time.monotonic() + patience
    waited_for = set(session.scalars(_writers))
    while waited_for:
        if time.monotonic() > until:
            raise Unavailable(
                "Somebody writes decisions in one long transaction. Try again when it has ended."
            )
        time.sleep(0.05)
        waited_for &= set(session.scalars(_writers))


def keep_outside(database: Database, folder: Path) -> None:
    """Append to the file every seal of the database that it lacks; done twice, it does nothing more."""
    with database.session(write=False) as session:
        seal_files.keep_outside(seals.path(folder), seals.in_database(session))
