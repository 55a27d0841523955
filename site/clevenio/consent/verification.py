"""Finds what was changed, removed or slipped into the ledger, by its chains, heads and seals."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain as all_of
from itertools import groupby, pairwise, repeat
from multiprocessing import get_context
from operator import itemgetter
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, and_, cast, func, select, true
from sqlalchemy.orm import Session

from clevenio import chain
from clevenio.consent import links, marking, publication, seals, tombstones
from clevenio.consent.models import Decision, Head, Notice, Standing
from clevenio.consent.notices import notice_id
from clevenio.database import Database
from clevenio.i18n import gettext as _
from clevenio.seals import Copies, faults

BATCH = 5000
# From this many decisions on two more processes are worth their start.
MANY = 100_000
# One checks a span of subjects at a time. The first has no beginning and the last no end, and each ends where the next
# begins: a subject that is none, as somebody may have slipped in, lies within one of them all the same.
ENDS = [None, *(UUID(int=first << 124) for first in range(1, 16)), None]
SPANS = list(pairwise(ENDS))
_NO_HEAD: tuple[int | None, str | None] = (None, None)


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: what, about whom (None where nobody in particular), in words.

    Pages show what is found about one subject, so that is said in the current language.
    """

    kind: str
    subject: UUID | None
    text: str

    @classmethod
    def about(cls, kind: str, subject: str, text: str) -> "Finding":
        """One about a subject as the database writes it; one that is no identifier stands in the words."""
        try:
            return cls(kind, UUID(subject), text)
        except ValueError:
            return cls(
                kind,
                None,
                _("%(what)s, of a subject that is none: %(subject)s", what=text, subject=repr(subject)),
            )


def verify(
    session: Session, folder: Path, keys: Sequence[str], published: str | None = None
) -> Iterator[Finding]:
    """Everything that does not fit. Memory stays flat: rows are read in order, and let go.

    `published`: a document of seals that somebody kept, to compare with those of today. Raises `BadInput`.
    """
    if published is not None:
        yield from (Finding("published", None, text) for text in publication.differences(session, published))
    yield from _notices(session)
    with _chains_checked(session) as found:
        others = [
            *_empty_heads(session),
            *(
                Finding.about("tombstone", subject, text)
                for subject, text in tombstones.faults(session, keys)
            ),
            *_seals(session, folder, keys),
        ]
        yield from found
    yield from others


def verify_subject(session: Session, subject: UUID) -> list[Finding]:
    """What does not fit in one subject's chain and standing, and in the wordings that it names.

    Of seals it says nothing: those cover the whole ledger.
    """
    named = select(Decision.notice).where(Decision.subject == subject)
    return [*_notices(session, named), *_chains(session, lambda column: column == subject)]


def _notices(session: Session, only: Select[str] | None = None) -> Iterator[Finding]:
    kept = select(Notice) if only is None else select(Notice).where(Notice.id.in_(only))
    for row in session.scalars(kept.execution_options(yield_per=BATCH)):
        if notice_id(row.kind, row.language, row.content) != row.id:
            yield Finding("notice", None, _("the wording %(version)s was changed", version=row.id))
    named = only if only is not None else select(Decision.notice)
    for notice in session.scalars(named.where(Decision.notice.not_in(select(Notice.id))).distinct()):
        yield Finding("notice", None, _("the wording %(version)s is missing", version=notice))


@contextmanager
def _chains_checked(session: Session) -> Iterator[Iterable[Finding]]:
    """What is wrong along all chains; in a large ledger other processes look for it from the start of the block."""
    if (session.scalar(select(func.max(Decision.id))) or 0) < MANY:
        yield _chains(session)
        return
    url = session.get_bind().engine.url.render_as_string(hide_password=False)
    # Not forked: a copy of this process would hold its connection to the database too.
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        yield all_of.from_iterable(processes.map(_within, repeat(url), SPANS))


def _within(url: str, span: tuple[UUID | None, UUID | None]) -> list[Finding]:
    first, end = span

    def which(column: Any) -> ColumnElement[bool]:
        return and_(column >= first if first else true(), column < end if end else true())

    database = Database(url)
    try:
        with database.session(write=False) as session:
            return list(_chains(session, which))
    finally:
        database.close()


def _chains(session: Session, which: links.Which | None = None) -> Iterator[Finding]:
    """Each chain from its first decision to its head, and the standing that follows from it."""
    following = standings = 0
    for text, rows in groupby(links.along_chains(session, which), key=itemgetter(0)):
        number, previous, head = 0, chain.START, _NO_HEAD
        stands: dict[str, bool] = {}
        for row in rows:
            _subject, sequence, covered, found, head, purpose, follows, standings = row
            if sequence != number + 1:
                yield Finding.about("missing", text, _("decision %(number)s is missing", number=number + 1))
            elif chain.linked(previous, covered) != found:
                yield Finding.about("changed", text, _("decision %(number)s was changed", number=sequence))
            number, previous = sequence, found
            stands[purpose] = follows
        if head != (number, previous):
            yield _end(text, number, head[0])
        following += sum(stands.values())
        yield from (_standing(text, purpose) for purpose, follows in stands.items() if not follows)
    if following != standings or not following:
        yield from _invented(session, which)


def _end(subject: str, number: int, end: int | None) -> Finding:
    if end is not None and end > number:
        return Finding.about(
            "missing", subject, _("decisions %(first)s to %(last)s are missing", first=number + 1, last=end)
        )
    return Finding.about("head", subject, _("the chain does not end where its head says"))


def _empty_heads(session: Session) -> Iterator[Finding]:
    query = select(cast(Head.subject, Text), Head.sequence).where(
        Head.sequence > 0, ~select(Decision.id).where(Decision.subject == Head.subject).exists()
    )
    for subject, sequence in session.execute(query.execution_options(yield_per=BATCH)):
        yield Finding.about(
            "missing", subject, _("decisions %(first)s to %(last)s are missing", first=1, last=sequence)
        )


def _invented(session: Session, which: links.Which | None) -> Iterator[Finding]:
    """Standing of which no decision knows; what decisions say that is not there is found along the chains."""
    known = select(Decision.id).where(
        Decision.subject == Standing.subject,
        Decision.sequence == Standing.sequence,
        Decision.purpose == Standing.purpose,
    )
    query = select(cast(Standing.subject, Text), Standing.purpose).where(~known.exists())
    if which:
        query = query.where(which(Standing.subject))
    for subject, purpose in session.execute(query.execution_options(yield_per=BATCH)):
        yield _standing(subject, purpose)


def _standing(subject: str, purpose: str) -> Finding:
    return Finding.about(
        "standing",
        subject,
        _("the standing for %(purpose)s does not follow from the decisions", purpose=purpose),
    )


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
