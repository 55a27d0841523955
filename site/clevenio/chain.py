"""Rows that are linked by hash, so that a changed or missing one is found.

The ledger keeps a chain per subject, the audit trail one chain. A link's hash covers the hash
before it and every field of the row; a heads table says where each chain ends, and the seals, also
kept outside the database, say which links were added in which order since the seal before.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from clevenio.trees import Tree

START = "0" * 64
# How a seal digests the links of a bucket: by a Merkle tree, or, before there were trees, by one running hash.
TREES, RUNNING = "trees", "running"


def link(previous: str, fields: Mapping[str, object]) -> str:
    """The hash of a row: SHA-256, in hex, of the previous hash and its fields as canonical JSON.

    Moments are written in UTC with microseconds, UUIDs with hyphens, keys sorted, no spaces.
    """
    return linked(previous, canonical(fields))


def linked(previous: str, covered: str) -> str:
    """The same of fields that are canonical JSON already."""
    return hashlib.sha256(f"{previous}\n{covered}".encode()).hexdigest()


def canonical(fields: Mapping[str, object]) -> str:
    """Fields as canonical JSON: one text for one content."""
    return _canonical.encode(fields)


def moment(at: datetime) -> str:
    """A moment as links cover it: in UTC, with microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no canonical form")


_canonical = json.JSONEncoder(default=_plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True)
class Seal:
    """The links between two row numbers: counts, and a root over every one of them.

    `since` is the last row number before, None where there is none; `subjects` are those whose chain
    begins here; `buckets` has a digest for each first byte of a subject, in hex, that occurs, `digests`
    says of which kind.
    """

    since: int | None
    position: int
    subjects: int
    rows: int
    buckets: Mapping[str, str]
    digests: str

    @property
    def root(self) -> str:
        """One hash for everything sealed."""
        return root(self.buckets)


def root(buckets: Mapping[str, str]) -> str:
    """One hash over the digests of all buckets."""
    text = "".join(f"{name}:{digest}\n" for name, digest in sorted(buckets.items()))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def seal(
    links: Iterable[tuple[int, str, int, str]], since: int | None, position: int, digests: str = TREES
) -> Seal:
    """The seal over links (row number, subject as UUIDs are written, sequence, hash), in the order of row numbers.

    They fall into buckets by the first byte of the subject, so that a difference found later points
    to a small part of the subjects. Each bucket is a Merkle tree, so that a link can be shown to be under
    the seal without showing anybody else's; seals of before have one running hash a bucket.
    """
    made: dict[str, Any] = {}
    new = Tree if digests == TREES else hashlib.sha256
    end = b"" if digests == TREES else b"\n"
    subjects = rows = 0
    for number, subject, sequence, link_hash in links:
        name = subject[:2]
        digest = made.get(name) or made.setdefault(name, new())
        digest.update(leaf(number, subject, sequence, link_hash) + end)
        subjects += sequence == 1
        rows += 1
    buckets = {name: digest.hexdigest() for name, digest in sorted(made.items())}
    return Seal(since, position, subjects, rows, buckets, digests)


def leaf(number: int, subject: str, sequence: int, link_hash: str) -> bytes:
    """A link as a seal takes it."""
    return f"{number}:{subject}:{sequence}:{link_hash}".encode("ascii")
