"""A server of our own, whose files are ours to look into, and an erasure that left its bytes there."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.rights.conftest import EMAIL
from tests.support import postgres
from tests.support.components import missing
from tests.support.databases import migrate
from tests.support.factories import NOW, make_person

FORMS = (EMAIL.encode(), b"unohdettava", EMAIL.upper().encode())
# Half past four in Finland, in summer.
NIGHT = NOW.replace(hour=1, minute=30) + timedelta(days=1)
RIGHTS = "SELECT, INSERT, UPDATE, DELETE"
GRANTS = (
    "GRANT pg_checkpoint TO site",
    "GRANT EXECUTE ON FUNCTION pg_switch_wal() TO site",
    "GRANT EXECUTE ON FUNCTION pg_ls_waldir() TO site",
    "GRANT EXECUTE ON FUNCTION pg_ls_dir(text), pg_stat_file(text, boolean) TO site",
)


@pytest.fixture(scope="module")
def server():
    """A server whose files are ours to look into; the site's role is nobody special there."""
    if postgres.binaries() is None:
        missing("PostgreSQL")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(postgres.OWN_URL, raising=False)
        with postgres.running((*postgres.FAST, "autovacuum=off", "max_prepared_transactions=1")) as url:
            run_as_operator(url, "CREATE ROLE site LOGIN", "CREATE DATABASE migrated OWNER site")
            migrate(url.set(database="migrated", username="site").render_as_string(hide_password=False))
            yield url


def run_as_operator(server, *statements, database="postgres"):
    """Statements of whoever keeps the server, in a database of it."""
    engine = create_engine(server.set(database=database), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def as_operator(server):
    return partial(run_as_operator, server)


@pytest.fixture
def database_url(server, as_operator):
    as_operator("CREATE DATABASE site TEMPLATE migrated OWNER site")
    yield server.set(database="site", username="site").render_as_string(hide_password=False)
    as_operator("DROP DATABASE site WITH (FORCE)", "REVOKE pg_checkpoint FROM site")
    as_operator("ALTER ROLE site RESET ALL")


@pytest.fixture
def granted(as_operator, database_url):
    as_operator(*GRANTS, database="site")


@pytest.fixture
def files(server, settings, as_operator):
    """Which files hold the address, of the server's and of ours, once the server has written down what it has."""

    def found():
        as_operator("CHECKPOINT")
        home = Path(server.query["host"])
        paths = [path for folder in (home, settings.data) for path in folder.rglob("*") if path.is_file()]
        return sorted(
            str(path.relative_to(path.parents[-1]))
            for path in paths
            if path.suffix != ".eml" and any(form in path.read_bytes() for form in FORMS)
        )

    return found


@pytest.fixture
def erased(acts, relay, database):
    """An erasure whose answer has left, among others, and of which the tables' statistics knew."""
    person = acts.customer()
    with database.session() as session:
        for number in range(50):
            make_person(session, f"stays{number}@example.com")
        session.commit()
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    request = acts.ask(person)
    acts.begin(request)
    acts.deliver(relay)
    return request


def in_folder(found, name):
    return [path for path in found if f"/{name}/" in path]
