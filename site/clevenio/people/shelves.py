"""By what people are found by suppression keys: of the two databases SQLite needs more than an index.

Keys have no order, so each row of a file would write a page of its own in an index of them alone. SQLite's index begins with
how an identifier does: those of a chunk begin alike (0016), so its rows lie on one of 256 shelves, side by side. One key is
looked for on every shelf. Who is in the suppression list at all is kept beside (`suppression_holders`), by triggers of the
database's own: as it has one writer, none can come between. PostgreSQL has hashes, which are as short as a number.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Index, Select, and_, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.functions import FunctionElement

# SQLite keeps an identifier as 32 digits, the letters in lower case.
SHELVES = ", ".join(f"'{number:02x}'" for number in range(256))
# From so many keys on it takes longer to look for each on every shelf than to go through everybody's.
MANY = 2_000


def indexes_of(key: str) -> tuple[Index, Index]:
    """The index by which people are found by a column of keys: SQLite's in shelves, and PostgreSQL's of hashes."""
    shelved = Index(f"ix_people_shelved_{key}", text("substr(id, 1, 2)"), key)
    hashed = Index(f"ix_people_hashed_{key}", key, postgresql_using="hash")
    return shelved.ddl_if(dialect="sqlite"), hashed.ddl_if(dialect="postgresql")


class _OnAnyShelf(FunctionElement[bool]):
    """Whether an identifier is on one of the shelves, as all are."""

    # Of no type: SQLAlchemy would compare a boolean with 1, and SQLite would not see the index's expression.
    inherit_cache = True


class _IsHeld(FunctionElement[bool]):
    """Whether the suppression list has or had an identifier of somebody."""

    inherit_cache = True


def is_among(key: InstrumentedAttribute[Any], keys: Sequence[str]) -> ColumnElement[bool]:
    """Whether a person's key is one of these: to find people by."""
    if len(keys) >= MANY:
        return key.in_(keys)
    return and_(_OnAnyShelf(key.class_.id), key.in_(keys))


def is_listed(key: InstrumentedAttribute[Any], listed: Select[str]) -> ColumnElement[bool]:
    """Whether a person's key is one of these, which are of the suppression list: to find people by."""
    return and_(_IsHeld(key.class_.id), key.in_(listed))


@compiles(_OnAnyShelf, "sqlite")
def _on_any_shelf(element: _OnAnyShelf, compiler: Any, **values: Any) -> str:
    # The very expression that the index has.
    return f"substr({compiler.process(element.clauses, **values)}, 1, 2) IN ({SHELVES})"


@compiles(_IsHeld, "sqlite")
def _is_held(element: _IsHeld, compiler: Any, **values: Any) -> str:
    return f"{compiler.process(element.clauses, **values)} IN (SELECT person FROM suppression_holders)"  # noqa: S608 # nosec B608 - a column of ours


@compiles(_OnAnyShelf)
@compiles(_IsHeld)
def _of_others(_element: Any, _compiler: Any, **_values: Any) -> str:
    return "true"
