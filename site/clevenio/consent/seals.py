"""The ledger's seals: each covers the rows since the seal before it.

So together they cover the whole ledger, and each row stays under the seal it was first put under.
"""

from collections.abc import Collection, Iterator
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio.consent.models import Decision, SealRow
from clevenio.seals import Kept

FILE = "consent.jsonl"
BATCH = 5000


def path(folder: Path) -> Path:
    """The file of the ledger's seals."""
    return folder / FILE


def in_database(session: Session) -> Iterator[Kept]:
    """Every seal of the database, the oldest first."""
    query = select(SealRow.content, SealRow.signature).order_by(SealRow.id)
    for content, signature in session.execute(query.execution_options(yield_per=100)):
        yield Kept(content, signature)


def made_meanwhile(session: Session, signatures: Collection[str]) -> set[str]:
    """Those of these seals that the database has by now, whatever moment this session looks at."""
    if not signatures:
        return set()
    reading = session.get_bind().engine.execution_options(clevenio_write=False)
    with Session(reading) as fresh:
        return set(fresh.scalars(select(SealRow.signature).where(SealRow.signature.in_(signatures))))


def links(session: Session, since: int | None, position: int) -> Iterator[tuple[int, UUID, int, str]]:
    """Row number, subject, sequence and hash of the decisions above `since`, up to `position`."""
    query = select(Decision.id, Decision.subject, Decision.sequence, Decision.hash).where(
        Decision.id <= position
    )
    if since is not None:
        query = query.where(Decision.id > since)
    rows = session.execute(query.order_by(Decision.id).execution_options(yield_per=BATCH))
    yield from map(tuple, rows)
