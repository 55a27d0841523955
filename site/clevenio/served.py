"""The port that `serve` listens on, kept in the data folder: what a command beside it mails leads to that site."""

from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

MOST = 65535


def keep(data: Path, port: int) -> None:
    """Note the port of the site that begins to serve this folder; whole, or not at all."""
    path = _file(data)
    with NamedTemporaryFile("w", encoding="ascii", dir=path.parent, prefix=".served-", delete=False) as file:
        file.write(f"{port}\n")
    Path(file.name).replace(path)


def last(data: Path) -> int | None:
    """The port of the site that serves this folder, or did last; None where none has, or nobody can tell."""
    with suppress(OSError, ValueError):
        port = int(_file(data).read_text(encoding="ascii"))
        return port if 0 < port <= MOST else None
    return None


def _file(data: Path) -> Path:
    return data / "port"
