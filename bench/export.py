"""An audience file against the bare `hashlib` loop that no export in Python can beat."""

import hashlib
from collections.abc import Iterator
from functools import partial

from bench import population, site
from bench.databases import each_database
from bench.measure import Figure, cpu_seconds, in_turns
from clevenio.audiences.export import handout_now
from clevenio.audiences.files import stream
from clevenio.audiences.platforms import platform
from clevenio.audiences.segments import Choice
from clevenio.database import Database
from clevenio.settings import Settings

ROUNDS = 3


def run(size: int) -> Iterator[Figure]:
    """Processor time of a Google file, everything included: counts, gates, membership, SHA-256 of the file."""
    for name, url in each_database():
        with site.settings(url) as settings:
            database = Database(settings.database_url)
            population.fill(database, size, settings.suppression_key)
            ours, loop = in_turns(
                partial(cpu_seconds, partial(_export, database, settings, size)),
                partial(cpu_seconds, partial(_bare_loop, size)),
                ROUNDS,
            )
            database.close()
            yield Figure("export", size, name, ours, "CPU s", "4 hashlib digests a person", loop, "<=4.0")


def _export(database: Database, settings: Settings, size: int) -> None:
    google = platform("google", settings.data)
    everybody = Choice("all", {})
    with handout_now(database, settings, google, everybody, actor="bench", now=population.NOW) as ready:
        lines = sum(chunk.count(b"\n") for chunk in stream(ready))
    if lines != size + 1:
        raise RuntimeError(f"{lines} lines for {size} people")


def _bare_loop(size: int) -> None:
    """SHA-256 of what is there already as bytes: no query, no normalising, no file."""
    values = [b"made.up.0000001@example.com", b"+358450000001", b"koivu", b"esimerkki"]
    sha256 = hashlib.sha256
    for _ in range(size):
        for value in values:
            sha256(value).hexdigest()
