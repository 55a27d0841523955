"""Finds what was changed, removed or slipped into the ledger, by its chains, heads and seals."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clevenio import chain
from clevenio.consent import marking, seals
from clevenio.consent.models import Decision, Head, Notice, Standing
from clevenio.consent.notices import notice_id
from clevenio.seals import Copies, faults

BATCH = 5000


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: what, about whom (None where nobody in particular), in words."""

    kind: str
    subject: UUID | None
    text: str


def verify(session: Session, folder: Path, keys: Sequence[str]) -> Iterator[Finding]:
    """Everything that does not fit. Memory stays flat: rows are read in order, and let go."""
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
    """Each seal against the rows that it covers, in both places, and the marks made since the last one."""
    copies = Copies(
        seals.in_database(session), seals.path(folder), keys, lambda new: seals.made_meanwhile(session, new)
    )
    for text in faults(copies, lambda sealed: seals.difference(session, sealed, "seal")):
        yield Finding("seal", None, text)
    for text in marking.faults(session, folder, keys):
        yield Finding("mark", None, text)
