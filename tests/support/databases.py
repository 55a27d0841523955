"""A clean database for each test, on SQLite and on PostgreSQL.

The schema is migrated once a process, into a template; a test gets a copy, which takes milliseconds
and, unlike a transaction that is rolled back, lets code commit and a second session look.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.orm import Session

from clevenio.database import Database
from clevenio.migrations import upgrade
from tests.support import postgres
from tests.support.components import missing

BACKENDS = ("sqlite", "postgresql")
SHARED = "postgresql"

OtherSession = Callable[[], AbstractContextManager[Session]]


class Servers:
    """Starts the server at the first need; several processes of one run share it."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._stack = ExitStack()
        self._url: URL | None = None

    def url(self) -> URL:
        if self._url is None:
            self._url = self._shared() or self._stack.enter_context(postgres.running())
        return self._url

    def close(self) -> None:
        self._stack.close()

    def _shared(self) -> URL | None:
        shared = getattr(self._config, "workerinput", {}).get(SHARED)
        return make_url(shared) if shared else None


SERVERS = pytest.StashKey[Servers]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SERVERS] = Servers(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[SERVERS].close()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """The process that hands out tests starts the server that its workers share."""
    if postgres.is_available():
        url = node.config.stash[SERVERS].url()  # type: ignore[attr-defined]
        node.workerinput[SHARED] = url.render_as_string(hide_password=False)  # type: ignore[attr-defined]


@contextmanager
def new_postgresql(server: URL, template: str = "template0") -> Iterator[str]:
    """The address of a database that is dropped when the block ends."""
    name = f"clevenio_{uuid4().hex}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"))
            try:
                yield server.set(database=name).render_as_string(hide_password=False)
            finally:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        engine.dispose()


def migrate(url: str) -> None:
    database = Database(url)
    upgrade(database)
    database.close()


@pytest.fixture(scope="session")
def postgresql_server(pytestconfig: pytest.Config) -> URL:
    """The maintenance address of the PostgreSQL that the tests use."""
    if not postgres.is_available():
        missing("PostgreSQL")
    return pytestconfig.stash[SERVERS].url()


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: URL) -> Iterator[str]:
    """The name of a migrated database to copy."""
    with new_postgresql(postgresql_server) as url:
        migrate(url)
        yield str(make_url(url).database)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database file to copy."""
    path = tmp_path_factory.mktemp("template") / "clevenio.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def empty_database(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without a single table, on each backend."""
    if backend == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
        yield database
        database.close()
        return
    with new_postgresql(request.getfixturevalue("postgresql_server")) as url:
        database = Database(url)
        yield database
        database.close()


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """`sqlite` and `postgresql`, one test each."""
    return str(request.param)


@pytest.fixture
def database_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh, migrated database, on each backend."""
    if backend == "sqlite":
        path = tmp_path / "clevenio.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server = request.getfixturevalue("postgresql_server")
    with new_postgresql(server, request.getfixturevalue("postgresql_template")) as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh, migrated database, on each backend."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def other_session(database_url: str) -> Iterator[OtherSession]:
    """`with other_session() as session:` reads what was committed, through a connection of its own."""
    other = Database(database_url)
    yield lambda: other.session(write=False)
    other.close()
