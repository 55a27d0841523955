"""Rows that are linked by hash, so that a changed or missing one is found.

The ledger keeps a chain per subject, the audit trail one chain. A link's hash covers the hash
before it and every field of the row; a heads table says where each chain ends, and a seal kept
outside the database says where all of them ended on a day.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

START = "0" * 64
BUCKETS = 256


def link(previous: str, fields: Mapping[str, object]) -> str:
    """The hash of a row: SHA-256, in hex, of the previous hash and its fields as canonical JSON.

    Moments are written in UTC with microseconds, UUIDs with hyphens, keys sorted, no spaces.
    """
    return hashlib.sha256(f"{previous}\n{_canonical.encode(fields)}".encode()).hexdigest()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no canonical form")


_canonical = json.JSONEncoder(default=_plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True)
class Seal:
    """Where all chains ended at one row number: counts and a root over every head."""

    position: int
    subjects: int
    rows: int
    buckets: tuple[str, ...]

    @property
    def root(self) -> str:
        """One hash for everything sealed."""
        return hashlib.sha256("".join(self.buckets).encode("ascii")).hexdigest()


def seal(heads: Iterable[tuple[UUID, int, str]], position: int) -> Seal:
    """The seal over heads (subject, sequence, hash), which must come ordered by subject.

    Heads fall into 256 buckets by the first byte of the subject, so that a difference found
    later points to a small part of the subjects.
    """
    digests = [hashlib.sha256() for _ in range(BUCKETS)]
    subjects = rows = 0
    for subject, sequence, head in heads:
        digests[subject.bytes[0]].update(f"{subject}:{sequence}:{head}\n".encode("ascii"))
        subjects += 1
        rows += sequence
    return Seal(position, subjects, rows, tuple(digest.hexdigest() for digest in digests))
