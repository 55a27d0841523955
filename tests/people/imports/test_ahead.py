"""A large file is checked by a process beside this one: what its death, an early end and the folder change."""

import signal
import subprocess
import sys
import threading
from contextlib import nullcontext
from multiprocessing.connection import Connection
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from flask.cli import ScriptInfo
from sqlalchemy import select

from clevenio.app import cli
from clevenio.errors import Refused
from clevenio.people.imports import ahead, receiving, working
from clevenio.people.imports.models import PeopleImport
from clevenio.people.imports.rows import Rules
from tests.support.factories import NOW
from tests.support.made_up_people import FILE

# It hears what it is asked, says so many bytes, and is killed.
KILLED = """
import os, signal, sys
os.read(int(sys.argv[1]), 1)
os.write(int(sys.argv[2]), bytes.fromhex(sys.argv[3]))
os.kill(os.getpid(), signal.SIGKILL)
"""
HALF_A_BATCH = (100).to_bytes(4, "big") + b"half"


@pytest.fixture
def backend():
    """Whoever checks asks no database."""
    return "sqlite"


@pytest.fixture(autouse=True)
def _large(monkeypatch):
    monkeypatch.setattr(ahead, "LARGE", 0)


@pytest.fixture(params=["unasked", "silent", "halfway"])
def killed(request, monkeypatch):
    """The process that checks is killed before it was asked, before it said anything, or in the middle of a batch."""
    start = ahead._started

    def killed_at_once(*places):
        process = start(*places)
        process.kill()
        assert process.wait() == -signal.SIGKILL
        return process

    def killed_later(*places):
        said = HALF_A_BATCH if request.param == "halfway" else b""
        command = [sys.executable, "-c", KILLED, *map(str, places), said.hex()]
        return subprocess.Popen(command, pass_fds=places)

    monkeypatch.setattr(ahead, "_started", killed_at_once if request.param == "unasked" else killed_later)
    return monkeypatch


@pytest.mark.usefixtures("killed")
def test_a_command_says_in_a_sentence_that_the_process_that_checks_was_killed(app, people):
    arguments = ["people", "import", str(FILE)]
    result = CliRunner().invoke(cli, arguments, obj=ScriptInfo(create_app=lambda: app))
    assert (result.exit_code, result.stdout) == (1, "")
    told = "The process that checks the file ended before it was done; perhaps memory ran out."
    assert result.stderr.splitlines()[-1].startswith(f"clevenio: {told}")
    assert "Aborted" not in result.stderr
    assert not people()


@pytest.fixture
def brought(database, settings, tmp_path):
    """`brought()`: a file that waits for the worker, as it is by now."""
    path = tmp_path / "people.csv"
    path.write_text("email\naino@example.fi\n", encoding="utf-8")
    with database.session() as session:
        columns = receiving.receive(session, settings.secret_keys, path, "staff", NOW).columns
        receiving.map_columns(session.scalars(select(PeopleImport)).one(), columns)
        session.commit()

    def brought():
        with database.session(write=False) as session:
            return session.scalars(select(PeopleImport)).one()

    return brought


def go_on(database, settings, attempt):
    """What the worker does when the file was silent so many times."""
    working.go_on(database, settings, lambda: NOW + attempt * working.SILENT)


def test_a_worker_tries_again_where_the_process_that_checks_was_killed(database, settings, brought, killed):
    go_on(database, settings, 0)
    assert (brought().state, brought().attempts, brought().problem) == ("checking", 1, None)
    killed.undo()
    go_on(database, settings, 1)
    assert (brought().state, brought().report["accepted"]) == ("checked", 1)


@pytest.mark.usefixtures("killed")
def test_a_worker_gives_up_where_that_process_is_killed_each_time(database, settings, brought):
    for attempt in range(working.ATTEMPTS + 1):
        assert brought().state == "checking"
        go_on(database, settings, attempt)
    assert brought().state == "failed"


class Held(Connection):
    """Fetches what comes first. Whatever comes then is fetched once somebody waits for the thread, or closes."""

    is_held, goes_on = threading.Event(), threading.Event()
    fetches = is_fetching = is_closed_under_it = False

    def recv_bytes(self, maxlength=None):
        """One message."""
        is_first, self.fetches = not self.fetches, True
        if is_first:
            return super().recv_bytes(maxlength)
        self.is_fetching = True
        self.is_held.set()
        self.goes_on.wait()
        try:
            return super().recv_bytes(maxlength)
        finally:
            self.is_fetching = False

    def close(self):
        """Close, and keep in mind under whom."""
        if self.fetches:
            self.is_closed_under_it = self.is_fetching
            self.goes_on.set()
        super().close()


@pytest.fixture
def held(monkeypatch):
    """`held()`: the one connection of this process from which batches were fetched."""
    made, pipe, join = [], ahead._pipe, threading.Thread.join

    def kept():
        pair = pipe()
        made.extend(pair)
        return pair

    def joined(thread, timeout=None):
        Held.goes_on.set()
        join(thread, timeout)

    Held.is_held.clear()
    Held.goes_on.clear()
    monkeypatch.setattr(ahead, "Connection", Held)
    monkeypatch.setattr(ahead, "_pipe", kept)
    monkeypatch.setattr(threading.Thread, "join", joined)
    return lambda: next(each for each in made if each.fetches)


@pytest.mark.parametrize("ending", [None, Refused("Enough.")])
def test_a_reading_that_ends_early_closes_no_pipe_under_the_thread_that_fetches(held, ending):
    rules = Rules("a-key", NOW, ZoneInfo("Europe/Helsinki"), "fi")
    is_refused = pytest.raises(Refused, match="Enough") if ending else nullcontext()
    with is_refused, ahead.checked_ahead(FILE, {}, rules, 100) as batches:
        assert next(batches).read == 0
        Held.is_held.wait()
        if ending:
            raise ending
    assert held().closed
    assert not held().is_closed_under_it


def test_a_module_in_the_folder_where_somebody_stands_is_not_ours(bring, tmp_path, monkeypatch):
    (tmp_path / "csv.py").write_text("raise SystemExit(3)\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert bring(path=FILE, is_dry_run=True).rows == 1000
