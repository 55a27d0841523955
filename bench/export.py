"""An audience file against the bare `hashlib` loop that no export in Python can beat."""

import hashlib
import math
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from time import sleep
from unittest import mock

from sqlalchemy import delete

from bench import population, site
from bench.databases import each_database
from bench.measure import Figure, cpu_seconds, in_turns, median, peak_megabytes, seconds
from clevenio.audiences import handouts
from clevenio.audiences.export import handout_now
from clevenio.audiences.files import stream
from clevenio.audiences.handouts import Handout
from clevenio.audiences.models import Membership
from clevenio.audiences.platforms import platform
from clevenio.audiences.segments import Choice
from clevenio.database import Database
from clevenio.settings import Settings

ROUNDS = 3
LOOP = "4 hashlib digests a person"
# How many times fewer people the growth is measured from.
STEP = 10


def run(size: int) -> Iterator[Figure]:
    """A Google file of everybody: processor time, memory, the wait for the first byte, and growth.

    `export` is everything, the counts before it as well; `export.file` what follows these (rows, members,
    SHA-256 of the file); `export.rows` the rows alone.
    """
    for name, url in each_database():
        with site.settings(url) as settings:
            database = Database(settings.database_url)
            population.fill(database, size // STEP, settings.suppression_key)
            whole = partial(_export, database, settings)
            small = median(partial(whole, size // STEP), ROUNDS)
            population.fill(database, size - size // STEP, settings.suppression_key, start=size // STEP)
            # Beside a process that did nothing before: this one has room left from filling the database.
            with ProcessPoolExecutor(1, get_context("spawn")) as fresh:
                memory = fresh.submit(_memory, settings, size).result()
            yield Figure("export.memory", size, name, memory, "MB above idle", None, None, "<=32")
            for what, work, target in (
                ("export", partial(whole, size), "<=4.0"),
                ("export.file", partial(_opened, database, settings, partial(_file, size)), "<=4.0"),
                ("export.rows", partial(_opened, database, settings, _rows), "<=2.5"),
            ):
                ours, loop = in_turns(work, partial(cpu_seconds, partial(_bare_loop, size)), ROUNDS)
                yield Figure(what, size, name, ours, "CPU s", LOOP, loop, target)
                if what == "export":
                    growth = math.log(ours / small, STEP)
                    yield Figure("export.growth", size, name, growth, "exponent", None, None, "<=1.1")
            first = median(partial(_opened, database, settings, _first, seconds), ROUNDS)
            yield Figure("export.first", size, name, first, "s", None, None, "<=1.0")
            database.close()


def _memory(settings: Settings, size: int) -> float:
    """How much more a process holds at most while it makes the file than while it waits."""
    database = Database(settings.database_url)
    idle = peak_megabytes(partial(sleep, 0.2))
    peak = peak_megabytes(partial(_export, database, settings, size))
    database.close()
    return peak - idle


def _opened(
    database: Database,
    settings: Settings,
    work: Callable[[Handout], object],
    stopwatch: Callable[[Callable[[], object]], float] = cpu_seconds,
) -> float:
    """What some work with a file takes once people have been counted and the file is on record."""
    _forget(database)
    google, everybody = platform("google", settings.data), Choice("all", {})
    with handout_now(database, settings, google, everybody, actor="bench", now=population.NOW) as ready:
        return stopwatch(partial(work, ready))


def _export(database: Database, settings: Settings, size: int) -> float:
    """What all of it takes, from the first count to the last row."""
    _forget(database)
    google, everybody = platform("google", settings.data), Choice("all", {})

    def work() -> None:
        with handout_now(database, settings, google, everybody, actor="bench", now=population.NOW) as ready:
            _file(size, ready)

    return cpu_seconds(work)


def _forget(database: Database) -> None:
    """Nobody has been in a file before: each earlier one makes the next one's members dearer."""
    with database.write() as connection:
        connection.execute(delete(Membership))


def _file(size: int, ready: Handout) -> None:
    lines = sum(chunk.count(b"\n") for chunk in stream(ready))
    if lines != size + 1:
        raise RuntimeError(f"{lines} lines for {size} people")


def _first(ready: Handout) -> None:
    """The header and the first batch, its members on record."""
    chunks = stream(ready)
    next(chunks)
    next(chunks)


def _rows(ready: Handout) -> None:
    with mock.patch.object(handouts, "add_members", return_value=None):
        for _lines in ready.batches():
            pass


def _bare_loop(size: int) -> None:
    """SHA-256 of what is there already as bytes: no query, no normalising, no file."""
    values = [b"made.up.0000001@example.com", b"+358450000001", b"koivu", b"esimerkki"]
    sha256 = hashlib.sha256
    for _ in range(size):
        for value in values:
            sha256(value).hexdigest()
