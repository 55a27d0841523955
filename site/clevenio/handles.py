"""Handles that the database draws by itself, one for each row of a statement."""

from typing import Any

from sqlalchemy import String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class new_handle(FunctionElement[str]):  # noqa: N801 - a function of SQL, and written as one
    """A handle as `signing.new_handle` makes it, one for each row: 120 random bits in 20 characters."""

    type = String()
    inherit_cache = True


@compiles(new_handle, "sqlite")
def _handle_of_sqlite(_element: new_handle, _compiler: Any, **_values: Any) -> str:
    return "new_handle()"


@compiles(new_handle, "postgresql")
def _handle_of_postgresql(_element: new_handle, _compiler: Any, **_values: Any) -> str:
    # Its random UUIDs have 122 bits of a strong source in fixed places; the hash spreads them.
    drawn = "substring(sha256(uuid_send(gen_random_uuid())) for 15)"
    return f"translate(encode({drawn}, 'base64'), '+/', '-_')"
