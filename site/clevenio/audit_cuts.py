"""Cuts of the audit trail: the oldest entries go when their time is over, and what is left can still be verified.

The only way that an entry leaves the trail: a permit for each, which the database's trigger looks for, stands
for as long as the transaction lasts. A cut stays in their place, with the hash that the next entry goes on
from, signed, so that none can be put up for what was removed by somebody else. It reaches no further than a
seal that was made before the time was over: so nothing younger can have gone by it.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime

from sqlalchemy import delete, exists, insert, select
from sqlalchemy.orm import Session

from clevenio.audit import AuditCut, AuditEntry, AuditRemovalPermit, last_cut
from clevenio.signing import keyed_hash

PURPOSE = "audit cut"


def take(
    session: Session,
    keys: Sequence[str],
    sealed: int,
    before: datetime,
    now: datetime,
    *,
    held: Collection[str] = (),
    limit: int = 1000,
) -> int:
    """Let go of the oldest entries, up to `limit`, and leave a cut; how many there were.

    `sealed` is the last entry that a seal covered by `before`. Entries stay from the first on that is about
    one of the `held`, as the trail names them: a chain is cut at one place. The caller commits, and comes back.
    """
    cut = last_cut(session)
    begun = cut.sequence if cut else 0
    query = select(AuditEntry.sequence, AuditEntry.hash, AuditEntry.subject)
    oldest = query.where(AuditEntry.sequence > begun, AuditEntry.sequence <= min(sealed, begun + limit))
    gone: list[tuple[int, str]] = []
    for sequence, found, subject in session.execute(oldest.order_by(AuditEntry.sequence)):
        if subject in held:
            break
        gone.append((sequence, found))
    if not gone:
        return 0
    last, last_hash = gone[-1]
    session.execute(insert(AuditRemovalPermit), [{"sequence": sequence} for sequence, _ in gone])
    session.execute(delete(AuditEntry).where(AuditEntry.sequence > begun, AuditEntry.sequence <= last))
    session.execute(delete(AuditRemovalPermit).where(AuditRemovalPermit.sequence.between(begun + 1, last)))
    signature = _signature(keys[0], now, before, last, last_hash)
    session.add(AuditCut(at=now, before=before, sequence=last, hash=last_hash, signature=signature))
    session.flush()
    return len(gone)


def faults(session: Session, keys: Sequence[str], sealed_by: Callable[[datetime], int]) -> Iterator[str]:
    """Cuts that do not hold, and entries that are there although one says that they are gone, in words.

    `sealed_by` gives the last entry that a seal covered by a moment.
    """
    last = 0
    for cut in session.scalars(select(AuditCut).order_by(AuditCut.id)):
        made = (cut.at, cut.before, cut.sequence, cut.hash)
        if cut.signature not in {_signature(key, *made) for key in keys}:
            yield f"the cut up to entry {cut.sequence} was changed, or is nobody's"
        elif cut.sequence > sealed_by(cut.before) or cut.before > cut.at:
            yield f"the cut up to entry {cut.sequence} reaches further than its time"
        last = max(last, cut.sequence)
    if session.scalar(select(exists().where(AuditEntry.sequence <= last))):
        yield f"entries are there although a cut says that all up to {last} are gone"
    if session.scalar(select(exists().select_from(AuditRemovalPermit))):
        yield "a permit to remove entries was left standing"


def _signature(key: str, at: datetime, before: datetime, sequence: int, link: str) -> str:
    return keyed_hash(key, PURPOSE, at.isoformat(), before.isoformat(), str(sequence), link)
