"""The port that `serve` listens on, kept in the data folder: what a command beside it mails leads to that site."""

import logging
import os
from contextlib import suppress
from pathlib import Path

log = logging.getLogger(__name__)
FILE = "port"
MOST = 65535


def keep(data: Path, port: int) -> None:
    """Note the port of the site that begins to serve this folder; whole, or not at all."""
    new = data / f".{FILE}.{os.getpid()}"
    try:
        new.write_text(f"{port}\n", encoding="ascii")
        new.replace(data / FILE)
    except OSError:
        log.exception("commands beside this site will not know its port")
        with suppress(OSError):
            new.unlink(missing_ok=True)


def last(data: Path) -> int | None:
    """The port of the site that serves this folder, or did last; None where none has, or nobody can tell."""
    with suppress(OSError, ValueError):
        port = int((data / FILE).read_text(encoding="ascii"))
        return port if 0 < port <= MOST else None
    return None
