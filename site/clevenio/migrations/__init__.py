"""The schema, step by step. Alembic configured in code; `upgrade` is what commands call."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from clevenio.database import Database
from clevenio.errors import Refused

ADVISORY_LOCK = 7_252_931


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).resolve().parent))
    return config


@cache
def newest() -> str:
    """The revision this code was written for; it stays the same while the process runs."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


@cache
def known() -> frozenset[str]:
    """Every revision that this code knows, its own and those before."""
    return frozenset(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def current(database: Database) -> str | None:
    """The revision the database is at; None for an empty one."""
    with database.engine.execution_options(clevenio_write=False).connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(database: Database) -> None:
    """Bring the schema to this code's revision, whole or not at all, one instance at a time.

    Raises `Refused` where the database has a revision that this code does not know.
    """
    config = _config()
    if database.is_sqlite and database.url.database:
        Path(database.url.database).parent.mkdir(parents=True, exist_ok=True)
    with database.engine.begin() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        found = MigrationContext.configure(connection).get_current_revision()
        if found is not None and found not in known():
            raise Refused("The database is newer than this program: it is at %(revision)s.", revision=found)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
