"""The queue in each of its stores: a tick is asked for by one process and run by another, once."""

import shutil
import subprocess
import threading
import time
from collections import Counter

import pytest
from sqlalchemy import make_url

from clevenio.jobs import Jobs
from tests.support.components import missing
from tests.support.databases import new_postgresql
from tests.support.server import free_port, is_taken


@pytest.fixture
def redis_url(tmp_path):
    program = shutil.which("redis-server")
    if program is None:
        missing("redis-server")
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        until = time.monotonic() + 10
        while not is_taken(port):
            assert time.monotonic() < until, "Redis did not start"
            time.sleep(0.02)
        yield f"redis://127.0.0.1:{port}/0"
        process.terminate()


@pytest.fixture(params=["sqlite", "postgresql", pytest.param("redis", marks=pytest.mark.slow)])
def queue_url(request, tmp_path):
    """The address of an empty queue, in each store."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'queue.db'}"
    elif request.param == "redis":
        yield request.getfixturevalue("redis_url")
    else:
        with new_postgresql(request.getfixturevalue("postgresql_server")) as url:
            yield make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture
def process(queue_url, tmp_path):
    """`process()`: the jobs of one more process, which run nothing by themselves."""
    made = []

    def make():
        jobs = Jobs(queue_url, tmp_path)
        made.append(jobs)
        return jobs

    yield make
    for jobs in made:
        jobs.close()


def test_what_one_asks_for_another_runs(process):
    done = []
    asking, working = process(), process()
    for jobs in (asking, working):
        jobs.tick("newsletter", 1, lambda: done.append("newsletter"))
    asking.nudge("newsletter")
    assert done == []
    working.huey.execute(working.huey.dequeue())
    assert (done, working.huey.dequeue()) == (["newsletter"], None)


def test_several_workers_run_each_once(process):
    done, lock = Counter(), threading.Lock()

    def ran(name):
        with lock:
            done[name] += 1

    workers = [process() for _ in range(3)]
    names = [f"tick-{number}" for number in range(30)]
    for jobs in workers:
        for name in names:
            jobs.tick(name, 1, lambda name=name: ran(name))
    for name in names:
        workers[0].nudge(name)

    def work(jobs):
        while (task := jobs.huey.dequeue()) is not None:
            jobs.huey.execute(task)
        # PostgreSQL's store listens on a connection of each thread.
        jobs.close()

    threads = [threading.Thread(target=work, args=(jobs,)) for jobs in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == Counter(names)


def test_what_a_killed_worker_had_taken_is_lost_and_the_next_tick_finds_the_work(process):
    done = []
    one, other = process(), process()
    for jobs in (one, other):
        jobs.tick("newsletter", 1, lambda: done.append("newsletter"))
    one.nudge("newsletter")
    assert one.huey.dequeue() is not None
    # It dies here: nothing is in the queue, and what is to be done stands in the database.
    assert other.huey.dequeue() is None
    periodic = [
        task for task in other.huey._registry.periodic_tasks if type(task).__name__ == "tick-newsletter"
    ]
    other.huey.execute(periodic[0])
    assert done == ["newsletter"]
