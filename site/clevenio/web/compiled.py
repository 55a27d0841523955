"""Compiled templates, kept from one start to the next: who first asks for a page waits for the page alone."""

import hashlib
import os
from contextlib import suppress
from functools import cache
from pathlib import Path

import jinja2
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from clevenio import i18n

DIGEST = hashlib.sha256().digest_size


@cache
def _digest(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes() if path.exists() else b"").digest()


class CompiledTemplates(BytecodeCache):
    """The templates of one environment, as files in a folder of the installation's own.

    A file is of use to the program that wrote it alone, so its name carries what it was made by: the catalogue, whose
    texts stand in it, and what compiles. Jinja itself compares Python's version and the template's text. A
    file that is torn, or cannot be written, means that the template is compiled again.
    """

    def __init__(self, folder: Path, language: str, kind: str) -> None:
        made_by = hashlib.sha256(f"{jinja2.__version__}\n{kind}\n".encode())
        for source in (Path(i18n.__file__), i18n.catalogue_file(language)):
            made_by.update(_digest(source))
        self._folder = folder
        self._kind = f"{language}-{kind}-"
        self._name = f"{self._kind}{made_by.hexdigest()[:20]}-"
        self._clear()

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take a template's code from its file, where that is whole."""
        with suppress(OSError):
            found = (self._folder / f"{self._name}{bucket.key}").read_bytes()
            if hashlib.sha256(found[DIGEST:]).digest() == found[:DIGEST]:
                bucket.bytecode_from_string(found[DIGEST:])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template's code. Several processes may at once."""
        code = bucket.bytecode_to_string()
        new = self._folder / f"{self._name}{bucket.key}.{os.getpid()}"
        with suppress(OSError):
            self._folder.mkdir(exist_ok=True)
            new.write_bytes(hashlib.sha256(code).digest() + code)
            new.replace(self._folder / f"{self._name}{bucket.key}")

    def _clear(self) -> None:
        """Remove what other programs wrote, which nobody reads any more."""
        for path in self._folder.glob(f"{self._kind}*"):
            if not path.name.startswith(self._name):
                path.unlink(missing_ok=True)
