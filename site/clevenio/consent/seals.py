"""What a seal is, and where it is kept: a signed row of the database, and the same line in a file.

A seal covers the rows since the seal before it and names that one, so together they cover the whole
ledger and each row stays under the seal it was first put under.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio.consent.models import Decision, SealRow
from clevenio.signing import keyed_hash

FILE = "consent.jsonl"
BATCH = 5000


@dataclass(frozen=True)
class Kept:
    """A seal as it was found somewhere; nothing in it is to be trusted before `fault` finds none."""

    content: Mapping[str, Any]
    signature: str

    @property
    def line(self) -> bytes:
        """The line of the file."""
        text = json.dumps({**self.content, "signature": self.signature}, sort_keys=True)
        return text.encode("ascii") + b"\n"


def sign(content: Mapping[str, Any], key: str) -> Kept:
    """Seal it: the signature is a keyed hash over all of the content, which also says which key that was."""
    named = {**content, "key": _name(key)}
    return Kept(named, _signature(named, key))


def fault(kept: Kept, keys: Sequence[str]) -> str | None:
    """What is wrong with a seal by itself, in words; any key of the ring will do."""
    if kept.signature in {_signature(kept.content, key) for key in keys}:
        return None
    at = kept.content.get("at")
    if kept.content.get("key") not in {_name(key) for key in keys}:
        return f"the seal of {at} is signed with a key that is no longer in the ring"
    return f"the seal of {at} was changed"


def _signature(content: Mapping[str, Any], key: str) -> str:
    return keyed_hash(key, "seal", json.dumps(content, sort_keys=True))


def _name(key: str) -> str:
    return keyed_hash(key, "name of a seal's key")[:16]


def in_database(session: Session) -> Iterator[Kept]:
    """Every seal of the database, the oldest first."""
    query = select(SealRow.content, SealRow.signature).order_by(SealRow.id)
    for content, signature in session.execute(query.execution_options(yield_per=100)):
        yield Kept(content, signature)


def in_file(folder: Path) -> Iterator[Kept | None]:
    """Every seal of the file, in its order; None for a line that is none."""
    path = folder / FILE
    if not path.exists():
        return
    with path.open("rb") as file:
        for line in file:
            yield _parsed(line)


def _parsed(line: bytes) -> Kept | None:
    try:
        content = json.loads(line)
        return Kept(content, str(content.pop("signature")))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


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
