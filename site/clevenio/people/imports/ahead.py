"""Checking a file in a process of its own, so that it goes on while what was checked is stored.

The process reads this module alone: one that began with the whole program would take longer than many a file.
"""

import gc
import os
import signal
import subprocess  # nosec B404 - this module, by its own interpreter
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path

from clevenio.errors import Problem, Unavailable
from clevenio.people.imports.checking import Batch, checked, unpacked
from clevenio.people.imports.formats import Chosen
from clevenio.people.imports.reading import is_plainly_whole, middle
from clevenio.people.imports.rows import Rules

# Bytes from which on a process is worth its start.
LARGE = 1_000_000
# After so many new objects the process looks for those that nobody can reach.
SELDOM = 50_000


@contextmanager
def checked_ahead(path: Path, chosen: Chosen, rules: Rules, size: int) -> Iterator[Iterator[Batch]]:
    """What `checked` gives. At most two batches wait to be taken, so memory stays flat.

    Raises `Unavailable` where the process that checks has died.
    """
    if not path.is_file() or path.stat().st_size < LARGE:
        yield checked(path, chosen, rules, size)
        return
    # Not forked: a copy of this process would hold its connection to the database too.
    asks, told = _pipe(), _pipe()
    # Who fetches is waited for before the pipe is closed: its number may be another file's at once.
    with asks[1], told[0], ThreadPoolExecutor(1) as fetching:
        with asks[0], told[1]:
            process = _started(asks[0].fileno(), told[1].fileno())
        try:
            # Each looks at half of the file first: this one has nothing else to do by then.
            half = middle(path)
            with _alive():
                asks[1].send((path, chosen, rules, size, half))
                asks[1].send(is_plainly_whole(path, 0, half))
            yield _received(told[0], fetching)
        finally:
            # Whoever does not read to the end ends the process too, and then there is nothing more to fetch.
            process.kill()
            process.wait()


def _pipe() -> tuple[Connection, Connection]:
    """Where one reads and another writes."""
    reading, writing = os.pipe()
    return Connection(reading, writable=False), Connection(writing, readable=False)


def _started(asks: int, told: int) -> "subprocess.Popen[bytes]":
    # Without -P the folder that somebody stands in would come before Python's own modules.
    command = [sys.executable, "-P", "-m", __name__, str(asks), str(told)]
    found = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen(command, env=found, pass_fds=(asks, told))  # noqa: S603 # nosec B603 - nothing of anybody else's in it


@contextmanager
def _alive() -> Iterator[None]:
    """Raises `Unavailable` where nobody is at the other end of a pipe any more, or was gone in the middle of a word."""
    try:
        yield
    except (EOFError, OSError) as error:
        raise Unavailable(
            "The process that checks the file ended before it was done; perhaps memory ran out. "
            "Try again; who is here stays as they are."
        ) from error


def _received(told: Connection, fetching: ThreadPoolExecutor) -> Iterator[Batch]:
    """What the other process tells. A pipe holds less than a batch, so one is fetched while the one before is stored."""
    fetched = fetching.submit(_fetched, told)
    while batch := _taken(fetched):
        fetched = fetching.submit(_fetched, told)
        yield batch
    with _alive():
        problem = told.recv()
    if isinstance(problem, Problem):
        raise problem


def _fetched(told: Connection) -> Batch | None:
    """The next batch, made ready while the database works on the one before; None after the last."""
    content = told.recv_bytes()
    return unpacked(content) if content else None


def _taken(fetched: Future[Batch | None]) -> Batch | None:
    with _alive():
        return fetched.result()


def _check(asks: Connection, told: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What was read at the start stays, and rows leave nothing behind that points at itself.
    gc.freeze()
    gc.set_threshold(SELDOM)
    # Where nobody takes the batches any more there is nothing left to do.
    with suppress(BrokenPipeError, EOFError):
        path, chosen, rules, size, half = asks.recv()

        def is_plain(path: Path) -> bool:
            return is_plainly_whole(path, half) and bool(asks.recv())

        found: Problem | None = None
        try:
            for batch in checked(path, chosen, rules, size, is_plain):
                told.send_bytes(batch.packed())
        except Problem as problem:
            found = problem
        told.send_bytes(b"")
        told.send(found)


if __name__ == "__main__":
    _check(*(Connection(int(place)) for place in sys.argv[1:]))
