"""Seals: a signed row of the database, and the same line in a file outside it.

A seal names the one before it, so a missing one is found; what it covers is for its owner to say, the
ledger or the audit trail.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clevenio.durable import sync
from clevenio.signing import keyed_hash


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


def sign(content: Mapping[str, Any], key: str, purpose: str = "seal") -> Kept:
    """Seal it: the signature is a keyed hash over all of the content, which also says which key that was.

    A seal of one purpose is none of another.
    """
    named = {**content, "key": _name(key)}
    return Kept(named, _signature(named, key, purpose))


def fault(kept: Kept, keys: Sequence[str], purpose: str = "seal") -> str | None:
    """What is wrong with a seal by itself, in words; any key of the ring will do."""
    if kept.signature in {_signature(kept.content, key, purpose) for key in keys}:
        return None
    at = kept.content.get("at")
    if kept.content.get("key") not in {_name(key) for key in keys}:
        return f"the seal of {at} is signed with a key that is no longer in the ring"
    return f"the seal of {at} was changed"


def _signature(content: Mapping[str, Any], key: str, purpose: str) -> str:
    return keyed_hash(key, purpose, json.dumps(content, sort_keys=True))


def _name(key: str) -> str:
    return keyed_hash(key, "name of a seal's key")[:16]


def in_file(path: Path) -> Iterator[Kept | None]:
    """Every seal of a file, in its order; None for a line that is none."""
    if not path.exists():
        return
    with path.open("rb") as file:
        for line in file:
            yield parsed(line)


def sound_in(path: Path, keys: Sequence[str], purpose: str = "seal") -> Iterator[Kept]:
    """Those of a file that carry their signature, one at a time."""
    yield from (each for each in in_file(path) if each and not fault(each, keys, purpose))


def parsed(line: bytes) -> Kept | None:
    """A seal from its line; None for a line that is none."""
    try:
        content = json.loads(line)
        return Kept(content, str(content.pop("signature")))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


@dataclass(frozen=True)
class Copies:
    """Both places where seals of one purpose are kept, and how each is read.

    `inside` reads the database at the moment of its session, `made_meanwhile` tells which of these
    signatures it has by now.
    """

    inside: Iterable[Kept]
    path: Path
    keys: Sequence[str]
    made_meanwhile: Callable[[set[str]], set[str]]
    purpose: str = "seal"


def faults(copies: Copies, covered: Callable[[Mapping[str, Any]], Iterator[str]]) -> Iterator[str]:
    """Everything that is wrong with seals and with what they cover, in words.

    The database is read first: a seal that is made meanwhile reaches the file after its row.
    """
    links: dict[str, str] = {}
    inside, outside, held = set[str](), set[str](), set[str]()
    for place, found in ((inside, copies.inside), (outside, in_file(copies.path))):
        for number, kept in enumerate(found, 1):
            if kept is None:
                yield f"line {number} of {copies.path.name} cannot be read"
                continue
            place.add(kept.signature)
            wrong = fault(kept, copies.keys, copies.purpose)
            if wrong:
                yield wrong
            elif kept.signature not in held:
                held.add(kept.signature)
                links[kept.content["previous"]] = kept.content["at"]
                yield from covered(kept.content)
    if inside - outside:
        yield f"{len(inside - outside)} seals are missing from {copies.path.name}"
    lost = outside - inside - copies.made_meanwhile(outside - inside)
    if lost:
        yield f"{len(lost)} seals are missing from the database"
    for previous, at in links.items():
        if previous and previous not in inside | outside:
            yield f"the seal before that of {at} is missing"


def keep_outside(path: Path, seals: Iterable[Kept]) -> None:
    """Append to the file every seal that it lacks; done twice, it does nothing more."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        known, torn = set[bytes](), b""
        for line in file:
            known.add(hashlib.sha256(line).digest())
            torn = b"" if line.endswith(b"\n") else line
        for kept in seals:
            if hashlib.sha256(kept.line).digest() in known:
                continue
            if torn and kept.line.startswith(torn):
                # What a crash left of this very line.
                file.truncate(file.seek(0, os.SEEK_END) - len(torn))
            elif torn:
                file.write(b"\n")
            torn = b""
            file.write(kept.line)
        file.flush()
        os.fsync(file.fileno())
    sync(path.parent)
