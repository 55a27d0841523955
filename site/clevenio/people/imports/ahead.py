"""Checking a file in a process of its own, so that it goes on while what was checked is stored.

The process reads this module alone: one that began with the whole program would take longer than many a file.
"""

import gc
import os
import signal
import subprocess  # nosec B404 - this module, by its own interpreter
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path

from clevenio.errors import Problem
from clevenio.people.imports.checking import Batch, checked, unpacked
from clevenio.people.imports.formats import Chosen
from clevenio.people.imports.rows import Rules

# Bytes from which on a process is worth its start.
LARGE = 1_000_000
# After so many new objects the process looks for those that nobody can reach.
SELDOM = 50_000


@contextmanager
def checked_ahead(path: Path, chosen: Chosen, rules: Rules, size: int) -> Iterator[Iterator[Batch]]:
    """What `checked` gives. At most two batches wait to be taken, so memory stays flat."""
    if not path.is_file() or path.stat().st_size < LARGE:
        yield checked(path, chosen, rules, size)
        return
    # Not forked: a copy of this process would hold its connection to the database too.
    asks, told = _pipe(), _pipe()
    with asks[1], told[0]:
        with asks[0], told[1]:
            process = _started(asks[0].fileno(), told[1].fileno())
        try:
            asks[1].send((path, chosen, rules, size))
            yield _received(told[0])
        finally:
            process.kill()
            process.wait()


def _pipe() -> tuple[Connection, Connection]:
    """Where one reads and another writes."""
    reading, writing = os.pipe()
    return Connection(reading, writable=False), Connection(writing, readable=False)


def _started(asks: int, told: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", __name__, str(asks), str(told)]
    found = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen(command, env=found, pass_fds=(asks, told))  # noqa: S603 # nosec B603 - nothing of anybody else's in it


def _received(told: Connection) -> Iterator[Batch]:
    """What the other process tells. A pipe holds less than a batch, so one is fetched while the one before is stored."""
    fetching = ThreadPoolExecutor(1)
    try:
        fetched = fetching.submit(told.recv_bytes)
        while content := fetched.result():
            fetched = fetching.submit(told.recv_bytes)
            yield unpacked(content)
        if isinstance(problem := told.recv(), Problem):
            raise problem
    finally:
        # Whoever does not read to the end ends the process too, and then there is nothing more to fetch.
        fetching.shutdown(wait=False)


def _check(asks: Connection, told: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What was read at the start stays, and rows leave nothing behind that points at itself.
    gc.freeze()
    gc.set_threshold(SELDOM)
    # Where nobody takes the batches any more there is nothing left to do.
    with suppress(BrokenPipeError, EOFError):
        path, chosen, rules, size = asks.recv()
        found: Problem | None = None
        try:
            for batch in checked(path, chosen, rules, size):
                told.send_bytes(batch.packed())
        except Problem as problem:
            found = problem
        told.send_bytes(b"")
        told.send(found)


if __name__ == "__main__":
    _check(*(Connection(int(place)) for place in sys.argv[1:]))
