"""A mail as it arrived, byte for byte: what a parser would mend is what receivers object to."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from clevenio.errors import BadInput

LARGEST = 20_000_000
_FIELD = re.compile(rb"([\x21-\x39\x3b-\x7e]+)[ \t]*:(.*)", re.DOTALL)


@dataclass(frozen=True)
class Field:
    """A header field: its name in lower case, and its lines without the ends of line."""

    name: str
    raw: bytes

    @property
    def is_folded(self) -> bool:
        """Whether it stands on more than one line."""
        return b"\n" in self.raw

    @property
    def value(self) -> str:
        """Its text on one line."""
        return " ".join(self.raw.decode("utf-8", "replace").split())


@dataclass(frozen=True)
class Arrived:
    """A mail with lines that end as on the wire."""

    data: bytes

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """Every header field, in its order."""
        return tuple(_fields(self.data.partition(b"\r\n\r\n")[0]))

    def all(self, name: str) -> list[Field]:
        """Those of one name."""
        return [field for field in self.fields if field.name == name.lower()]

    def one(self, name: str) -> str:
        """The text of the first of a name; empty where there is none."""
        return next((field.value for field in self.all(name)), "")

    @property
    def lines(self) -> list[bytes]:
        """Every line."""
        return self.data.split(b"\r\n")


def opened(path: Path) -> Arrived:
    """The mail in a file, as a mail program or a mailbox keeps it. Raises `BadInput`."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        reason = error.strerror or "unreadable"
        raise BadInput("%(file)s cannot be read: %(reason)s.", file=path, reason=reason) from error
    if len(data) > LARGEST:
        raise BadInput("%(file)s is larger than %(size)s MB.", file=path, size=LARGEST // 1_000_000)
    found = Arrived(re.sub(rb"\r\n|\r|\n", b"\r\n", _without_envelope(data)))
    if not found.fields:
        raise BadInput("%(file)s is no mail: it has no header.", file=path)
    return found


def _without_envelope(data: bytes) -> bytes:
    """Without the line that a mailbox file puts in front (RFC 4155)."""
    return data.partition(b"\n")[2] if data.startswith(b"From ") else data


def _fields(head: bytes) -> Iterator[Field]:
    for lines in re.split(rb"\r\n(?![ \t])", head):
        if match := _FIELD.fullmatch(lines):
            yield Field(match[1].decode("ascii").lower(), match[2].replace(b"\r\n", b"\n").strip(b" \t"))
