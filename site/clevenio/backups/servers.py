"""Databases of a PostgreSQL server as wholes: made empty, exchanged, taken away."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from clevenio.errors import Refused

# One of these is on every server; a database is renamed from beside it.
MAINTENANCE = ("postgres", "template1")


@contextmanager
def maintaining(url: URL) -> Iterator[Connection]:
    """A connection beside a database of PostgreSQL's, for what is done to it as a whole."""
    connection = _connected(url)
    try:
        yield connection
    finally:
        connection.close()
        connection.engine.dispose()


def _connected(url: URL) -> Connection:
    reason = ""
    for name in MAINTENANCE:
        engine = create_engine(url.set(database=name), isolation_level="AUTOCOMMIT", hide_parameters=True)
        try:
            return engine.connect()
        except OperationalError as error:
            engine.dispose()
            reason = str(error.orig).strip().partition("\n")[0]
    raise Refused(
        "A restore makes a new database beside the old one, and connects to %(names)s for that: %(reason)s.",
        names=" or ".join(MAINTENANCE),
        reason=reason,
    )


def _exists(connection: Connection, name: str) -> bool:
    return bool(connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}))


def drop(connection: Connection, name: str) -> None:
    """Take a database away, with whoever is in it; one that is none is no trouble."""
    # nosemgrep: sql-is-not-built-from-text -- a name from the settings, quoted by the dialect
    connection.execute(text(f"DROP DATABASE IF EXISTS {_quoted(connection, name)} WITH (FORCE)"))


def require_free(connection: Connection, target: str, staged: str) -> None:
    """Raises `Refused` where somebody else's database has a name that a restore needs for a while."""
    for name in (staged, _old(target)):
        if _exists(connection, name):
            raise Refused(
                "A restore needs the name %(name)s for a while, and there is such a database. Rename it.",
                name=name,
            )


def copy_empty(connection: Connection, like: str, name: str) -> None:
    """An empty database that sorts and encodes as another does."""
    query = (
        "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database WHERE datname = :name"
    )
    found = connection.execute(text(query), {"name": like}).one_or_none()
    if found is None:
        raise Refused("There is no database %(name)s on the server. Make an empty one first.", name=like)
    encoding, collate, ctype = (str(each).replace("'", "''") for each in found)
    # nosemgrep: sql-is-not-built-from-text -- what the server itself says of another, quoted
    statement = text(
        f"CREATE DATABASE {_quoted(connection, name)} TEMPLATE template0 "
        f"ENCODING '{encoding}' LC_COLLATE '{collate}' LC_CTYPE '{ctype}'"
    )
    try:
        connection.execute(statement)
    except ProgrammingError as error:
        raise Refused(
            "A restore makes a new database beside the old one, and this role may not: %(reason)s. Give it CREATEDB.",
            reason=str(error.orig).strip().partition("\n")[0],
        ) from error


def exchange(connection: Connection, target: str, staged: str) -> None:
    """Give the staged database the name of the other, which goes: in one transaction, or found done."""
    old = _old(target)
    if _exists(connection, staged):
        # Nobody may be there but us any more, and a database with somebody in it keeps its name.
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
        connection.execute(text(others), {"name": target})
        connection.execute(text("BEGIN"))
        for name, new in ((target, old), (staged, target)):
            connection.execute(
                # nosemgrep: sql-is-not-built-from-text -- names from the settings, quoted by the dialect
                text(f"ALTER DATABASE {_quoted(connection, name)} RENAME TO {_quoted(connection, new)}")
            )
        connection.execute(text("COMMIT"))
    drop(connection, old)


def _old(name: str) -> str:
    """What the database is called that is to go, once its name has been given away."""
    return f"{name}_being_replaced"


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(name)
