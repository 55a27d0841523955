import sqlite3

import pytest

from clevenio.errors import BadInput
from clevenio.jobs import Jobs


@pytest.fixture
def jobs(tmp_path):
    made = Jobs(None, tmp_path)
    yield made
    made.close()


def test_a_nudge_waits_in_the_queue_until_somebody_works(jobs):
    done = []
    jobs.tick("mail", 1, lambda: done.append("mail"))
    jobs.nudge("mail")
    assert done == []
    jobs.huey.execute(jobs.huey.dequeue())
    assert done == ["mail"]


def test_a_queue_that_fails_does_not_fail_the_person(jobs, monkeypatch, caplog):
    jobs.tick("mail", 1, lambda: None)

    def broken(*_args, **_kwargs):
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(jobs.huey, "enqueue", broken)
    jobs.nudge("mail")
    assert "took no nudge" in caplog.text


def test_every_tick_runs_by_the_clock(jobs):
    jobs.tick("mail", 1, lambda: None)
    jobs.tick("seal", 60, lambda: None)
    names = {type(task).__name__ for task in jobs.huey._registry.periodic_tasks}
    assert names == {"tick-mail", "tick-seal"}


def test_an_unknown_kind_of_queue_is_refused(tmp_path):
    with pytest.raises(BadInput, match="QUEUE_URL"):
        Jobs("amqp://localhost", tmp_path)
