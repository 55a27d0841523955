"""Statements that run once for each of very many rows: compiled once, and handed to the driver as they are.

SQLite needs a few dozen microseconds for a short transaction, and SQLAlchemy some hundred to bring it there.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import BindParameter, Dialect, bindparam
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.types import TypeEngine

from clevenio.database import Database

Step = tuple[UpdateBase, Mapping[str, Any]]


def given(name: str, type_: TypeEngine[Any] | None = None) -> BindParameter[Any]:
    """A value that is named when the statement runs. One of None is written `null()` in a statement instead."""
    return bindparam(name, type_=type_, required=False)


class Prepared:
    """A statement in the words of one database."""

    def __init__(self, statement: UpdateBase, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        self.text = str(compiled)
        self._constants = {name: value for name, value in compiled.params.items() if value is not None}
        self._given = [
            (name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect) or _as_it_is)
            for name in compiled.params.keys() - self._constants.keys()
        ]
        self._order = compiled.positiontup if compiled.positional else None

    def values(self, values: Mapping[str, Any]) -> Any:
        """The values as the driver takes them. Raises `KeyError` where one was not given."""
        all_ = self._constants | {name: convert(values[name]) for name, convert in self._given}
        return all_ if self._order is None else [all_[name] for name in self._order]


def _as_it_is(value: Any) -> Any:
    return value


# By statement and database. Statements are made once, so there are few.
_prepared: dict[tuple[UpdateBase, str], Prepared] = {}


class Line:
    """A connection that is kept for short transactions; it is in none between them. Comes from `line`."""

    def __init__(self, driver: Any, dialect: Dialect) -> None:
        self.is_sqlite = dialect.name == "sqlite"
        self._dialect = dialect
        self._cursor = driver.cursor()

    def run(self, *steps: Step) -> int:
        """Run statements as one transaction; returns how many rows the last one changed.

        Outside SQLite it is one statement, so that a server is asked once.
        """
        if self.is_sqlite:
            return self._run_together(steps)
        [(statement, values)] = steps
        return self._run(statement, values)

    def _run_together(self, steps: tuple[Step, ...]) -> int:
        changed = 0
        self._cursor.execute("BEGIN IMMEDIATE")
        try:
            for statement, values in steps:
                changed = self._run(statement, values)
            self._cursor.execute("COMMIT")
        except BaseException:
            self._cursor.execute("ROLLBACK")
            raise
        return changed

    def _run(self, statement: UpdateBase, values: Mapping[str, Any]) -> int:
        key = statement, self._dialect.name
        if (prepared := _prepared.get(key)) is None:
            prepared = _prepared[key] = Prepared(statement, self._dialect)
        self._cursor.execute(prepared.text, prepared.values(values))
        return int(self._cursor.rowcount)


@contextmanager
def line(database: Database) -> Iterator[Line]:
    """A connection for many short transactions of prepared statements."""
    alone = {} if database.is_sqlite else {"isolation_level": "AUTOCOMMIT"}
    with database.engine.connect().execution_options(**alone) as connection:
        yield Line(connection.connection.driver_connection, connection.dialect)
