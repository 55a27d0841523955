"""Compiled templates, kept from one start to the next: who first asks for a page waits for the page alone."""

import hashlib
import hmac
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile

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

    What is read here runs, so each file carries a code (HMAC) by a key of the installation over its name and content. The name
    says what it was made by: the catalogue, whose texts stand in it, and what compiles. Jinja itself compares
    Python's version and the template's text. A file that is torn, foreign or cannot be written means that the
    template is compiled again.
    """

    def __init__(self, folder: Path, language: str, kind: str, key: str) -> None:
        made_by = hashlib.sha256(f"{jinja2.__version__}\n{kind}\n".encode())
        for source in (Path(i18n.__file__), i18n.catalogue_file(language)):
            made_by.update(_digest(source))
        self._folder = folder
        self._key = hmac.digest(key.encode(), b"clevenio.templates", "sha256")
        self._kind = f"{language}-{kind}-"
        self._name = f"{self._kind}{made_by.hexdigest()[:20]}-"
        self._clear()

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take a template's code from its file, where that is whole and ours."""
        name = f"{self._name}{bucket.key}"
        with suppress(OSError):
            found = (self._folder / name).read_bytes()
            if hmac.compare_digest(self._code(name, found[DIGEST:]), found[:DIGEST]):
                bucket.bytecode_from_string(found[DIGEST:])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template's code. Several processes may at once."""
        name, content = f"{self._name}{bucket.key}", bucket.bytecode_to_string()
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, exist_ok=True)
            with NamedTemporaryFile(dir=self._folder, prefix=f"{self._kind}new-", delete=False) as file:
                try:
                    file.write(self._code(name, content) + content)
                    file.flush()
                    Path(file.name).replace(self._folder / name)
                except OSError:
                    Path(file.name).unlink(missing_ok=True)

    def _code(self, name: str, content: bytes) -> bytes:
        return hmac.digest(self._key, f"{name}\n".encode() + content, "sha256")

    def _clear(self) -> None:
        """Remove what other programs wrote, which nobody reads any more, and what was not written to its end."""
        with suppress(OSError):
            for path in self._folder.glob(f"{self._kind}*"):
                if not path.name.startswith(self._name):
                    path.unlink(missing_ok=True)
