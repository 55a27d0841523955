"""The database: SQLite by default, PostgreSQL in production, through plain SQLAlchemy.

Sessions are opened for writing or for reading. On SQLite a writing one takes the write lock at
its first statement (`BEGIN IMMEDIATE`), because a read lock that is upgraded later fails at once
instead of waiting its turn.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    CompoundSelect,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    create_engine,
    event,
)
from sqlalchemy.dialects import postgresql as postgresql_dialect
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from clevenio import signing, turns
from clevenio.faults import hide_values, wrapped
from clevenio.needles import hold

BUSY_SECONDS = 10
# How much of its file SQLite keeps in memory for each connection.
CACHE_KILOBYTES = 16_000
# After how long unused a connection to a server is asked whether it still is one.
RESTED_SECONDS = 1
# Where a session keeps who follows its commits, and whom it shall tell.
_FOLLOWERS, _TOLD = "followers", "told"
_RETURNED = "returned"


class Base(DeclarativeBase):
    """The tables. Every constraint has a name, so that a migration can find it again."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


# Counted up by the database; SQLite counts only what it calls an integer.
RowNumber = BigInteger().with_variant(Integer, "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC. A naive one is refused.

    SQLite has no such type, so it is kept there as `2026-11-23T10:00:00.000000+00:00`, whose
    alphabetical order is its order in time.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        sqlite = dialect.name == "sqlite"
        return dialect.type_descriptor(String(32) if sqlite else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        value = value.astimezone(UTC)
        return value.isoformat(timespec="microseconds") if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.astimezone(UTC)


class Database:
    """One database, by its address. Opens sessions; makes no tables."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _engine(url, self.is_sqlite)
        self._followers: dict[str, Callable[[], None]] = {}
        self._engines = {
            write: self.engine.execution_options(clevenio_write=write) for write in (True, False)
        }
        looking = {} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"}
        self._looking = self._engines[False].execution_options(**looking)

    @contextmanager
    def session(self, write: bool = True) -> Iterator[Session]:
        """A session that is closed at the end; whoever opened it commits."""
        session = self.open(write)
        try:
            yield session
        finally:
            session.close()

    def open(self, write: bool = True) -> Session:
        """A session to be closed by the caller. `write=False` never takes SQLite's write lock."""
        return Session(self._engines[write], expire_on_commit=False, info={_FOLLOWERS: self._followers})

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction of rows alone, committed at the end: a session costs a fifth of a short one."""
        with self._engines[True].begin() as connection:
            yield connection

    def follow(self, name: str, follower: Callable[[], None]) -> None:
        """Have a function called after each commit of a session that was told to `tell` this name.

        It runs once the rows are on the disk, so it must not raise: nobody could take them back.
        """
        self._followers[name] = follower

    def glance(self) -> Connection:
        """A connection for a look or two, to be closed by the caller: it reads, and each look by itself.

        Outside SQLite, where it costs nothing, beginning and ending a transaction would be two trips more.
        """
        return self._looking.connect()

    def settle(self) -> bool:
        """Bring SQLite's write-ahead log into the file and empty it; False where somebody was in the way.

        True at once on other databases, which have no such file beside them.
        """
        if not self.is_sqlite:
            return True
        busy, _frames, _moved = self._outside_transaction("PRAGMA wal_checkpoint(TRUNCATE)")[0]
        return not busy

    def rewrite(self) -> None:
        """Write SQLite's file anew, from live rows alone (`VACUUM`); `settle` brings it to the disk.

        Writers wait meanwhile. Does nothing on other databases, which look after that by themselves.
        """
        if self.is_sqlite:
            self._outside_transaction("VACUUM")

    def scrub(self, needles: Sequence[bytes]) -> bool:
        """Empty the write-ahead log; where the file still shows one of these, write it anew from live rows.

        SQLite overwrites what is deleted (`secure_delete`), but not the copies that rows leave behind when
        its pages are rearranged. False where somebody was in the way: it is to be tried again.
        """
        if not self.settle():
            return False
        if needles and self.holds_bytes(needles):
            self.rewrite()
            return self.settle()
        return True

    def holds_bytes(self, needles: Sequence[bytes]) -> bool:
        """Whether SQLite's file or its log holds one of these, in live rows or in what rows left behind."""
        if not self.is_sqlite or not self.url.database:
            return False
        paths = [Path(f"{self.url.database}{suffix}") for suffix in ("", "-wal")]
        return hold(paths, needles)

    def _outside_transaction(self, statement: str) -> list[Any]:
        connection = self.engine.raw_connection()
        try:
            cursor = connection.cursor()
            # In memory, as elsewhere, a rewritten database would stand there whole.
            cursor.execute("PRAGMA temp_store=FILE")
            return list(cursor.execute(statement).fetchall())
        finally:
            cursor.execute("PRAGMA temp_store=MEMORY")
            connection.close()

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def present(session: Session) -> Session:
    """A reading session of its own on the same database, which sees what is committed by now."""
    return Session(session.get_bind().engine.execution_options(clevenio_write=False))


def tell(session: Session, name: str) -> None:
    """Have whoever follows this name called when the transaction of this session has been committed."""
    session.info.setdefault(_TOLD, set()).add(name)


@event.listens_for(Session, "after_commit")
def _call_followers(session: Session) -> None:
    # A savepoint ends in the same event, before anybody else can see its rows.
    if _TOLD in session.info and not session.in_nested_transaction():
        for name in session.info.pop(_TOLD):
            follower = session.info.get(_FOLLOWERS, {}).get(name)
            if follower is not None:
                follower()


def _engine(url: str, is_sqlite: bool) -> Engine:
    if is_sqlite:
        engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        engine.dialect.statement_compiler = _Hinting
    else:
        engine = create_engine(url, hide_parameters=True)
        _ask_the_rested(engine)
    event.listen(engine, "handle_error", hide_values)
    return engine


class _Hinting(sqlite_dialect.base.SQLiteCompiler):
    """Writes the hints of a statement, of which SQLite has one: `INDEXED BY` (https://www.sqlite.org/lang_indexedby.html)."""

    def get_from_hint_text(self, _table: Any, text: str | None) -> str | None:
        return text


def _ask_the_rested(engine: Engine) -> None:
    """Have connections that rested asked whether their server is still there, before somebody uses them.

    `pool_pre_ping` asks at every use, which is a trip more for each; a server that went away within
    the second of an answer fails that one request either way.
    """

    def note(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info[_RETURNED] = monotonic()

    def ask(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        if monotonic() - record.info.get(_RETURNED, monotonic()) < RESTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error

    event.listen(engine, "checkin", note)
    event.listen(engine, "checkout", ask)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver opens transactions by itself, too late and never for reads; we do it in _begin_sqlite.
    connection.isolation_level = None
    # SQLite's own folds ASCII alone, and addresses have an Ä before the @ as well.
    connection.create_function("lower", 1, _lower, deterministic=True)
    connection.create_function("new_handle", 0, signing.new_handle)
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        "temp_store=MEMORY",
        f"cache_size=-{CACHE_KILOBYTES}",
        # A page that many commits write goes into the file once for all of them (16 MB instead of 4).
        "wal_autocheckpoint=4000",
    ):
        cursor.execute(f"PRAGMA {pragma}")  # nosemgrep: sql-is-not-built-from-text -- from the list above
    cursor.close()


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("clevenio_write", True)
    if not write:
        connection.exec_driver_sql("BEGIN")
        return
    errors = connection.dialect.loaded_dbapi.Error
    try:
        turns.begin(cast(Any, connection.connection.driver_connection))
    except errors as error:
        raise wrapped(error, "BEGIN IMMEDIATE", errors) from error


def add_up(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of numbers, or add them to those with the same primary key, whoever else does so meanwhile."""
    if rows:
        session.execute(_add_up(is_sqlite(session), model, tuple(rows[0])), list(rows))


def insert_ignoring(
    session: Session | Connection, model: type[Base], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert rows, leaving those that clash with a row already there as they are."""
    if rows:
        session.execute(_insert_ignoring(is_sqlite(session), model), list(rows))


# Statements are made once: building one costs more than running it.
@cache
def _add_up(sqlite: bool, model: type[Base], names: tuple[str, ...]) -> Any:
    statement, table = insert_into(sqlite, model), model.__table__
    keys = [column.name for column in table.primary_key]
    values = {name: table.c[name] + statement.excluded[name] for name in names if name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=values)


@cache
def _insert_ignoring(sqlite: bool, model: type[Base]) -> Any:
    return insert_into(sqlite, model).on_conflict_do_nothing()


def insert_into(sqlite: bool, model: type[Base]) -> Any:
    """The insert of the one database or the other, which both know `on_conflict_do_update`."""
    table = cast(Table, model.__table__)
    return (sqlite_dialect.insert if sqlite else postgresql_dialect.insert)(table)


def connection_of(session: Session | Connection) -> Connection:
    """Where rows are read and written past the session's objects, which it writes down first."""
    if isinstance(session, Connection):
        return session
    session.flush()
    return session.connection()


def is_sqlite(session: Session | Connection) -> bool:
    """Whether this session talks to SQLite."""
    bind = session if isinstance(session, Connection) else session.get_bind()
    return bind.dialect.name == "sqlite"


def bare_rows(
    session: Session, query: Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]], batch: int = 5000
) -> Iterator[tuple[Any, ...]]:
    """Rows as the driver gives them, a batch at a time: for the few readers of everything.

    Text and numbers alone come the same from both databases; values stand in the statement itself.
    """
    connection = session.connection()
    statement = query.compile(connection.engine, compile_kwargs={"literal_binds": True})
    driver: Any = connection.connection.driver_connection
    # Named, a cursor of PostgreSQL's stays at the server and hands rows out; others fetch as they go.
    cursor = driver.cursor() if is_sqlite(connection) else driver.cursor(name=f"rows_{id(statement)}")
    try:
        cursor.execute(str(statement))
        while rows := cursor.fetchmany(batch):
            yield from rows
    finally:
        cursor.close()


def inserted(session: Session, model: type[Base], row: Mapping[str, Any]) -> bool:
    """Insert a row unless it clashes with one already there; says whether it went in."""
    key = next(iter(model.__table__.primary_key))
    statement = insert_into(is_sqlite(session), model).values(**row).on_conflict_do_nothing().returning(key)
    return session.execute(statement).first() is not None
