"""The file itself: a tar whose first member, signed, says what the others are and how they have to be.

Any tar program opens it. It is written beside its place and appears there whole, for its owner alone.
"""

import hashlib
import os
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from tempfile import NamedTemporaryFile
from typing import Any, BinaryIO

from clevenio import seals
from clevenio.durable import sync
from clevenio.errors import BadInput, Refused
from clevenio.settings import SECRETS

FORMAT = 1
MANIFEST = "manifest.json"
PURPOSE = "backup"
PIECE = 1 << 20
LARGEST_MANIFEST = 256 << 20


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself. `signature` is to be checked before anything else is believed."""

    content: Mapping[str, Any]
    signature: str

    @property
    def parts(self) -> Mapping[str, Mapping[str, Any]]:
        """Size in bytes and SHA-256 of each part, by its name in the file."""
        found: Mapping[str, Mapping[str, Any]] = self.content["parts"]
        return found

    def fault(self, key: str) -> str | None:
        """What is wrong with the signature, in words."""
        return seals.fault(seals.Kept(self.content, self.signature), [key], PURPOSE)


def write(path: Path, facts: Mapping[str, Any], parts: Mapping[str, Path], key: str) -> int:
    """Write the file and have it on the disk; returns its size. Whatever was there stays until then."""
    listed: dict[str, dict[str, Any]] = {
        name: {"bytes": source.stat().st_size, "sha256": digest(source)} for name, source in parts.items()
    }
    signed = seals.sign({**facts, "format": FORMAT, "parts": listed}, key, PURPOSE)
    # Made with mode 0600.
    with NamedTemporaryFile("wb", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
                _add(tar, MANIFEST, len(signed.line), BytesIO(signed.line))
                for name, source in parts.items():
                    with source.open("rb") as opened:
                        _add(tar, name, listed[name]["bytes"], opened)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            with suppress(FileNotFoundError):
                Path(file.name).unlink()
            raise
    sync(path.parent)
    return path.stat().st_size


def _add(tar: tarfile.TarFile, name: str, size: int, content: BinaryIO | BytesIO) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    tar.addfile(member, content)


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def opened(path: Path) -> Iterator["Reader"]:
    """A backup, to be read from its beginning to its end. Raises `BadInput` where it is none, or damaged."""
    try:
        with path.open("rb") as file, tarfile.open(fileobj=file, mode="r|") as tar:
            yield Reader(tar)
    except tarfile.TarError as error:
        raise BadInput("This is no backup, or it is damaged: %(reason)s.", reason=str(error)) from error
    except OSError as error:
        if error.filename is None and error.errno is None:
            raise BadInput("This is no backup, or it is damaged: %(reason)s.", reason=str(error)) from error
        raise Refused(
            "%(path)s cannot be read or written: %(reason)s.",
            path=error.filename or path,
            reason=error.strerror,
        ) from error


class Reader:
    """A backup that is being read."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.manifest = self._manifest()

    def _manifest(self) -> Manifest:
        member = self._tar.next()
        if member is None or member.name != MANIFEST or member.size > LARGEST_MANIFEST:
            raise BadInput("This is no backup of this program: it does not begin with what it holds.")
        kept = seals.parsed(_content(self._tar, member).read())
        if kept is None or not isinstance(kept.content.get("parts"), dict):
            raise BadInput("This is no backup of this program: it does not begin with what it holds.")
        if kept.content.get("format") != FORMAT:
            raise BadInput(
                "This backup has format %(format)s; this program reads %(known)s. Use a newer program.",
                format=kept.content.get("format"),
                known=FORMAT,
            )
        if not _is_complete(kept.content):
            raise BadInput("This is no backup of this program: it does not begin with what it holds.")
        return Manifest(kept.content, kept.signature)

    def unpack(self, folder: Path) -> None:
        """Write every part under a folder. Raises `BadInput` where one is missing, changed or cut off."""
        left = dict(self.manifest.parts)
        while (member := self._tar.next()) is not None:
            wanted = left.pop(member.name, None)
            if wanted is None or not member.isreg() or not _is_inside(member.name):
                raise BadInput("The backup holds %(name)s, which it does not name.", name=member.name)
            _unpack(self._tar, member, wanted, folder / member.name)
        if left:
            raise BadInput("The backup is cut off: %(names)s missing.", names=", ".join(sorted(left)))


def _is_complete(content: Mapping[str, Any]) -> bool:
    """Whether a manifest says everything that is asked of it before its signature is checked."""
    keys, parts = content.get("keys"), content["parts"].values()
    return (
        isinstance(content.get("at"), str)
        and isinstance(content.get("schema"), str)
        and isinstance(keys, dict)
        and all(isinstance(keys.get(name), list) for name in SECRETS)
        and all(isinstance(each, dict) and {"bytes", "sha256"} <= each.keys() for each in parts)
    )


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Any:
    content = tar.extractfile(member)
    if content is None:
        raise BadInput("The backup holds %(name)s, which it does not name.", name=member.name)
    return content


def _unpack(tar: tarfile.TarFile, member: tarfile.TarInfo, wanted: Mapping[str, Any], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    seen, size, content = hashlib.sha256(), 0, _content(tar, member)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while piece := content.read(PIECE):
            seen.update(piece)
            size += len(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    if size != wanted["bytes"] or seen.hexdigest() != wanted["sha256"]:
        raise BadInput("The backup is damaged: %(name)s is not as it was written.", name=member.name)
