"""Files that PostgreSQL left when it was killed while it wrote a table anew: half of that table, and nobody's since.

The server ends them with the transaction that made them, and never looks for them again after a crash; rows that are
let go later stay in them. A file is named after its relation's filenode (PostgreSQL's manual: "Database File Layout").
"""

import time
from collections.abc import Iterator

from sqlalchemy import Connection, text

from clevenio.database import Database

# For so long transactions are waited for that may be writing such a file just now.
PATIENCE = 10
# Of whoever looks: the functions with their arguments, as GRANT names them.
FUNCTIONS = ("pg_ls_dir(text)", "pg_stat_file(text, boolean)")

_LOOK = text(
    "WITH folders AS ("
    " SELECT DISTINCT regexp_replace(pg_relation_filepath(oid), '/[^/]*$', '') AS folder FROM pg_class"
    "  WHERE pg_relation_filepath(oid) NOT LIKE 'global/%'"
    "), files AS ("
    " SELECT folder || '/' || name AS path, substring(name FROM '^[0-9]+') AS node"
    # Temporary tables begin with a letter, and the server removes theirs when it starts.
    "  FROM folders, pg_ls_dir(folder) AS name WHERE name ~ '^[0-9]+(_[a-z]+)?([.][0-9]+)?$'"
    ") SELECT path FROM files"
    " WHERE node NOT IN (SELECT pg_relation_filenode(oid)::text FROM pg_class WHERE pg_relation_filenode(oid) > 0)"
    # What a table stood in before is kept until the next checkpoint, and empty.
    "  AND (pg_stat_file(path, true)).size > 0"
)


def may_find(database: Database) -> bool:
    """Whether our role may see which files the server has."""
    with database.glance() as connection:
        return _may_find(connection)


def find(database: Database, patience: float = PATIENCE) -> list[str]:
    """The files of no table in the database's folders, below the server's own; none where that is not ours to see.

    A file that somebody is making belongs to no table yet either. So whoever was writing is waited for; where that
    takes longer than `patience` seconds nothing is said of any.
    """
    with database.glance() as connection:
        return sorted(_find(connection, patience)) if _may_find(connection) else []


def _may_find(connection: Connection) -> bool:
    asked = " AND ".join(f"has_function_privilege('{function}', 'EXECUTE')" for function in FUNCTIONS)
    # nosemgrep: sql-is-not-built-from-text -- names of functions, our own constant
    return bool(connection.scalar(text(f"SELECT {asked}")))


def _find(connection: Connection, patience: float) -> Iterator[str]:
    first = set(connection.scalars(_LOOK))
    if first and _are_past(connection, patience):
        yield from first.intersection(connection.scalars(_LOOK))


def _are_past(connection: Connection, patience: float) -> bool:
    """Whether every transaction that wrote by now has ended, in whatever database of the server."""
    # Numbers given out and not ended may lie beyond a snapshot; one of our own, given out now, is beyond them all.
    mark = connection.scalar(text("SELECT pg_current_xact_id()::text"))
    oldest = text("SELECT pg_snapshot_xmin(pg_current_snapshot()) >= CAST(:mark AS xid8)")
    last = time.monotonic() + patience
    while not connection.scalar(oldest, {"mark": mark}):
        if time.monotonic() >= last:
            return False
        time.sleep(0.1)
    return True
