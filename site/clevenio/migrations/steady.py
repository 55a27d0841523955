"""Whether the schema is this program's and stays so: what a deployment must not catch in the middle of its work."""

from time import monotonic

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from clevenio import migrations
from clevenio.database import Database, connection_of, is_sqlite
from clevenio.errors import Unavailable

# How long a look is believed. An upgrade of PostgreSQL waits longer than this before its first step.
LOOK_SECONDS = 1.0


def _is_still(connection: Connection) -> bool:
    """Whether nobody changes the schema; it stays so until this transaction ends. Never waits.

    On SQLite an upgrade holds the one write lock instead, and readers see what was there before it.
    """
    if is_sqlite(connection):
        return True
    query = text("SELECT pg_try_advisory_xact_lock_shared(:key)")
    return bool(connection.scalar(query, {"key": migrations.ADVISORY_LOCK}))


def _is_ours(connection: Connection) -> bool:
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return bool(found == migrations.newest())


def hold(session: Session) -> None:
    """Keep the schema as it is until this transaction ends; an upgrade waits for that.

    For what is computed from all tables that this program knows, such as an erasure. Raises `Unavailable`
    where the schema is another program's, or is being changed.
    """
    connection = connection_of(session)
    if not (_is_still(connection) and _is_ours(connection)):
        raise _unavailable()


class Watch:
    """Looks once in a while whether the schema of one database is this program's and nobody changes it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seen = float("-inf")

    @property
    def is_steady(self) -> bool:
        """Whether what writes may go on, by a look of the last second."""
        return self._has_just_been() or self._look()[1]

    def require(self, *, write: bool) -> None:
        """Raises `Unavailable` while the schema is being changed, and to writers where it is another program's."""
        if not self._has_just_been():
            is_still, is_ours = self._look()
            if not is_still or (write and not is_ours):
                raise _unavailable()

    def _has_just_been(self) -> bool:
        return monotonic() - self._seen < LOOK_SECONDS

    def _look(self) -> tuple[bool, bool]:
        """Whether nobody changes it, and whether it is ours as well; only what is well is believed for a while."""
        with self._database.glance() as connection:
            is_still = _is_still(connection)
            is_ours = is_still and _is_ours(connection)
        if is_ours:
            self._seen = monotonic()
        return is_still, is_ours


def _unavailable() -> Unavailable:
    return Unavailable(
        "The site is being updated just now, so nothing was done or saved. Try again in half a minute."
    )
