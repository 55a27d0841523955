"""Checks the file of an answer by itself: no database, no key, and at most a copy of the published seals.

Whoever changes a byte is told where: the file in the zip, the decision, the version, the seal.
"""

import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from typing import Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile

from clevenio import chain
from clevenio.consent import proofs, publication
from clevenio.consent.notices import notice_id
from clevenio.rights.evidence.package import ANSWER, LEDGER, NAMED, SUMS, TRAIL, bundle, sums

PARTS = (*NAMED, TRAIL, SUMS)
COVERED = (
    *("at", "basis", "channel", "evidence", "language", "notice", "purpose", "sequence", "state", "subject"),
)
ENTRY = ("action", "actor", "at", "details", "reason", "sequence", "subject")


@dataclass(frozen=True)
class Finding:
    """One thing that does not fit: where, and what, in words."""

    where: str
    text: str


@dataclass(frozen=True)
class Read:
    """The parts of a file, and what of them could be read."""

    parts: Mapping[str, bytes]
    answer: Mapping[str, Any]
    ledger: Mapping[str, Any]
    trail: Mapping[str, Any]

    @property
    def decisions(self) -> list[Mapping[str, Any]]:
        """Every decision of every chain."""
        return [row for each in self.ledger["chains"] for row in each["decisions"]]


def check(content: bytes, published: str | None = None) -> tuple[Read | None, list[Finding]]:
    """What is in a file, and everything that does not fit in it; None where it cannot be read at all.

    Raises `BadInput` where `published` is no document of seals.
    """
    kept = publication.read(published) if published is not None else None
    try:
        parts = _parts(content)
    except (
        BadZipFile,
        NotImplementedError,
        ValueError,
        EOFError,
        RuntimeError,
        OSError,
        struct.error,
    ) as error:
        return None, [Finding("the zip", f"cannot be read: {error}")]
    missing = [name for name in PARTS if name not in parts]
    if missing:
        return None, [Finding(name, "is missing") for name in missing]
    found = list(_sums(parts))
    try:
        read = Read(parts, *(json.loads(parts[name]) for name in (ANSWER, LEDGER, TRAIL)))
        found += [*_container(content, read), *_entry(read), *_ledger(read.ledger)]
        if kept is not None:
            found += _published(read.ledger, kept)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        # Which part that is, its sum says.
        return None, [*found, Finding("the file", f"is not of the form of an answer: {error!r}")]
    return read, found


def under_seals(read: Read, published: str | None = None) -> int:
    """How many decisions a path leads from to a seal; with a document that was kept, to one that it vouches for.

    A fingerprint holds every seal before its own, and none after. Raises `BadInput` as `check` does.
    """
    names = [seal["at"] for seal in read.ledger["seals"]]
    if published is not None:
        kept = publication.read(published)
        last = max((number for number, name in enumerate(names, 1) if name in kept), default=0)
        names = names[:last]
    return sum(row["path"] is not None and row["seal"] in names for row in read.decisions)


def _parts(content: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(content)) as archive:
        # Ours are stored. Nothing is unpacked, so no small file can grow large.
        packed = [each.filename for each in archive.infolist() if each.compress_type != ZIP_STORED]
        if packed:
            raise BadZipFile(f"{packed[0]} is not as it was stored")
        return {name: archive.read(name) for name in archive.namelist()}


def _sums(parts: Mapping[str, bytes]) -> Iterator[Finding]:
    expected = sums({name: content for name, content in parts.items() if name != SUMS})
    if parts[SUMS] == expected:
        return
    said = dict(line.split(b"  ", 1)[::-1] for line in parts[SUMS].splitlines() if b"  " in line)
    for name, content in parts.items():
        if name != SUMS and said.get(name.encode()) != sha256(content).hexdigest().encode():
            yield Finding(name, f"is not the one that {SUMS} names")
    if all(said.get(line.split(b"  ", 1)[1]) == line.split(b"  ", 1)[0] for line in expected.splitlines()):
        yield Finding(SUMS, "holds more than the sums of the files")


