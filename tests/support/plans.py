"""What is asked of a database, and how it goes about it: a figure that grows with a table is seen before the table has grown."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from clevenio.database import Database


@contextmanager
def asked(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """Every statement that is sent meanwhile, with its values."""
    found: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        found.append((statement, values))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def steps(database: Database, statements: list[tuple[str, Any]], table: str) -> list[str]:
    """How SQLite goes through a table in these statements: a line each time."""
    with database.engine.connect() as connection:
        plans = [
            connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            for statement, values in statements
            if table in statement
        ]
        return [row.detail for plan in plans for row in plan if f" {table}" in row.detail]
