"""Where SQLite's indexes of suppression keys hold somebody: on one of sixteen shelves, by the first digit of their identifier.

Keys have no order, so that each row of a file writes a page of its own in an index of them alone. The identifiers of a
chunk begin alike (0016), and so all of its rows lie on one shelf. Whoever looks for a key looks on every shelf.
"""

from typing import Any

from sqlalchemy import ColumnElement, Index, and_, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.functions import FunctionElement

# SQLite keeps an identifier as 32 digits, the letters in lower case.
_SHELVES = ", ".join(f"'{digit}'" for digit in "0123456789abcdef")


def indexes_of(key: str) -> tuple[Index, Index]:
    """The index by which people are found by a column of keys: SQLite's in shelves, and PostgreSQL's without."""
    shelved = Index(f"ix_people_shelved_{key}", text("substr(id, 1, 1)"), key)
    return shelved.ddl_if(dialect="sqlite"), Index(f"ix_people_{key}", key).ddl_if(dialect="postgresql")


class _OnAnyShelf(FunctionElement[bool]):
    """Whether an identifier is on one of the shelves, as all are."""

    # Of no type: SQLAlchemy would compare a boolean with 1, and SQLite would not see the index's expression.
    inherit_cache = True


def is_among(key: InstrumentedAttribute[Any], keys: Any) -> ColumnElement[bool]:
    """Whether a person's key is one of these, a list or a query: to find people by, as SQLite then looks on every shelf."""
    return and_(_OnAnyShelf(key.class_.id), key.in_(keys))


@compiles(_OnAnyShelf, "sqlite")
def _of_sqlite(element: _OnAnyShelf, compiler: Any, **values: Any) -> str:
    # The very expression that the index has.
    return f"substr({compiler.process(element.clauses, **values)}, 1, 1) IN ({_SHELVES})"


@compiles(_OnAnyShelf)
def _of_others(_element: _OnAnyShelf, _compiler: Any, **_values: Any) -> str:
    return "true"
