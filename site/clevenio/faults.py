"""What is wrong at the database, in words that hold nobody's data.

PostgreSQL repeats the values of a row in its complaints (`DETAIL: Key (address_key)=(…) already
exists.`), and both drivers repeat what they cannot convert. Such text would end in logs, on terminals
and in traces, so it is taken out where the driver's error comes in.
"""

from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, StatementError

# PostgreSQL, appendix A: class 22 complains about data, and its very first line repeats it.
DATA = "22"


def hide_values(context: ExceptionContext) -> None:
    """Rewrite a driver's error, and the one SQLAlchemy made of it, without values; for `handle_error`."""
    if isinstance(context.sqlalchemy_exception, DBAPIError):
        _hide(context.sqlalchemy_exception, context.original_exception)


def wrapped(error: Exception, statement: str, base: type[Exception]) -> StatementError:
    """A driver's error as SQLAlchemy would raise it, without values; `base` is what all of that driver's are."""
    made = DBAPIError.instance(statement, None, error, base, hide_parameters=True)
    _hide(made, error)
    return made


def _hide(made: StatementError, error: BaseException) -> None:
    said = _said(error)
    error.args = (said,)
    kind = type(error)
    made.args = (f"({kind.__module__}.{kind.__name__}) {said}",)


def _said(error: BaseException) -> str:
    state = getattr(error, "sqlstate", None)
    if state is not None:
        return _said_by_server(error, state)
    is_from_sqlite = getattr(error, "sqlite_errorname", None) is not None
    # An operational error without a code speaks of the connection; the rest is a driver about a value.
    is_about_connection = type(error).__module__ == "psycopg" and type(error).__name__ == "OperationalError"
    return str(error) if is_from_sqlite or is_about_connection else "the driver's words are left out"


def _said_by_server(error: BaseException, state: str) -> str:
    """The first line, the code and the names of what was violated; details and contexts hold values."""
    found = getattr(error, "diag", None)
    names = {
        kind: getattr(found, f"{kind}_name", None) for kind in ("table", "column", "constraint", "datatype")
    }
    where = [f"SQLSTATE {state}", *(f"{kind} {name}" for kind, name in names.items() if name)]
    first = "" if state.startswith(DATA) else str(getattr(found, "message_primary", None) or "")
    return f"{first} ({', '.join(where)})".strip()
