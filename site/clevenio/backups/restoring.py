"""Restores a backup: made ready beside, told what happened since, checked, and put into place as one."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from clevenio import migrations
from clevenio.backups import archive, keyring, snapshots
from clevenio.backups.archive import Manifest
from clevenio.backups.preparing import Prepared, prepare
from clevenio.backups.staging import Stage, has_data
from clevenio.backups.taking import AFTER, BEFORE
from clevenio.database import Database
from clevenio.errors import BadInput, Problem, Refused
from clevenio.i18n import set_time_zone
from clevenio.kept_keys import key_file, key_ring
from clevenio.presence import Presence
from clevenio.registry import Clocks, own_vendors, put_in_force, shipped
from clevenio.registry.vendors import OwnVendors
from clevenio.settings import PREFIX, SECRETS, Origin, Settings

# Stands for a key until the backup has been read.
UNREAD = "?" * 32


@dataclass(frozen=True)
class Wish:
    """What whoever restores has said: see the options of the command."""

    replace: bool = False
    mail_waits: bool = False
    despite_findings: bool = False
    seals: Path | None = None


@dataclass(frozen=True)
class Restored:
    """A restore that is in its place: of which backup, and what came of it.

    `is_alone` says that no seals outside the backup were read: what happened after it is not known.
    """

    backup_at: str
    schema_before: str
    schema: str
    data: Path
    prepared: Prepared
    is_alone: bool


def restore(
    path: Path,
    env: Mapping[str, str],
    wish: Wish,
    now: datetime,
    tell: Callable[[str], None] = lambda _step: None,
) -> Restored:
    """Put the installation in a file into the place that the settings name; `tell` hears what is being done.

    Raises `BadInput` for a file that is none or damaged, `Refused` for everything that forbids it; then
    nothing has changed.
    """
    place = Settings.from_env(env, kept=_in_place_or_unread)
    with ExitStack() as stack:
        reader = stack.enter_context(archive.opened(path))
        presence = Presence(place.data)
        stack.callback(presence.end)
        presence.take_alone()
        stage = Stage(place.data, make_url(place.database_url))
        if stage.is_ready:
            stage.finish()
        _require(reader.manifest, place, wish)
        tell("unpacking")
        settings = stack.enter_context(_staged(stage, reader, env))
        tell("checking, and telling it what happened since")
        others = _others(place, wish)
        prepared = prepare(settings, others, reader.manifest.content["at"], wish, now)
        schema = migrations.newest()
        tell("putting it into place")
        stage.put_in_place()
    content = reader.manifest.content
    return Restored(content["at"], content["schema"], schema, place.data, prepared, is_alone=not others)


def _in_place_or_unread(data: Path, name: str) -> tuple[str, ...]:
    path = key_file(data, name)
    return key_ring(path.read_text(encoding="ascii"), name) if path.is_file() else (UNREAD,)


def _require(manifest: Manifest, place: Settings, wish: Wish) -> None:
    """Everything that can be said before the backup is unpacked."""
    database = Database(place.database_url)
    try:
        if snapshots.NAMES[database.is_sqlite] not in manifest.parts:
            kind = "SQLite" if database.is_sqlite else "PostgreSQL"
            raise Refused(
                "CLEVENIO_DATABASE_URL names %(kind)s, and the backup is of another kind.", kind=kind
            )
        if manifest.content["schema"] not in migrations.known():
            raise Refused(
                "The backup is newer than this program: its schema is %(revision)s.",
                revision=manifest.content["schema"],
            )
        snapshots.require_tools(database)
        is_full = has_data(database, place.data)
        if is_full and not wish.replace:
            raise Refused(
                "There is an installation in %(data)s already. Name another folder and database, or add "
                "--replace: then everything in it goes.",
                data=place.data,
            )
        if not database.is_sqlite:
            _require_nobody(database)
        _require_keys(manifest, place, is_full)
    finally:
        database.close()


def _require_nobody(database: Database) -> None:
    query = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    with database.engine.connect() as connection:
        others = connection.scalar(text(query))
    if others:
        raise Refused(
            "Somebody uses the database %(name)s (connections: %(count)s). Stop the site and its worker first.",
            name=database.url.database,
            count=others,
        )


def _require_keys(manifest: Manifest, place: Settings, is_full: bool) -> None:
    """Keys that are set here, or that data here was written with, are those of the backup."""
    carried = {name for name in SECRETS if f"keys/{name.lower()}" in manifest.parts}
    wanted: dict[str, list[str]] = {}
    for name, ring in keyring.rings(place).items():
        is_here = UNREAD not in ring
        is_set = place.origins.get(name) is not Origin.KEPT
        if not is_here and name not in carried:
            raise Refused(
                "The backup names the key of %(prefix)s%(name)s and does not hold it. Set it.",
                prefix=PREFIX,
                name=name,
            )
        # A key that was made for an empty folder gives way to the one that comes with the data.
        if is_here and (is_set or is_full or name not in carried):
            wanted[name] = list(manifest.content["keys"][name])
    _refuse_other_keys(list(keyring.missing(wanted, place)))


def _refuse_other_keys(missing: list[str]) -> None:
    if missing:
        raise Refused(
            "The backup was made with keys that are missing here: %(missing)s (fingerprints as on the page of settings).",
            missing="; ".join(missing),
        )


@contextmanager
def _staged(stage: Stage, reader: archive.Reader, env: Mapping[str, str]) -> Iterator[Settings]:
    """The backup unpacked, with settings that have their data and their database there; all gone after a failure."""
    try:
        stage.begin()
        reader.unpack(stage.folder)
        settings = Settings.from_env(env, kept=_from(stage.folder))
        _refuse_other_keys(list(keyring.missing(reader.manifest.content["keys"], settings)))
        if (fault := reader.manifest.fault(settings.suppression_key)) is not None:
            raise BadInput("The backup’s own list was changed: %(reason)s.", reason=fault)
        _keep_keys(stage.folder, settings)
        _load_database(stage)
        for name in (*BEFORE, *AFTER):
            (stage.folder / name).mkdir(exist_ok=True)
        put_in_force(
            settings.tags,
            settings.embeds,
            Clocks(settings.consent_days, settings.refusal_days),
            settings.periods,
            _own_vendors(stage),
        )
        set_time_zone(settings.time_zone)
        url = stage.url.render_as_string(hide_password=False)
        yield replace(settings, data=stage.folder, database_url=url)
    except BaseException:
        if not stage.is_ready:
            # What cannot be cleared away now is so by whoever starts next.
            with suppress(OSError, Problem, DBAPIError):
                stage.clear()
        raise


def _own_vendors(stage: Stage) -> OwnVendors:
    """The recipients whom the backup names, else those of the place, which stay.

    A file that is wrong keeps nobody from their data: the start will say what is.
    """
    is_carried = (stage.folder / own_vendors.FILE).exists()
    try:
        return own_vendors.read(stage.folder if is_carried else stage.data, shipped())
    except BadInput:
        return OwnVendors()


def _from(folder: Path) -> Callable[[Path, str], tuple[str, ...]]:
    """Reads the keys that came with the backup, else those in place."""

    def kept(data: Path, name: str) -> tuple[str, ...]:
        return _in_place_or_unread(folder if key_file(folder, name).is_file() else data, name)

    return kept


def _keep_keys(folder: Path, settings: Settings) -> None:
    """The folder of keys is put into place as one: what is kept already and stays belongs in it."""
    for name in SECRETS:
        target, source = key_file(folder, name), key_file(settings.data, name)
        if settings.origins.get(name) is Origin.KEPT and not target.exists() and source.exists():
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.copyfile(source, target)
            target.chmod(0o600)


def _load_database(stage: Stage) -> None:
    path = stage.folder / snapshots.NAMES[stage.is_sqlite]
    if stage.is_sqlite:
        snapshots.require_sound(path)
        Path(str(stage.url.database)).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(path, str(stage.url.database))
    else:
        snapshots.load(path, stage.url)
        path.unlink()


def _others(place: Settings, wish: Wish) -> list[Path]:
    """Folders of seals outside the backup, which may know of more than it does."""
    folders = (folder for folder in (place.data / "seals", wish.seals) if folder is not None)
    # One that a service has just begun to keep, or an empty copy, knows of nothing.
    return [folder for folder in folders if any(folder.glob("*.jsonl"))]
