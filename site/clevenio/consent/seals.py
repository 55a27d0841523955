"""The ledger's seals: each covers the rows since the seal before it.

So together they cover the whole ledger, and each row stays under the seal it was first put under.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Text, cast, select, union_all
from sqlalchemy.orm import Session

from clevenio import chain
from clevenio.consent.links import Which, hyphenated
from clevenio.consent.models import BuriedLink, Decision, SealRow, Tombstone
from clevenio.database import bare_rows, present
from clevenio.seals import Kept

FILE = "consent.jsonl"


def path(folder: Path) -> Path:
    """The file of the ledger's seals."""
    return folder / FILE


def last(session: Session) -> SealRow | None:
    """The newest seal."""
    return session.scalars(select(SealRow).order_by(SealRow.id.desc()).limit(1)).first()


def content(made: chain.Seal, now: datetime) -> dict[str, Any]:
    """What is signed of rows that were taken together."""
    return {**asdict(made), "root": made.root, "at": now.isoformat()}


def difference(session: Session, signed: Mapping[str, Any], signed_by: str) -> Iterator[str]:
    """How the rows are not those that were signed, in words; `signed_by` is a seal or a mark."""
    since, position = signed["since"], signed["position"]
    # A seal of before there were trees does not say how it was made.
    digests = signed.get("digests", chain.RUNNING)
    now = chain.seal(links(session, since, position), since, position, digests)
    if now.root == signed["root"]:
        return
    was = signed["buckets"]
    names = sorted(name for name in was.keys() | now.buckets.keys() if was.get(name) != now.buckets.get(name))
    lost = signed["rows"] - now.rows
    what = (
        f"{lost} decisions under the {signed_by} of {signed['at']} are missing"
        if lost > 0
        else f"the decisions are not those under the {signed_by} of {signed['at']}"
    )
    yield f"{what}; their identifiers begin with {', '.join(names)}"


def in_database(session: Session) -> Iterator[Kept]:
    """Every seal of the database, the oldest first."""
    query = select(SealRow.content, SealRow.signature).order_by(SealRow.id)
    for content, signature in session.execute(query.execution_options(yield_per=100)):
        yield Kept(content, signature)


def made_meanwhile(session: Session, signatures: Collection[str]) -> set[str]:
    """Those of these seals that the database has by now, whatever moment this session looks at."""
    if not signatures:
        return set()
    with present(session) as fresh:
        return set(fresh.scalars(select(SealRow.signature).where(SealRow.signature.in_(signatures))))


def links(
    session: Session, since: int | None, position: int, which: Which | None = None
) -> Iterator[tuple[int, str, int, str]]:
    """Row number, subject, sequence and hash of the decisions above `since`, up to `position`.

    Those that went when their time was over are among them, by what their tombstones keep. All in one
    statement, so that a chain is seen before it goes or after, and never half.
    """
    kept = select(Decision.id.label("number"), cast(Decision.subject, Text), Decision.sequence, Decision.hash)
    gone = select(BuriedLink.number, cast(Tombstone.subject, Text), BuriedLink.sequence, BuriedLink.hash)
    gone = gone.join(Tombstone, Tombstone.id == BuriedLink.tombstone)
    if which:
        kept, gone = kept.where(which(Decision.subject)), gone.where(which(Tombstone.subject))
    # Few subjects are found by their own index; a condition on the bare number would have all rows read.
    number = Decision.id + 0 if which else Decision.id
    kept, gone = kept.where(number <= position), gone.where(BuriedLink.number <= position)
    if since is not None:
        kept, gone = kept.where(number > since), gone.where(BuriedLink.number > since)
    both = union_all(kept, gone)
    for number, subject, sequence, found in bare_rows(session, both.order_by(both.selected_columns.number)):
        yield number, hyphenated(subject), sequence, found


def buried(session: Session, subject: UUID) -> Sequence[BuriedLink]:
    """What tombstones keep of a subject's decisions."""
    query = select(BuriedLink).join(Tombstone, Tombstone.id == BuriedLink.tombstone)
    return session.scalars(query.where(Tombstone.subject == subject)).all()
