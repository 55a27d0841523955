"""Puts a restored installation into place, whole or not at all.

Everything is made ready under `$DATA/.restore`, the database beside its place. One file, `ready.json`, is the
turning point: a process that dies before it has changed nothing, and what one that dies after it left to be
done is done by whoever starts next, before anything else. Each step may be done twice.
"""

import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url, text

from clevenio.backups import servers
from clevenio.backups.taking import FILES
from clevenio.database import Database
from clevenio.durable import replace, sync
from clevenio.errors import Refused
from clevenio.presence import Presence

FOLDER, READY = ".restore", "ready.json"
ASIDE = "being-restored"
# What SQLite keeps beside its file.
BESIDE = ("-wal", "-shm", "-journal")
# How long somebody who starts waits for another who puts things into place.
PATIENCE = 10.0


@dataclass(frozen=True)
class Stage:
    """Where an installation is made ready: its folder, and the address of its database."""

    data: Path
    target: URL

    @property
    def folder(self) -> Path:
        """What will be in the data folder."""
        return self.data / FOLDER / "data"

    @property
    def url(self) -> URL:
        """The database while it is made ready."""
        aside = f".{ASIDE}" if self.is_sqlite else f"_{ASIDE.replace('-', '_')}"
        return self.target.set(database=f"{self.target.database}{aside}")

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file."""
        return self.target.get_backend_name() == "sqlite"

    def begin(self) -> None:
        """An empty stage. What an earlier one left that was never ready goes."""
        self.clear()
        if self.is_sqlite:
            self.folder.mkdir(parents=True, mode=0o700)
            return
        with servers.maintaining(self.target) as connection:
            servers.require_free(connection, str(self.target.database), str(self.url.database))
            # From here on what has that name is ours to take away.
            self.folder.mkdir(parents=True, mode=0o700)
            servers.copy_empty(connection, str(self.target.database), str(self.url.database))

    def clear(self) -> None:
        """Take everything of a stage away that is not in its place."""
        if self.is_sqlite:
            _remove_sqlite(Path(str(self.url.database)))
        elif (self.data / FOLDER).exists():
            with servers.maintaining(self.target) as connection:
                servers.drop(connection, str(self.url.database))
        shutil.rmtree(self.data / FOLDER, ignore_errors=True)

    def put_in_place(self) -> None:
        """The turning point, and everything after it. The database must not be open."""
        if self.is_sqlite:
            sync(Path(str(self.url.database)))
        for path in self.folder.rglob("*"):
            sync(path)
        folders = [each for each in self.folder.iterdir() if each.is_dir()]
        content: dict[str, list[str]] = {
            each.name: sorted(child.name for child in each.iterdir()) for each in folders
        }
        content |= {name: [] for name in FILES if (self.folder / name).is_file()}
        sync(self.folder)
        replace(self.data / FOLDER / READY, json.dumps(content).encode("ascii"))
        self.finish()

    @property
    def is_ready(self) -> bool:
        """Whether the turning point is behind us, and something still to be put into place."""
        return (self.data / FOLDER / READY).exists()

    def finish(self) -> None:
        """Put everything into its place."""
        content = json.loads((self.data / FOLDER / READY).read_text(encoding="ascii"))
        self._move_database()
        for name, children in content.items():
            if name in FILES:
                _replace_file(self.folder / name, self.data / name)
            else:
                _replace_content(self.folder / name, self.data / name, children)
        # Nudges for rows that are not there any more.
        for path in self.data.glob("queue.db*"):
            path.unlink(missing_ok=True)
        sync(self.data)
        (self.data / FOLDER / READY).unlink()
        shutil.rmtree(self.data / FOLDER)
        sync(self.data)

    def _move_database(self) -> None:
        if not self.is_sqlite:
            with servers.maintaining(self.target) as connection:
                servers.exchange(connection, str(self.target.database), str(self.url.database))
            return
        source, target = Path(str(self.url.database)), Path(str(self.target.database))
        if source.exists():
            # A log of the old file must never meet the new one.
            for suffix in BESIDE:
                Path(f"{target}{suffix}").unlink(missing_ok=True)
            sync(target.parent)
            source.replace(target)
            sync(target.parent)


def _replace_content(source: Path, target: Path, children: Sequence[str]) -> None:
    """Have a folder hold exactly these. The folder itself stays: it may be shared with another machine, or a link."""
    target.mkdir(exist_ok=True, mode=source.stat().st_mode & 0o777 if source.exists() else 0o700)
    for child in target.iterdir():
        if child.name not in children:
            _remove(child)
    for name in children:
        if (source / name).exists():
            _remove(target / name)
            shutil.move(source / name, target / name)
    sync(target)


def _replace_file(source: Path, target: Path) -> None:
    """Have a file hold what the backup has; one that is in place already stays."""
    if source.exists():
        source.replace(target)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def finish_interrupted(data: Path, target: str) -> None:
    """Do what a restore left to be done that died after its turning point, and clear away one that died before it.

    For whoever starts on this data folder, before the database is opened.
    """
    stage, until = Stage(data, make_url(target)), time.monotonic() + PATIENCE
    while (data / FOLDER).exists():
        presence = Presence(data)
        try:
            presence.take_alone()
            if stage.is_ready:
                stage.finish()
            else:
                stage.clear()
        except Refused:
            # Another process does it, or a restore is under way.
            if time.monotonic() > until:
                presence.share()
                raise
            time.sleep(0.1)
        finally:
            presence.end()


def has_data(database: Database, data: Path) -> bool:
    """Whether something is here that a restore would replace."""
    if any((data / name).is_dir() and any((data / name).iterdir()) for name in ("seals", "mail")):
        return True
    if database.is_sqlite:
        # Not opened: it may be the damaged one that is to be replaced.
        path = Path(database.url.database or "")
        return path.exists() and path.stat().st_size > 0
    query = "SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema()"
    with database.engine.connect() as connection:
        return bool(connection.scalar(text(query)))


def _remove_sqlite(path: Path) -> None:
    for suffix in ("", *BESIDE):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
