"""A database as it was at one moment, in a file, while others write; and a database made of such a file.

SQLite's own online backup, and PostgreSQL's own `pg_dump` and `pg_restore`: nothing else takes what
others are in the middle of writing as one whole.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, make_url

from clevenio.database import BUSY_SECONDS, Database
from clevenio.errors import BadInput, Refused

NAMES: Mapping[bool, str] = {True: "database.sqlite", False: "database.pgdump"}


def require_tools(database: Database) -> None:
    """Raises `Refused` where PostgreSQL's programs are wanted and not on this machine."""
    if not database.is_sqlite:
        for tool in ("pg_dump", "pg_restore"):
            _tool(tool)


def take(database: Database, path: Path) -> None:
    """Write the database as it is now into a new file. Raises `Refused` where that cannot be done."""
    if not database.is_sqlite:
        url = database.url
        _run("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--file={path}")
        return
    source = f"{Path(str(database.url.database)).absolute().as_uri()}?mode=ro"
    try:
        with (
            closing(sqlite3.connect(source, uri=True, timeout=BUSY_SECONDS)) as live,
            closing(sqlite3.connect(path)) as copy,
        ):
            # All pages at once: read a few at a time, the copy begins anew with each write of others.
            live.backup(copy, pages=-1)
        require_sound(path)
    except sqlite3.Error as error:
        raise Refused("The database cannot be copied: %(reason)s.", reason=str(error)) from error


def require_sound(path: Path) -> None:
    """Raises `BadInput` where SQLite finds a file damaged. Leaves nothing beside it."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            [[answer]] = connection.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.DatabaseError as error:
        answer = str(error)
    if answer != "ok":
        raise BadInput("The database in the backup is damaged: %(reason)s.", reason=answer)


def load(path: Path, url: URL) -> None:
    """Fill an empty database of PostgreSQL's from a dump, in one transaction."""
    _run(
        "pg_restore", url, "--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges",
        "--dbname", _conninfo(url), str(path),
    )  # fmt: skip


def _run(tool: str, url: URL, *arguments: str) -> None:
    where = [f"--dbname={_conninfo(url)}"] if tool == "pg_dump" else []
    # The password goes by the environment: everybody on the machine may read arguments.
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    done = subprocess.run(  # noqa: S603 # nosec B603 - PostgreSQL's own program, and no shell
        [_tool(tool), "--no-password", *where, *arguments],
        check=False,
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        reason = " ".join(lines[:3]) or "it said nothing"
        raise Refused("%(tool)s did not succeed: %(reason)s", tool=tool, reason=reason)


def _conninfo(url: URL) -> str:
    return make_url(url).set(drivername="postgresql", password=None).render_as_string()


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise Refused(
            "%(tool)s is not on this machine. Install PostgreSQL’s client programs, of the server’s version or "
            "newer (Debian: postgresql-client).",
            tool=name,
        )
    return found
