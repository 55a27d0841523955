import threading
from contextlib import nullcontext

import pytest

from clevenio import commands


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
    monkeypatch.setenv("CLEVENIO_PORT", "1")
    monkeypatch.setattr(commands, "_Worker", nullcontext)
    monkeypatch.setattr(commands, "Granian", lambda *_, **options: _Started(seen, **options))
    monkeypatch.setattr(commands.multiprocessing, "Process", lambda **options: _Started(seen, **options))
    before = set(threading.enumerate())
    done = app.test_cli_runner().invoke(commands.serve, [])
    assert done.exception is None
    assert seen["threads"] <= before
    assert seen["process"] is commands._announce
