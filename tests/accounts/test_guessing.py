"""Limits on guessing hold across processes, and locking somebody out by them does not work."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from clevenio.accounts import guessing
from tests.accounts.try_passwords import KEY
from tests.support.factories import NOW

ROOT = Path(__file__).parents[2]


@pytest.fixture
def processes(database_url):
    """`processes(("aino@example.com", "192.0.2.0/24", 10), …)`: how many tries each process was let."""

    def run(*jobs):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "site")])}
        started = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.accounts.try_passwords", database_url, *map(str, job)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=environment,
                cwd=ROOT,
            )
            for job in jobs
        ]
        for each in started:
            assert each.stdout.readline() == "ready\n"
        for each in started:
            each.stdin.write("go\n")
            each.stdin.flush()
        return [int(each.communicate(timeout=60)[0]) for each in started]

    return run


def test_two_processes_share_one_count_of_an_address_from_a_network(processes):
    job = ("aino@example.com", "192.0.2.0/24", 10)
    assert sum(processes(job, job)) == guessing.STAFF.pair.most


def test_guessing_from_many_networks_at_once_is_counted_together(processes):
    jobs = [("aino@example.com", f"198.51.{number}.0/24", 10) for number in range(5)]
    assert sum(processes(*jobs)) == guessing.STAFF.address.most


def test_a_strangers_guesses_from_two_processes_lock_nobody_out_where_they_have_been(database, processes):
    own = guessing.Try(guessing.STAFF, KEY, "aino@example.com", "192.0.2.0/24", NOW)
    with database.session() as session:
        assert own.begin(session)
        own.succeed(session)
        session.commit()
    jobs = [("aino@example.com", f"198.51.{number}.0/24", 10) for number in range(4)]
    assert sum(processes(*jobs)) == guessing.STAFF.address.most
    with database.session() as session:
        assert own.begin(session)


def test_many_guesses_at_one_address_leave_others_of_that_network_alone(database, processes):
    job = ("aino@example.com", "192.0.2.0/24", 20)
    processes(job, job)
    with database.session() as session:
        assert guessing.Try(guessing.STAFF, KEY, "matti@example.com", "192.0.2.0/24", NOW).begin(session)


def test_two_processes_share_one_count_of_a_known_browser_wherever_they_are(processes):
    jobs = [("aino@example.com", f"192.0.{number}.0/24", 10, "a known browser") for number in range(2)]
    assert sum(processes(*jobs)) == guessing.STAFF.device.most


def test_strangers_in_every_network_at_once_leave_a_known_browser_all_its_tries(processes):
    strangers = [("aino@example.com", f"192.0.{number}.0/24", 20) for number in range(4)]
    own = ("aino@example.com", "192.0.0.0/24", guessing.STAFF.device.most, "a known browser")
    assert processes(*strangers, own)[-1] == guessing.STAFF.device.most
    # And the other way round: what a known browser tries is not counted against anybody else.
    spent = ("matti@example.com", "198.51.0.0/24", 20, "another known browser")
    other = ("matti@example.com", "198.51.0.0/24", guessing.STAFF.pair.most)
    assert processes(spent, other)[-1] == guessing.STAFF.pair.most
