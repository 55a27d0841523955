"""The schema, step by step. Alembic configured in code; `upgrade` is what commands call."""

from functools import cache
from pathlib import Path
from time import sleep
from typing import Any

from sqlalchemy import Connection, inspect, text

from clevenio.database import Database
from clevenio.errors import Refused

ADVISORY_LOCK = 7_252_931
# From the announcement of an upgrade to its first step: longer than `steady` believes a look.
NOTICE_SECONDS = 1.5
HERE = Path(__file__).resolve().parent


def newest() -> str:
    """The revision this code was written for."""
    return max(known())


@cache
def known() -> frozenset[str]:
    """Every revision that this code knows, its own and those before: the numbers that its steps begin with."""
    return frozenset(step.name.partition("_")[0] for step in (HERE / "versions").glob("[0-9]*_*.py"))


def current(database: Database) -> str | None:
    """The revision the database is at; None for an empty one."""
    with database.engine.execution_options(clevenio_write=False).connect() as connection:
        return _revision(connection)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def configuration() -> Any:
    """Alembic's, an `alembic.config.Config`."""
    # A sixth of what the site takes to start, where few processes upgrade anything.
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(HERE))
    return config


def upgrade(database: Database) -> None:
    """Bring the schema to this code's revision, whole or not at all, one instance at a time.

    On PostgreSQL the lock announces it: what comes in after it is told to come back (`steady`) instead of
    waiting for tables, and what has begun may end. Raises `Refused` where the database has a revision that this code does not know.
    """
    if database.is_sqlite and database.url.database:
        Path(database.url.database).parent.mkdir(parents=True, exist_ok=True)
    with database.engine.begin() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        found = _revision(connection)
        if found is not None and found not in known():
            raise Refused("The database is newer than this program: it is at %(revision)s.", revision=found)
        if found == newest():
            return
        if not database.is_sqlite and found not in (None, newest()):
            sleep(NOTICE_SECONDS)
        from alembic import command  # noqa: PLC0415 - as above, and most starts have nothing to upgrade

        config = configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
