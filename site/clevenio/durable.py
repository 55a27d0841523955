"""Files that are on the disk, under their names, when a function returns."""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Have a file's content, or the names in a folder, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace(path: Path, content: bytes) -> None:
    """Have a file hold this, whole or as it was before, whatever happens meanwhile. One writer at a time."""
    new = path.with_suffix(".new")
    new.write_bytes(content)
    sync(new)
    new.replace(path)
    sync(path.parent)
