"""Checking a file in a process of its own, so that it goes on while what was checked is stored."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from clevenio.errors import Problem
from clevenio.people.imports.checking import Batch, checked
from clevenio.people.imports.formats import Chosen
from clevenio.people.imports.rows import Rules

# Bytes from which on a process is worth its start.
LARGE = 1_000_000


@contextmanager
def checked_ahead(path: Path, chosen: Chosen, rules: Rules, size: int) -> Iterator[Iterator[Batch]]:
    """What `checked` gives. At most one batch waits to be taken, so memory stays flat."""
    if not path.is_file() or path.stat().st_size < LARGE:
        yield checked(path, chosen, rules, size)
        return
    # Not forked: a copy of this process would hold its connection to the database too.
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_check, args=(sender, path, chosen, rules, size), daemon=True)
    process.start()
    sender.close()
    try:
        yield _received(receiver)
    finally:
        receiver.close()
        process.kill()
        process.join()


def _check(sender: Connection, path: Path, chosen: Chosen, rules: Rules, size: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Where nobody takes the batches any more there is nothing left to do.
    with suppress(BrokenPipeError):
        try:
            for batch in checked(path, chosen, rules, size):
                sender.send(batch)
        except Problem as problem:
            sender.send(problem)
        sender.send(None)


def _received(receiver: Connection) -> Iterator[Batch]:
    while (made := receiver.recv()) is not None:
        if isinstance(made, Problem):
            raise made
        yield made
