import os
import signal
import socket
import threading
import time
from contextlib import nullcontext, suppress
from pathlib import Path

import pytest

from clevenio import commands
from clevenio.errors import Refused
from tests.support.server import free_port


class _Started:
    """Stands in for a process or a server, and remembers how it was asked for."""

    def __init__(self, seen, *arguments, **options):
        self._seen, self._options = seen, options

    def start(self):
        self._seen["process"] = self._options["target"]

    def serve(self):
        self._seen["threads"] = set(threading.enumerate())


@pytest.mark.parametrize("backend", ["sqlite"])
def test_no_thread_is_in_the_middle_of_anything_when_web_workers_are_forked(app, monkeypatch):
    """A fork that catches a thread importing a codec gives a web worker that fails for ever."""
    seen = {}
    monkeypatch.setattr(commands, "_Worker", nullcontext)
    monkeypatch.setattr(commands, "Granian", lambda *_, **options: _Started(seen, **options))
    monkeypatch.setattr(commands.FORK, "Process", lambda **options: _Started(seen, **options))
    before = set(threading.enumerate())
    done = app.test_cli_runner().invoke(commands.serve, ["--port", str(free_port())])
    assert done.exception is None
    assert seen["threads"] <= before
    assert seen["process"] is commands._announce


def test_a_worker_that_dies_is_started_again(start_site):
    site = start_site()
    (keeper,) = (pid for pid in _children(site.pid) if _children(pid))
    (worker,) = _children(keeper)
    os.kill(worker, signal.SIGKILL)
    _until(lambda: worker not in _children(keeper) and _children(keeper))
    assert site.stop() == 0


def test_a_site_that_is_killed_leaves_no_worker_behind(start_site):
    site = start_site()
    (keeper,) = (pid for pid in _children(site.pid) if _children(pid))
    (worker,) = _children(keeper)
    os.kill(site.pid, signal.SIGKILL)
    _until(lambda: not {keeper, worker} & set(_running()))


def test_a_worker_whose_keeper_is_killed_ends(start_site):
    site = start_site()
    (keeper,) = (pid for pid in _children(site.pid) if _children(pid))
    (worker,) = _children(keeper)
    os.kill(keeper, signal.SIGKILL)
    _until(lambda: worker not in _running())


def _until(holds):
    until = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


def _running():
    """The parent of each process that has not ended, by number."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                found[int(path.parent.name)] = int(parent)
    return found


def _children(pid):
    return [child for child, parent in _running().items() if parent == pid]


def test_a_port_that_somebody_listens_on_is_refused():
    with (
        socket.create_server(("127.0.0.1", 0), reuse_port=True) as taken,
        pytest.raises(Refused, match="in use"),
    ):
        commands._require_free(taken.getsockname()[1])
