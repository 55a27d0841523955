"""Tombstones of removed chains: signed, so that none can be put up for what was removed by somebody else."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID

from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from clevenio.consent.links import hyphenated
from clevenio.consent.models import BuriedLink, Decision, RemovalPermit, Tombstone
from clevenio.signing import keyed_hash

BATCH = 5000
# Row number, sequence and hash of a decision that is gone.
Link = tuple[int, int, str]


def sign(key: str, subject: UUID | str, at: datetime, links: Sequence[Link]) -> str:
    """The signature of a tombstone, over the whole chain that it stands for; `subject` as UUIDs are written."""
    chain = "".join(f"{number}:{sequence}:{link}\n" for number, sequence, link in links)
    return keyed_hash(key, "consent tombstone", str(subject), at.isoformat(), chain)


def faults(session: Session, keys: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Whose tombstone or permit does not hold, as the database writes the subject, and why, in words."""
    for subject in session.scalars(select(cast(RemovalPermit.subject, Text))):
        yield subject, "a permit to remove decisions was left standing"
    query = (
        select(
            Tombstone.id,
            cast(Tombstone.subject, Text),
            Tombstone.at,
            Tombstone.signature,
            BuriedLink.number,
            BuriedLink.sequence,
            BuriedLink.hash,
            Decision.id.label("there"),
        )
        .outerjoin(BuriedLink, BuriedLink.tombstone == Tombstone.id)
        .outerjoin(Decision, Decision.id == BuriedLink.number)
        .order_by(Tombstone.id, BuriedLink.sequence)
    )
    rows = session.execute(query.execution_options(yield_per=BATCH))
    for (_, subject, at, signature), stones in groupby(rows, key=lambda row: tuple(row[:4])):
        found = list(stones)
        links = [(row.number, row.sequence, row.hash) for row in found if row.hash]
        if signature not in {sign(key, hyphenated(subject), at, links) for key in keys}:
            yield subject, "the tombstone was changed, or is nobody's"
        if any(row.there for row in found):
            yield subject, "decisions are there although a tombstone says that they are gone"
