"""Erasures and the daily run killed without warning, at each commit and each file: both come to their end."""

import itertools
import multiprocessing
import os
import shutil
import signal
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, func, insert, select

from clevenio.database import Database
from clevenio.people.usage import UsageEvent
from clevenio.rights.models import State
from clevenio.rights.retention.models import Count
from tests.rights.conftest import EMAIL, Acts
from tests.rights.test_disk import holding
from tests.support.factories import NOW, make_person

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
LATER = NOW + timedelta(hours=1)
ROWS = 2_500


def kill_at(database, moment):
    """End this process at the so-many-th time that rows are committed, were committed, or a file goes."""
    moments = itertools.count(1)

    def passes(*_given):
        if next(moments) == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    unlink = Path.unlink

    def goes(path, **values):
        passes()
        unlink(path, **values)
        passes()

    Path.unlink = goes
    event.listen(database.engine, "commit", passes)
    event.listen(database.engine, "checkin", passes)


def lives(settings, moment, work):
    """Whether a process of its own lived through the work, killed at a moment if it comes to that."""

    def run():
        database = Database(settings.database_url)
        kill_at(database, moment)
        work(Acts(database, settings))

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode == 0


@pytest.fixture
def each_moment(database, settings, tmp_path):
    """`for _ in each_moment(work)`: what there is after the work was killed, at each (n-th) moment in turn."""

    def moments(work, step=1):
        database.close()
        before = tmp_path / "before"
        path = Path(database.url.database)
        shutil.copytree(settings.data, before / "data")
        shutil.copyfile(path, before / "database")
        for moment in itertools.count(1, step):
            is_whole = lives(settings, moment, work)
            yield moment
            database.close()
            if is_whole:
                return
            for beside in path.parent.glob(f"{path.name}*"):
                beside.unlink()
            shutil.copyfile(before / "database", path)
            shutil.rmtree(settings.data)
            shutil.copytree(before / "data", settings.data)

    return moments


@pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.slow)])
def test_an_erasure_that_is_killed_anywhere_ends_all_the_same(
    acts, relay, settings, database, each_moment, step
):
    request = acts.ask(acts.customer())
    acts.deliver(relay)
    moments = 0
    for _ in each_moment(lambda theirs: theirs.erase(request, relay), step):
        assert (acts.person() is None) == ("erased" in acts.history(request))
        if acts.request(request).is_waiting:
            acts.erase(request, relay, LATER)
            acts.go_on(LATER)
        assert acts.request(request).state == State.DONE
        assert acts.history(request).count("erased") == 1
        kept = [str(path) for path in (settings.data / "mail").glob("*.eml")]
        assert holding([f"{database.url.database}{end}" for end in ("", "-wal")]) == []
        assert len(holding(kept)) <= 1
        moments += 1
    assert moments > 4


@pytest.mark.parametrize("step", [23, pytest.param(1, marks=pytest.mark.slow)])
def test_a_daily_run_that_is_killed_anywhere_counts_every_row_once(acts, database, each_moment, step):
    with database.session() as session:
        person = make_person(session, EMAIL).id
        rows = [{"person": person, "kind": "login", "at": NOW, "day": NOW.date()} for _ in range(ROWS)]
        session.execute(insert(UsageEvent), rows)
        session.commit()
    over = NOW + timedelta(days=400)
    moments = 0
    for _ in each_moment(lambda theirs: theirs.let_go(over), step):
        acts.let_go(over + timedelta(hours=1))
        with database.session(write=False) as session:
            left = session.scalar(select(func.count()).select_from(UsageEvent))
            told = session.scalar(select(func.sum(Count.gone)).where(Count.rule == "usage_log"))
        assert (left, told) == (0, ROWS)
        moments += 1
    assert moments > 3
