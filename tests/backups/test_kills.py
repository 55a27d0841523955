"""A restore killed at any moment leaves the old installation or the new one, and nothing between."""

import itertools
import multiprocessing
import os
import shutil
import signal
from pathlib import Path

import pytest

from clevenio.app import create_app
from clevenio.backups import restoring, staging
from clevenio.backups.restoring import Wish
from clevenio.consent import verification
from clevenio.database import Database
from clevenio.settings import Settings
from tests.backups.conftest import KEYS, decisions
from tests.support.factories import NOW, grant, make_person


def kill_at(moment):
    """End this process at the so-many-th time that a file is moved, removed or synced."""
    moments = itertools.count(1)

    def passing(function):
        def wrapped(*given, **values):
            if next(moments) == moment:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*given, **values)

        return wrapped

    Path.replace, Path.unlink, os.fsync = passing(Path.replace), passing(Path.unlink), passing(os.fsync)
    shutil.rmtree, shutil.move = passing(shutil.rmtree), passing(shutil.move)
    staging.servers.exchange = passing(staging.servers.exchange)


def lives(path, env, moment):
    """Whether a restore in a process of its own lived through it, killed at a moment if it comes to that."""

    def run():
        kill_at(moment)
        restoring.restore(path, env, Wish(replace=True), NOW)

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode == 0


def settled(env):
    """How many decisions stand there once somebody has started on it, and that they are whole."""
    settings = Settings.from_env(env)
    staging.finish_interrupted(settings.data, settings.database_url)
    assert not (settings.data / staging.FOLDER).exists()
    assert not list(settings.data.glob("*.restored*"))
    database = Database(settings.database_url)
    try:
        with database.session(write=False) as session:
            assert list(verification.verify(session, settings.data / "seals", KEYS)) == []
        return decisions(database)
    finally:
        database.close()


def add_one(database):
    with database.session() as session:
        grant(session, make_person(session), "newsletter")
        session.commit()


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("every", [6, pytest.param(1, marks=pytest.mark.slow)])
def test_killed_at_any_moment_it_is_the_old_or_the_new(live, people, seal, back_up, here, settings, every):
    seal()
    path = back_up()
    add_one(live)
    seal(NOW.replace(hour=9))
    live.close()
    before = shutil.copytree(settings.data, settings.data.with_name("before"))
    database = Path(str(live.url.database))
    kept = database.read_bytes()
    seen, moment = [], 0
    while True:
        moment += every
        if lives(path, here, moment):
            break
        seen.append(settled(here))
        shutil.rmtree(settings.data)
        shutil.copytree(before, settings.data)
        for suffix in ("-wal", "-shm"):
            Path(f"{database}{suffix}").unlink(missing_ok=True)
        database.write_bytes(kept)
    assert set(seen) == {3, 4}, seen
    # First the old one, from the turning point on the new one.
    assert seen == sorted(seen, reverse=True)
    assert settled(here) == 3


@pytest.mark.parametrize("backend", ["postgresql"])
@pytest.mark.parametrize("step", ["put_in_place", "finish"])
def test_killed_at_the_turning_point_postgresql_is_the_old_or_the_new(
    live, people, back_up, here, step, monkeypatch
):
    path = back_up()
    add_one(live)
    live.close()

    def run():
        die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # noqa: E731
        setattr(staging.Stage, step, die)
        restoring.restore(path, here, Wish(replace=True), NOW)

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert settled(here) == (4 if step == "put_in_place" else 3)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_whoever_starts_next_ends_it(live, people, back_up, here, settings, monkeypatch):
    path = back_up()
    add_one(live)
    live.close()
    monkeypatch.setattr(staging.Stage, "finish", lambda _self: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        restoring.restore(path, here, Wish(replace=True), NOW)
    monkeypatch.undo()
    app = create_app(settings)
    kit = app.extensions["clevenio"]
    assert decisions(kit.database) == 3
    kit.database.close()
    kit.jobs.close()
    kit.presence.end()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_log_of_a_site_that_was_killed_never_meets_the_restored_database(
    live, people, back_up, here, bring_back
):
    path = back_up()
    add_one(live)
    database = Path(str(live.url.database))
    log = Path(f"{database}-wal")
    left = {each: each.read_bytes() for each in (database, log)}
    assert left[log], "nothing was left in the log"
    live.close()
    for each, content in left.items():
        each.write_bytes(content)
    there = bring_back(path, here, replace=True)
    assert decisions(there.database) == 3
    with there.database.session(write=False) as session:
        assert list(verification.verify(session, there.settings.data / "seals", KEYS)) == []
        assert session.connection().exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
