"""Finds what was changed, removed or slipped into the ledger, by its chains, heads and seals."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from clevenio import chain
from clevenio.consent import links, marking, publication, seals, tombstones
from clevenio.consent.models import Decision, Head, Notice, Standing
from clevenio.consent.notices import notice_id
from clevenio.seals import Copies, faults

BATCH = 5000
_NO_HEAD: tuple[int | None, str | None] = (None, None)


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: what, about whom (None where nobody in particular), in words."""

    kind: str
    subject: UUID | None
    text: str


def verify(
    session: Session, folder: Path, keys: Sequence[str], published: str | None = None
) -> Iterator[Finding]:
    """Everything that does not fit. Memory stays flat: rows are read in order, and let go.

    `published`: a document of seals that somebody kept, to compare with those of today. Raises `BadInput`.
    """
    if published is not None:
        yield from (Finding("published", None, text) for text in publication.differences(session, published))
    yield from _notices(session)
    yield from _chains(session)
    yield from _empty_heads(session)
    for subject, text in tombstones.faults(session, keys):
        yield Finding("tombstone", subject, text)
    yield from _seals(session, folder, keys)


def verify_subject(session: Session, subject: UUID) -> list[Finding]:
    """What does not fit in one subject's chain and standing, and in the wordings that it names.

    Of seals it says nothing: those cover the whole ledger.
    """
    named = select(Decision.notice).where(Decision.subject == subject)
    return [*_notices(session, named), *_chains(session, subject)]


def _notices(session: Session, only: Select[str] | None = None) -> Iterator[Finding]:
    kept = select(Notice) if only is None else select(Notice).where(Notice.id.in_(only))
    for row in session.scalars(kept.execution_options(yield_per=BATCH)):
        if notice_id(row.kind, row.language, row.content) != row.id:
            yield Finding("notice", None, f"the wording {row.id} was changed")
    named = only if only is not None else select(Decision.notice)
    for notice in session.scalars(named.where(Decision.notice.not_in(select(Notice.id))).distinct()):
        yield Finding("notice", None, f"the wording {notice} is missing")


def _chains(session: Session, only: UUID | None = None) -> Iterator[Finding]:
    """Each chain from its first decision to its head, and the standing that follows from it."""
    following = standings = 0
    for text, rows in groupby(links.along_chains(session, only), key=itemgetter(0)):
        number, previous, head = 0, chain.START, _NO_HEAD
        stands: dict[str, bool] = {}
        for row in rows:
            _, sequence, covered, found, head, purpose, follows, standings = row
            if sequence != number + 1:
                yield Finding("missing", UUID(text), f"decision {number + 1} is missing")
            elif chain.linked(previous, covered) != found:
                yield Finding("changed", UUID(text), f"decision {sequence} was changed")
            number, previous = sequence, found
            stands[purpose] = follows
        if head != (number, previous):
            yield _end(UUID(text), number, head[0])
        following += sum(stands.values())
        yield from (_standing(UUID(text), purpose) for purpose, follows in stands.items() if not follows)
    if following != standings or not following:
        yield from _invented(session, only)


def _end(subject: UUID, number: int, end: int | None) -> Finding:
    if end is not None and end > number:
        return Finding("missing", subject, f"decisions {number + 1} to {end} are missing")
    return Finding("head", subject, "the chain does not end where its head says")


def _empty_heads(session: Session) -> Iterator[Finding]:
    query = select(Head.subject, Head.sequence).where(
        Head.sequence > 0, ~select(Decision.id).where(Decision.subject == Head.subject).exists()
    )
    for subject, sequence in session.execute(query.execution_options(yield_per=BATCH)):
        yield Finding("missing", subject, f"decisions 1 to {sequence} are missing")


def _invented(session: Session, only: UUID | None) -> Iterator[Finding]:
    """Standing of which no decision knows; what decisions say that is not there is found along the chains."""
    known = select(Decision.id).where(
        Decision.subject == Standing.subject,
        Decision.sequence == Standing.sequence,
        Decision.purpose == Standing.purpose,
    )
    query = select(Standing.subject, Standing.purpose).where(~known.exists())
    if only:
        query = query.where(Standing.subject == only)
    for subject, purpose in session.execute(query.execution_options(yield_per=BATCH)):
        yield _standing(subject, purpose)


def _standing(subject: UUID, purpose: str) -> Finding:
    return Finding("standing", subject, f"the standing for {purpose} does not follow from the decisions")


def _seals(session: Session, folder: Path, keys: Sequence[str]) -> Iterator[Finding]:
    """Each seal against the rows that it covers, in both places, and the marks made since the last one."""
    copies = Copies(
        seals.in_database(session), seals.path(folder), keys, lambda new: seals.made_meanwhile(session, new)
    )
    for text in faults(copies, lambda sealed: seals.difference(session, sealed, "seal")):
        yield Finding("seal", None, text)
    for text in publication.faults(session):
        yield Finding("fingerprint", None, text)
    for text in marking.faults(session, folder, keys):
        yield Finding("mark", None, text)
