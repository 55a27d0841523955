"""Many rows at once: asked for by a list of keys, and added as fast as the driver takes them.

What SQLAlchemy does for each value by itself costs more than the value, so it is done column by column here,
by the column's own type all the same.
"""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Dialect,
    Select,
    String,
    Table,
    Uuid,
    any_,
    bindparam,
    func,
    insert,
    select,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from clevenio.database import Base, connection_of, is_sqlite
from clevenio.faults import wrapped

# A stream of rows is not begun and ended for fewer than these.
FEW = 50
# Stands in no address and in no key (ASCII's own separator of units).
SEPARATOR = "\x1f"
Row = tuple[Any, ...]
Process = Callable[[Any], Any]


def among(session: Session | Connection, column: Any, keys: Collection[Any]) -> ColumnElement[bool]:
    """Whether a column holds one of these keys. One statement and one value in it, however many they are."""
    if not is_sqlite(session):
        return cast(ColumnElement[bool], column == any_(_listed(column, keys)))
    process = _process(column.type, connection_of(session).dialect)
    text = json.dumps(list(map(process, keys) if process else keys))
    each = func.json_each(bindparam(None, text, unique=True)).table_valued("value")
    return cast(ColumnElement[bool], column.in_(select(each.c.value)))


def likely(session: Session, held: Select[str], keys: Collection[str]) -> Collection[str]:
    """Of many keys those that a query for keys may find: one that has fewer rows than are asked for is read whole."""
    if len(keys) < FEW:
        return keys
    found = session.scalars(held.limit(len(keys))).all()
    return keys if len(found) == len(keys) else set(found).intersection(keys)


def _listed(column: Any, keys: Collection[Any]) -> ColumnElement[Any]:
    """Keys as an array of PostgreSQL's, as one text that it splits where that can be: the driver takes ten times as long to write a list."""
    type_ = ARRAY(column.type)
    if isinstance(column.type, Uuid):
        digits = SEPARATOR.join([key.hex for key in keys])
        return sql_cast(func.string_to_array(digits, SEPARATOR), type_)
    if isinstance(column.type, String):
        text = SEPARATOR.join(keys)
        # Keys that are empty, or hold the separator, do not come back as they were.
        if text and text.count(SEPARATOR) == len(keys) - 1:
            return func.string_to_array(text, SEPARATOR, type_=type_)
    return bindparam(None, list(keys), type_=type_, unique=True)


def add(session: Session | Connection, model: type[Base], names: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert rows of plain values, each in the order of `names`. Columns that are not named are the database's."""
    if not rows:
        return
    connection, table = connection_of(session), cast(Table, model.__table__)
    sqlite = is_sqlite(connection)
    if not sqlite and len(rows) < FEW:
        connection.execute(_insert(table), [dict(zip(names, row, strict=True)) for row in rows])
        return
    processes = [_process(table.c[name].type, connection.dialect) for name in names]
    columns = zip(processes, zip(*rows, strict=True), strict=True)
    made = zip(*(_each(process, column) if process else column for process, column in columns), strict=True)
    add_texts(connection, model, names, list(made))


def add_texts(
    session: Session | Connection, model: type[Base], names: Sequence[str], rows: Sequence[Row]
) -> None:
    """Insert rows of values as both databases read them: numbers and texts, identifiers as 32 digits, moments as `chain` writes them."""
    if not rows:
        return
    connection, table = connection_of(session), cast(Table, model.__table__)
    if is_sqlite(connection):
        connection.exec_driver_sql(_values(table, tuple(names)), rows)
    else:
        _stream(connection, _copy(table, tuple(names)), rows)


def _stream(connection: Connection, statement: str, rows: Iterable[Row]) -> None:
    driver: Any = connection.connection.driver_connection
    errors = connection.dialect.loaded_dbapi.Error
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except errors as error:
        raise wrapped(error, statement, errors) from error


def _each(process: Process, column: Sequence[Any]) -> Iterable[Any]:
    """A column's values for the driver; what rows have in common, as a moment or a text of evidence, is made once."""
    different = {id(value): value for value in column}
    if len(different) > len(column) // 2:
        return map(process, column)
    made = {key: process(value) for key, value in different.items()}
    return [made[id(value)] for value in column]


def _process(type_: TypeEngine[Any], dialect: Dialect) -> Process | None:
    return type_.dialect_impl(dialect).bind_processor(dialect)


# Statements are made once: building one costs more than running it. Names are those of our own columns.
_insert = cache(insert)


@cache
def _values(table: Table, names: tuple[str, ...]) -> str:
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608 # nosec B608 - names of our own columns


@cache
def _copy(table: Table, names: tuple[str, ...]) -> str:
    return f"COPY {table.name} ({', '.join(names)}) FROM STDIN"
