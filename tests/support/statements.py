"""Statements are compiled once for all databases of a process, as a server compiles them once for all requests.

Each test has a database of its own, and SQLAlchemy keeps what it compiled with the database: a fifth of what tests take.
"""

from typing import Any

from sqlalchemy import Dialect, Engine, create_engine
from sqlalchemy.util import LRUCache

from clevenio import database

KEPT = 4000
_compiled: dict[str, LRUCache[Any, Any]] = {}


def _shared_engine(url: str, **options: Any) -> Engine:
    engine = create_engine(url, **options)
    name = engine.dialect.name
    engine._compiled_cache = _compiled.setdefault(name, LRUCache(KEPT))
    _be_equal(type(engine.dialect))
    return engine


def _equals(one: object, other: object) -> bool:
    return type(one) is type(other)


def _hash(one: object) -> int:
    return hash(type(one))


def _be_equal(dialect: type[Dialect]) -> None:
    """Have one dialect's object found for another's: all servers of a run are of one version, all options the same."""
    for name, method in (("__eq__", _equals), ("__hash__", _hash)):
        setattr(dialect, name, method)


vars(database)["create_engine"] = _shared_engine
