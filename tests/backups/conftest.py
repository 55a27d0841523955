"""An installation with people, mail and seals; a second, empty place; and the two acts in one line each."""

import os
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select

from clevenio import audit, audit_marks, audit_sealing
from clevenio.backups import restoring, taking
from clevenio.backups.restoring import Wish
from clevenio.consent import sealing
from clevenio.consent.models import Decision
from clevenio.database import Database
from clevenio.people import outside
from clevenio.people.suppression import FOLLOWED_AS
from clevenio.registry import loader
from clevenio.settings import Settings
from tests.rights.conftest import acts, relay
from tests.support import postgres
from tests.support.databases import new_postgresql
from tests.support.factories import NOW, SUPPRESSION_KEY, grant, make_person

__all__ = ["acts", "relay"]
KEYS = [SUPPRESSION_KEY]


@pytest.fixture(autouse=True)
def as_it_was(monkeypatch):
    """PostgreSQL's own programs are those of the tests' server; settings put in force go with the test."""
    if (folder := postgres.binaries()) is not None:
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    in_force = loader._IN_FORCE[:]
    yield
    loader._IN_FORCE[:] = in_force


@pytest.fixture
def folder(settings):
    return settings.data / "seals"


@pytest.fixture
def live(database, settings, folder):
    """The installation as its own processes keep it: whatever is committed is told outside the database."""
    database.follow(FOLLOWED_AS, lambda: outside.keep(database, folder, KEYS))
    database.follow(audit.FOLLOWED_AS, lambda: audit_marks.mark(database, folder, KEYS, NOW))
    return database


@pytest.fixture
def people(live):
    """Three people who subscribed."""
    with live.session() as session:
        found = [make_person(session, f"n{number}@example.com") for number in range(3)]
        for each in found:
            grant(session, each, "newsletter")
        session.commit()
        return [each.id for each in found]


@pytest.fixture
def seal(live, folder):
    def seal(now=NOW):
        sealing.seal(live, folder, KEYS, now)
        audit_sealing.seal(live, folder, KEYS, now)

    return seal


@pytest.fixture
def back_up(live, settings, tmp_path):
    def back_up(path=tmp_path / "backup.tar", now=NOW, **options):
        chosen = {"replace": False, "with_keys": True, **options}
        return taking.take(settings, live, path, now, **chosen).path

    return back_up


def environment(data, url, **more):
    own = {"DATA": str(data), "DATABASE_URL": url, "SUPPRESSION_KEY": SUPPRESSION_KEY, **more}
    return {f"CLEVENIO_{name}": value for name, value in own.items() if value is not None}


@pytest.fixture
def elsewhere(backend, request, tmp_path):
    """The settings of another, empty place on the same kind of database."""
    data = tmp_path / "elsewhere"
    if backend == "sqlite":
        yield environment(data, f"sqlite:///{data / 'clevenio.db'}")
        return
    with new_postgresql(request.getfixturevalue("postgresql_server")) as url:
        yield environment(data, url)


@pytest.fixture
def here(settings, live):
    """The settings of the place the backup is of."""
    return environment(settings.data, settings.database_url)


@pytest.fixture
def bring_back(live):
    """Restore a file into a place; what stands there afterwards, its database open until the test ends."""
    opened = []

    def bring_back(path, env, now=NOW, **wish):
        # As the site and its worker are stopped.
        live.close()
        done = restoring.restore(path, env, Wish(**wish), now)
        settings = Settings.from_env(env)
        database = Database(settings.database_url)
        opened.append(database)
        return SimpleNamespace(done=done, settings=settings, database=database, prepared=done.prepared)

    yield bring_back
    for each in opened:
        each.close()


def decisions(database):
    with database.session(write=False) as session:
        return session.scalar(select(func.count()).select_from(Decision))
