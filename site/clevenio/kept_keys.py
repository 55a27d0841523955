"""Keys: rings of them in a setting, and the ones that `local` makes once and keeps in its folder."""

import os
import secrets
from pathlib import Path
from tempfile import NamedTemporaryFile

from clevenio.errors import BadInput


def key_ring(text: str, name: str) -> tuple[str, ...]:
    """The keys of a setting, with commas between. Raises `BadInput` for one that is too short."""
    keys = tuple(part.strip() for part in text.split(",") if part.strip())
    if not keys or any(len(key) < 32 for key in keys):
        raise BadInput("CLEVENIO_%(name)s: every key has at least 32 characters.", name=name)
    return keys


def key_file(data: Path, name: str) -> Path:
    """Where `local` keeps the key that it made for a setting."""
    return data / "keys" / name.lower()


def kept_keys(data: Path, name: str) -> tuple[str, ...]:
    """The key that `local` made once and keeps in `$DATA/keys`, readable by its owner alone.

    It appears under its name whole and synced or not at all, so a process that starts at the same
    moment never reads half of it; whoever is second takes the first one's.
    """
    path = key_file(data, name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            _write_once(path, secrets.token_urlsafe(48))
        return key_ring(path.read_text(encoding="ascii"), name)
    except OSError as error:
        raise BadInput(
            "CLEVENIO_DATA: the folder %(path)s cannot be used: %(reason)s.",
            path=str(data),
            reason=error.strerror or "unwritable",
        ) from error


def _write_once(path: Path, text: str) -> None:
    """Put a file into place unless there is one by now."""
    # Made with mode 0600.
    with NamedTemporaryFile("w", encoding="ascii", dir=path.parent, prefix=".") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
        try:
            path.hardlink_to(file.name)
        except FileExistsError:
            return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
