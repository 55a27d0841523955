"""Bytes that rows leave behind on PostgreSQL: tables, statistics and the server's log, written anew without them.

A row that was deleted or changed stays in its table and indexes until `VACUUM (FULL)` writes these anew; in
`pg_statistic`, as a common value or the bound of a histogram, until that is; and in `pg_wal` until its segments
are removed or written over (PostgreSQL's manual: "Recovering Disk Space", "Planner Statistics", "WAL Configuration").
"""

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from clevenio.database import Database

# For so long pages wait behind us for a table that somebody else is using; then we leave it for another time.
LOCK_SECONDS = 1
# For so long statements are waited for that began before us, and for whose sake the server keeps what is dead.
SNAPSHOT_SECONDS = 10
# The number of the lock: any, as long as nobody else takes it.
NUMBER = 7_281_936_406
# lock_not_available, deadlock_detected, query_canceled: somebody was in the way.
IN_THE_WAY = ("55P03", "40P01", "57014")
STATISTICS = "pg_catalog.pg_statistic"


class Log(StrEnum):
    """What became of the server's log: emptied, kept by something else, or not ours to empty."""

    EMPTIED = "emptied"
    HELD = "held"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True)
class Written:
    """One table that was written anew, or left because somebody was in the way."""

    table: str
    seconds: float
    is_done: bool


def size(database: Database, tables: Sequence[str]) -> int:
    """How many bytes these tables take with their indexes."""
    with database.glance() as connection:
        query = text(
            "SELECT coalesce(sum(pg_total_relation_size(to_regclass(name))), 0) FROM unnest(CAST(:names AS text[])) name"
        )
        return int(connection.scalar(query, {"names": list(tables)}) or 0)


def forbidden(database: Database, tables: Sequence[str]) -> list[str]:
    """Which of these tables and the planner's statistics our role may not write anew; statistics come first.

    It may where it owns the table or the database, or from PostgreSQL 17 on has been granted MAINTAIN (manual: "VACUUM").
    """
    query = text(
        "SELECT name FROM unnest(CAST(:names AS text[])) WITH ORDINALITY AS asked (name, place)"
        " JOIN pg_class ON pg_class.oid = to_regclass(name)"
        " JOIN pg_database ON datname = current_database()"
        " WHERE NOT pg_has_role(relowner, 'USAGE') AND NOT pg_has_role(datdba, 'USAGE')"
        " AND NOT CASE WHEN current_setting('server_version_num')::int >= 170000"
        "  THEN has_table_privilege(pg_class.oid, 'MAINTAIN') ELSE false END"
        " ORDER BY place"
    )
    with database.glance() as connection:
        return list(connection.scalars(query, {"names": [STATISTICS, *tables]}))


def rewrite(
    database: Database, tables: Sequence[str], patience: float = SNAPSHOT_SECONDS
) -> Generator[Written]:
    """Write tables and the planner's statistics anew, one after the other, from live rows alone.

    Each is locked while it is written, and none waits longer than `LOCK_SECONDS` for its turn. Yields nothing
    where another process is at it, or where a transaction that began before goes on for longer than `patience`:
    for its sake the server would copy dead rows, too.
    """
    with _alone(database) as connection:
        if connection is None or not _is_past(connection, patience):
            return
        for table in (*tables, STATISTICS):
            began = time.monotonic()
            is_done = _is_empty(connection, table) or _write(connection, table)
            yield Written(table, time.monotonic() - began, is_done)


