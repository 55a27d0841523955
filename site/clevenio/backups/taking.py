"""Takes a backup: seals, database, mail, in this order.

So every seal finds its rows, and every mail of which the database says that it is kept in a file has its file.
"""

import platform
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from clevenio import audit, migrations
from clevenio.backups import archive, keyring, snapshots
from clevenio.database import Database
from clevenio.errors import Refused
from clevenio.kept_keys import key_file
from clevenio.settings import SECRETS, Origin, Settings

# What of the data folder is carried, before the database and after it: all that cannot be made anew. The queue can.
BEFORE, AFTER = ("seals",), ("mail", "platforms")
# What the company wrote about itself, beside the folders.
FILES = ("vendors.toml", "controllers.toml")


@dataclass(frozen=True)
class Taken:
    """A backup that stands in its place."""

    path: Path
    size: int
    schema: str
    parts: int
    keys_carried: tuple[str, ...]
    keys: dict[str, list[str]]


def take(
    settings: Settings,
    database: Database,
    path: Path,
    now: datetime,
    *,
    replace: bool,
    with_keys: bool,
    tell: Callable[[str], None] = lambda _step: None,
) -> Taken:
    """Write the installation into one file. Raises `Refused` where that cannot be done, and then leaves none.

    `tell` hears what is being done.
    """
    schema = _require(database, path, replace)
    if schema == migrations.newest():
        with database.session() as session:
            audit.record(session, actor="command", action="backup.take", now=now)
            session.commit()
    carried = _carried(settings) if with_keys else {}
    try:
        with _beside(path) as work:
            name = snapshots.NAMES[database.is_sqlite]
            before = _copied(settings.data, work, BEFORE)
            tell("copying the database")
            snapshots.take(database, work / name)
            tell("writing the file")
            parts = {name: work / name, **carried, **before, **_copied(settings.data, work, (*AFTER, *FILES))}
            facts = {
                "at": now.isoformat(),
                "schema": schema,
                "python": platform.python_version(),
                "keys": keyring.named(settings),
            }
            size = archive.write(path, facts, parts, settings.suppression_key)
    except OSError as error:
        raise Refused(
            "The backup cannot be written to %(path)s: %(reason)s.", path=path, reason=error.strerror
        ) from error
    names = tuple(name for name in SECRETS if f"keys/{name.lower()}" in carried)
    return Taken(path, size, schema, len(parts), names, keyring.named(settings))


def _require(database: Database, path: Path, replace: bool) -> str:
    """What has to be so before anything is written; returns the database's revision."""
    if path.exists() and not replace:
        raise Refused("%(path)s exists already. Name another file, or add --replace.", path=path)
    if not path.parent.is_dir():
        raise Refused("There is no folder %(folder)s.", folder=path.parent)
    if database.is_sqlite and not Path(database.url.database or "").is_file():
        raise Refused("There is no database at %(path)s to back up.", path=database.url.database)
    snapshots.require_tools(database)
    schema = migrations.current(database)
    if schema is None:
        raise Refused("The database is empty: there is nothing to back up.")
    return schema


def _carried(settings: Settings) -> dict[str, Path]:
    """The keys that the data folder keeps; those of the environment are named and stay where they are."""
    kept = [name for name in SECRETS if settings.origins.get(name) is Origin.KEPT]
    return {f"keys/{name.lower()}": key_file(settings.data, name) for name in kept}


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A folder for its owner alone where the backup will be: there is the room for it."""
    with TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        yield Path(folder)


def _copied(data: Path, work: Path, names: tuple[str, ...]) -> dict[str, Path]:
    """Copies of the files, as they are now; one that goes meanwhile was not to stay."""
    parts: dict[str, Path] = {}
    for each in names:
        for source in [data / each, *sorted((data / each).rglob("*"))]:
            name = source.relative_to(data).as_posix()
            if source.is_symlink() or not source.is_file() or source.suffix in (".part", ".new"):
                continue
            target = work / name
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                shutil.copyfile(source, target)
            except FileNotFoundError:
                continue
            parts[name] = target
    return parts