def _container(content: bytes, read: Read) -> Iterator[Finding]:
    """Whether the zip around the parts is the one that is made of them."""
    made = bundle(read.parts, datetime.fromisoformat(read.answer["made_at"]))
    if made == content:
        return
    place = next(
        (n for n, (one, other) in enumerate(zip(made, content, strict=False)) if one != other),
        min(len(made), len(content)),
    )
    yield Finding("the zip", f"is not as it was made, from byte {place} on")


def _entry(read: Read) -> Iterator[Finding]:
    entry, mark = read.trail["entry"], read.trail["mark"]
    if chain.link(entry["previous"], {name: entry[name] for name in ENTRY}) != entry["hash"]:
        yield Finding(TRAIL, f"entry {entry['sequence']} was changed")
    for name in NAMED:
        if entry["details"]["sha256"].get(name) != sha256(read.parts[name]).hexdigest():
            yield Finding(name, f"is not the one that entry {entry['sequence']} of the audit trail names")
    if mark and mark["sequence"] == entry["sequence"] and mark["hash"] != entry["hash"]:
        yield Finding(TRAIL, "the mark is not of this entry")


def _ledger(ledger: Mapping[str, Any]) -> Iterator[Finding]:
    seals = {seal["at"]: seal for seal in ledger["seals"]}
    for each in ledger["chains"]:
        yield from (
            Finding(_named(each["subject"]), f"when it was taken: {text}") for text in each["findings"]
        )
        yield from _chain(each["subject"], each["decisions"], seals, ledger["versions"])
    for name, version in ledger["versions"].items():
        if notice_id(version["kind"], version["language"], version["content"]) != name:
            yield Finding(f"version {name}", "was changed")
    yield from _seals(ledger["seals"])


def _chain(
    subject: str,
    decisions: Sequence[Mapping[str, Any]],
    seals: Mapping[str, Mapping[str, Any]],
    versions: Mapping[str, Any],
) -> Iterator[Finding]:
    previous = chain.START
    for number, row in enumerate(decisions, 1):
        where = f"{_named(subject)}, decision {number}"
        if row["sequence"] != number or row["subject"] != subject:
            yield Finding(where, "is missing, or another one stands in its place")
        elif chain.link(previous, {name: row[name] for name in COVERED}) != row["hash"]:
            yield Finding(where, "was changed")
        if row["notice"] not in versions:
            yield Finding(where, f"its version {row['notice']} is missing")
        if row["seal"] is not None:
            yield from (Finding(where, text) for text in _under(row, seals.get(row["seal"])))
        previous = row["hash"]


def _under(row: Mapping[str, Any], seal: Mapping[str, Any] | None) -> Iterator[str]:
    """What is wrong with a decision's way to its seal."""
    if seal is None:
        yield f"its seal of {row['seal']} is missing"
    elif row["path"] is not None:
        if not proofs.is_under(row, seal):
            yield f"is not under the seal of {row['seal']}"
    elif "buckets" in seal:
        yield "its path to the seal is missing"


def _seals(seals: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    previous = seals[0]["previous"] if seals else None
    for seal in seals:
        where = f"seal of {seal['at']}"
        if "buckets" in seal and chain.root(seal["buckets"]) != seal["root"]:
            yield Finding(where, "its buckets do not make its root")
        if seal["previous"] != previous:
            yield Finding(where, "does not follow the seal before it")
        if publication.fingerprint(seal["previous"], seal) != seal["fingerprint"]:
            yield Finding(where, "its fingerprint does not follow from it")
        previous = seal["fingerprint"]


def _published(ledger: Mapping[str, Any], kept: Mapping[str, str]) -> Iterator[Finding]:
    """Seals that are not those of a document that somebody kept; one of them has to be in both."""
    shared = [seal for seal in ledger["seals"] if seal["at"] in kept]
    if ledger["seals"] and not shared:
        yield Finding("the published seals", "have no seal in common with this file; keep a newer copy")
    for seal in shared:
        if kept[seal["at"]] != seal["fingerprint"]:
            yield Finding(f"seal of {seal['at']}", "is not the one that was published")


def _named(subject: str) -> str:
    return f"chain {subject}"