@contextmanager
def _alone(database: Database) -> Iterator[Connection | None]:
    """A connection outside transactions that ends with the block; None where another process has the lock."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # What is set below, and the lock, are the session's and end with it.
        connection.detach()
        connection.execute(
            text("SELECT set_config('lock_timeout', :most, false)"), {"most": f"{LOCK_SECONDS}s"}
        )
        connection.execute(text("SELECT set_config('statement_timeout', '0', false)"))
        is_ours = connection.scalar(text("SELECT pg_try_advisory_lock(:number)"), {"number": NUMBER})
        yield connection if is_ours else None


def _is_past(connection: Connection, patience: float) -> bool:
    """Whether everything that could still see what is dead by now has ended.

    Our own snapshot is as old as the oldest transaction that writes, in whatever database of the server; what is
    read elsewhere holds up nothing here.
    """
    mark = connection.scalar(text("SELECT pg_current_xact_id()::xid::text"))
    held = text(
        "SELECT count(*) FROM ("
        " SELECT backend_xid AS xid FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        " UNION ALL SELECT backend_xmin FROM pg_stat_activity"
        "  WHERE pid <> pg_backend_pid() AND (datname IS NULL OR datname = current_database())"
        " UNION ALL SELECT unnest(ARRAY[xmin, catalog_xmin]) FROM pg_replication_slots"
        " UNION ALL SELECT transaction FROM pg_prepared_xacts"
        ") AS held WHERE xid IS NOT NULL AND age(xid) >= age(CAST(:mark AS xid))"
    )
    last = time.monotonic() + patience
    while connection.scalar(held, {"mark": mark}):
        if time.monotonic() >= last:
            return False
        time.sleep(0.1)
    return True


def _is_empty(connection: Connection, table: str) -> bool:
    """Whether not a byte of a table is on the disk."""
    query = text("SELECT pg_table_size(CAST(:name AS regclass)) = 0")
    return bool(connection.scalar(query, {"name": table}))


def _write(connection: Connection, table: str) -> bool:
    file = text("SELECT pg_relation_filenode(CAST(:name AS regclass))")
    before = connection.scalar(file, {"name": table})
    # Its statistics are drawn anew from live rows; those of the catalogue itself are not kept.
    how = "FULL" if table == STATISTICS else "FULL, ANALYZE"
    try:
        # nosemgrep: sql-is-not-built-from-text -- names of tables take no parameter; these are our own models'
        connection.execute(text(f"VACUUM ({how}) {table}"))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) in IN_THE_WAY:
            return False
        raise
    # A table of somebody else's is left with no more than a warning.
    return bool(connection.scalar(file, {"name": table}) != before)


def may_empty_log(database: Database) -> bool:
    """Whether our role may do, and see, what `empty_log` needs."""
    with database.glance() as connection:
        return _may_empty_log(connection)


def _may_empty_log(connection: Connection) -> bool:
    query = text(
        "SELECT pg_has_role(to_regrole('pg_checkpoint')::oid, 'USAGE')"
        " AND has_function_privilege('pg_switch_wal()', 'EXECUTE')"
        " AND has_function_privilege('pg_ls_waldir()', 'EXECUTE')"
    )
    return bool(connection.scalar(query))


def log_size(database: Database) -> int:
    """How many bytes `empty_log` would write: the segments that have a file, twice; 0 where it is not ours."""
    with database.glance() as connection:
        if not _may_empty_log(connection):
            return 0
        query = text("SELECT coalesce(sum(size), 0) FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'")
        return 2 * int(connection.scalar(query) or 0)


def empty_log(database: Database) -> Log:
    """Let no segment of the server's log hold what was written before now.

    The first round ends the segments that are in use, whose files the server removes or puts by for later under
    other names (`wal_recycle`); the second writes those over. Ending a segment fills the rest of it with zeros.
    """
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not _may_empty_log(connection):
            return Log.FORBIDDEN
        for _ in range(2):
            last = max(_segments(connection))
            first = current = _segment(connection)
            while current <= last:
                connection.execute(text("SELECT pg_switch_wal()"))
                current = _segment(connection)
            connection.execute(text("CHECKPOINT"))
            if min(_segments(connection)) <= first:
                return Log.HELD
    return Log.EMPTIED


def _segment(connection: Connection) -> str:
    """The segment that is written just now, by its name without the timeline; something is written first."""
    connection.execute(text("SELECT pg_logical_emit_message(false, 'clevenio', '')"))
    return str(connection.scalar(text("SELECT substr(pg_walfile_name(pg_current_wal_insert_lsn()), 9)")))


def _segments(connection: Connection) -> list[str]:
    """The segments that have a file, by the same names."""
    names = connection.scalars(text("SELECT name FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'"))
    return [name[8:] for name in names]


def spoken(database: Database) -> list[str]:
    """Settings by which the server writes values of rows into its own text log, as they would keep them out."""
    with database.glance() as connection:
        query = text("SELECT name, setting FROM pg_settings WHERE name LIKE 'log%'")
        now = {row.name: row.setting for row in connection.execute(query)}
    found = []
    if now["log_error_verbosity"] != "terse":
        found.append("log_error_verbosity = terse")
    if now["log_parameter_max_length_on_error"] != "0":
        found.append("log_parameter_max_length_on_error = 0")
    speaks = now["log_statement"] in ("mod", "all") or any(
        float(now[name]) >= 0 for name in ("log_min_duration_statement", "log_min_duration_sample")
    )
    if (speaks or float(now["log_transaction_sample_rate"]) > 0) and now["log_parameter_max_length"] != "0":
        found.append("log_parameter_max_length = 0")
    return found
