"""By what people are found by suppression keys: of the two databases SQLite needs more than an index.

Keys have no order, so each row of a file would write a page of its own in an index of them alone. SQLite's index begins with
how an identifier does: those of a chunk begin alike (0016), so its rows lie on one of 256 shelves, side by side. One key is
looked for on every shelf. Who is in the suppression list at all is noted beside (`suppression_holders`): as SQLite has one
writer, none can come between. PostgreSQL has hashes, which are as short as a number.
"""

import logging
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Index, Select, and_, text
from sqlalchemy.engine import Connection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.functions import FunctionElement

from clevenio.database import Database, is_sqlite

log = logging.getLogger(__name__)
# SQLite keeps an identifier as 32 digits, the letters in lower case.
SHELVES = ", ".join(f"'{number:02x}'" for number in range(256))
# Among a million people it takes as long to go through everybody's keys as to look for so many on every shelf.
MANY = 2_000
# Whose identifiers the list has or had, and of whom that is not noted.
_UNNOTED = (
    "(EXISTS (SELECT 1 FROM suppressions WHERE key = email_suppression) "
    "OR EXISTS (SELECT 1 FROM suppressions WHERE key = phone_suppression)) "
    "AND id NOT IN (SELECT person FROM suppression_holders)"
)
# nosemgrep: sql-is-not-built-from-text -- the condition above
_NOTE = f"INSERT INTO suppression_holders SELECT id FROM people WHERE id = ? AND {_UNNOTED}"  # noqa: S608 # nosec B608 - the same


def indexes_of(key: str) -> tuple[Index, Index]:
    """The index by which people are found by a column of keys: SQLite's in shelves, and PostgreSQL's of hashes."""
    shelved = Index(f"ix_people_shelved_{key}", text("substr(id, 1, 2)"), key)
    hashed = Index(f"ix_people_hashed_{key}", key, postgresql_using="hash")
    return shelved.ddl_if(dialect="sqlite"), hashed.ddl_if(dialect="postgresql")


def note(connection: Connection, people: Collection[UUID]) -> None:
    """Note of new people whom the list has, in the transaction that adds them; does nothing but on SQLite.

    Not of those of whom was seen within it that the list has none of their keys. What becomes of the list and of people
    later, triggers note. One for new people would be called for each row of a file: a fifth of what a row takes.
    """
    if is_sqlite(connection) and people:
        connection.exec_driver_sql(_NOTE, [(person.hex,) for person in people])


def mend(database: Database) -> int:
    """Note whoever is not noted and should be, which is nobody; how many they were. Goes through everybody."""
    if not database.is_sqlite:
        return 0
    with database.session(write=False) as session:
        # nosemgrep: sql-is-not-built-from-text -- the condition above
        found = session.scalars(text(f"SELECT id FROM people WHERE {_UNNOTED}")).all()  # noqa: S608 # nosec B608 - the same
    if found:
        log.error(
            "of %s people it was not noted that they are in the suppression list; it is now", len(found)
        )
        with database.write() as connection:
            note(connection, [UUID(person) for person in found])
    return len(found)


class _OnAnyShelf(FunctionElement[bool]):
    """Whether an identifier is on one of the shelves, as all are."""

    # Of no type: SQLAlchemy would compare a boolean with 1, and SQLite would not see the index's expression.
    inherit_cache = True


class _IsNoted(FunctionElement[bool]):
    """Whether the suppression list has or had an identifier of somebody."""

    inherit_cache = True


def is_among(key: InstrumentedAttribute[Any], keys: Sequence[str]) -> ColumnElement[bool]:
    """Whether a person's key is one of these: to find people by."""
    if len(keys) >= MANY:
        return key.in_(keys)
    return and_(_OnAnyShelf(key.class_.id), key.in_(keys))


def is_listed(key: InstrumentedAttribute[Any], listed: Select[str]) -> ColumnElement[bool]:
    """Whether a person's key is one of these, which are of the suppression list: to find people by."""
    return and_(_IsNoted(key.class_.id), key.in_(listed))


@compiles(_OnAnyShelf, "sqlite")
def _on_any_shelf(element: _OnAnyShelf, compiler: Any, **values: Any) -> str:
    # The very expression that the index has.
    return f"substr({compiler.process(element.clauses, **values)}, 1, 2) IN ({SHELVES})"


@compiles(_IsNoted, "sqlite")
def _is_noted(element: _IsNoted, compiler: Any, **values: Any) -> str:
    return f"{compiler.process(element.clauses, **values)} IN (SELECT person FROM suppression_holders)"  # noqa: S608 # nosec B608 - a column of ours


@compiles(_OnAnyShelf)
@compiles(_IsNoted)
def _of_others(_element: Any, _compiler: Any, **_values: Any) -> str:
    return "true"
