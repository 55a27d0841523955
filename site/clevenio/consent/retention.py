"""Whole chains go when the evidence in them has served its time; a tombstone stays in the place of each.

The only way that a decision leaves the ledger: a permit for the one subject, which the database's
trigger looks for, stands for as long as the transaction lasts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, and_, delete, insert, or_, select
from sqlalchemy.orm import Session

from clevenio import chain
from clevenio.consent import seals, tombstones
from clevenio.consent.models import (
    BuriedLink,
    Decision,
    Head,
    Notice,
    RemovalPermit,
    Standing,
    State,
    Tombstone,
)
from clevenio.consent.notices import BROWSER_KINDS
from clevenio.sweeps import is_among


@dataclass(frozen=True)
class Term:
    """Which evidence has served its time.

    Consents that ended before `ended_before` have. A browser's consent ends by itself after `lapse`; a
    person's only by their own word. `held` selects subjects whose chains stay whatever their age:
    restricted ones, and whoever must not be asked or written to on the strength of an old refusal.
    """

    ended_before: datetime
    lapse: timedelta
    held: Select[UUID] | None = field(default=None)


def expired(term: Term) -> Select[UUID]:
    """The subjects all of whose consents ended long enough ago, as a query."""
    ended, granted = term.ended_before, Standing.state == State.GRANTED.value
    # By what was shown, because a category or a vendor may leave the registry and the consent stays.
    by_browsers = select(Notice.id).where(Notice.kind.in_(BROWSER_KINDS))
    is_needed = or_(
        Standing.since >= ended,
        and_(granted, Standing.notice.not_in(by_browsers)),
        and_(granted, Standing.since >= ended - term.lapse),
    )
    needed = select(Standing.subject).where(Standing.subject == Head.subject, is_needed)
    query = select(Head.subject).where(Head.sequence > 0, ~needed.exists())
    return query if term.held is None else query.where(~is_among(Head.subject, term.held))


def remove_expired(session: Session, keys: Sequence[str], term: Term, now: datetime, limit: int = 500) -> int:
    """Remove up to `limit` expired chains, each whole, and leave their tombstones; how many there were.

    A chain that no seal covers yet stays: without its rows nobody could tell a removed tombstone. The
    caller commits, and comes back until nothing is left.
    """
    last = seals.last(session)
    if last is None:
        return 0
    sealed: int = last.content["position"]
    newer = select(Decision.id).where(Decision.subject == Head.subject, Decision.id > sealed)
    query = expired(term).where(~newer.exists()).order_by(Head.subject)
    # Locked as whoever decides locks it, so a decision comes before this, and keeps the chain, or after it.
    found = session.scalars(query.limit(limit).with_for_update(of=Head))
    subjects = list(found)
    # What was locked may have been decided anew while the lock was waited for.
    subjects = list(session.scalars(query.where(Head.subject.in_(subjects)))) if subjects else []
    for subject in subjects:
        _bury(session, keys, subject, now)
    return len(subjects)


def _bury(session: Session, keys: Sequence[str], subject: UUID, now: datetime) -> None:
    rows = select(Decision.id, Decision.sequence, Decision.hash).where(Decision.subject == subject)
    links = [(row.id, row.sequence, row.hash) for row in session.execute(rows.order_by(Decision.sequence))]
    tombstone = Tombstone(subject=subject, at=now, signature=tombstones.sign(keys[0], subject, now, links))
    session.add(tombstone)
    session.flush()
    buried = [
        {"number": number, "tombstone": tombstone.id, "sequence": sequence, "hash": link}
        for number, sequence, link in links
    ]
    session.execute(insert(RemovalPermit).values(subject=subject))
    session.execute(delete(Decision).where(Decision.subject == subject))
    session.execute(delete(RemovalPermit).where(RemovalPermit.subject == subject))
    session.execute(insert(BuriedLink), buried)
    session.execute(delete(Standing).where(Standing.subject == subject))
    # The head stays, empty: somebody may be waiting for its lock to decide anew.
    head = session.get_one(Head, subject, populate_existing=True)
    head.sequence, head.hash = 0, chain.START
    session.flush()
