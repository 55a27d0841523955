"""Bringing people in from a file: rows a second, beside bare inserts of the very same rows.

New people with a proof of consent each, and the same file once more; between them others beside those, a tenth of
whose rows cannot be taken, while somebody else decides something every tenth of a second. The control writes the rows
of people and decisions that came of it, as the driver takes them and as many at a time: nothing of it is read, checked,
normalised, looked for or hashed.
"""

import csv
import random
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from bench import site
from bench.databases import each_database, postgresql
from bench.measure import Figure, peak_megabytes, seconds
from bench.population import FIRST, LAST, NOW, WORDING
from clevenio import bulk, collector
from clevenio.consent import ledger
from clevenio.consent.models import Decision, Notice
from clevenio.consent.notices import account_notice
from clevenio.database import Database
from clevenio.people.imports.operations import CHUNK, import_people
from clevenio.people.models import Person
from clevenio.settings import Settings

HEADER = "email,first_name,last_name,phone,company,website,role,country,postal_code,language".split(",")
PROOF = ("consent", "consent_at", "consent_source", "consent_wording")
# So many people work at a company, whose domains nobody has seen before.
COLLEAGUES = 5
# One row of so many cannot be taken.
BROKEN = 10


def run(size: int) -> Iterator[Figure]:
    """Read, checked, normalised, looked for and stored, with a commit for each chunk."""
    for name, url in each_database():
        with site.settings(url) as settings, TemporaryDirectory() as folder:
            first, second = Path(folder) / "first.csv", Path(folder) / "second.csv"
            _write(first, 0, size, broken=0)
            _write(second, size, size, broken=BROKEN)
            # As the command and the site do before they begin.
            with collector.resting():
                database = Database(settings.database_url)
            bring = partial(_bring, database, settings)
            taken = seconds(partial(bring, first, size))
            bare = _bare(database, name)
            yield Figure("import", size, name, size / taken, "rows/s", None, None, ">=20000")
            yield Figure(
                "import.beside_inserts",
                size,
                name,
                size / taken,
                "rows/s",
                "bare inserts",
                size / bare,
                ">=0.5",
            )
            idle = peak_megabytes(partial(time.sleep, 0.2))
            with _visitor(database) as waits:
                held = peak_megabytes(partial(bring, second, size - size // BROKEN))
            yield Figure("import.memory", size, name, held - idle, "MB", None, None, "<=96")
            yield Figure(
                "import.visitor_waits", len(waits), name, max(waits) * 1000, "ms", None, None, "<=250"
            )
            again = seconds(partial(bring, first, 0))
            yield Figure("import.again", size, name, size / again, "rows/s", None, None, ">=20000")
            database.close()


def _bring(database: Database, settings: Settings, path: Path, accepted: int) -> None:
    with database.session() as session:
        report = import_people(session, settings, path, now=NOW, settle=lambda _step: session.commit())
        session.commit()
    if report.accepted != accepted:
        raise RuntimeError(f"{report.accepted} of {accepted} people came in")


def _bare(full: Database, name: str) -> float:
    """Seconds to write what there is in a database into an empty one."""
    with full.session(write=False) as session:
        notices = [row._asdict() for row in session.execute(select(Notice.__table__))]
        names, people = _all(session, Person, Person.id)
        said, decisions = _all(session, Decision, Decision.subject, "id")
    with ExitStack() as stack:
        url = stack.enter_context(postgresql()) if name == "postgresql" else None
        empty = Database(stack.enter_context(site.settings(url)).database_url)
        stack.callback(empty.close)
        with empty.write() as connection:
            connection.execute(insert(Notice), notices)

        def write() -> None:
            for start in range(0, len(people), CHUNK):
                with empty.write() as connection:
                    bulk.add(connection, Person, names, people[start : start + CHUNK])
                    bulk.add(connection, Decision, said, decisions[start : start + CHUNK])

        return seconds(write)


def _all(session: Session, model: Any, order: Any, *left: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    columns = [column for column in model.__table__.columns if column.key not in left]
    rows = session.execute(select(*columns).order_by(order))
    return [column.key for column in columns], [tuple(row) for row in rows]


@contextmanager
def _visitor(database: Database) -> Iterator[list[float]]:
    """Somebody decides every tenth of a second meanwhile; how many seconds each decision took."""
    waits: list[float] = []
    done = threading.Event()

    def decide() -> None:
        with database.session() as session:
            act = ledger.Act(
                uuid4(), {"analytics": ledger.State.GRANTED}, account_notice("en"), "en", is_new=True
            )
            ledger.record_all(session, [act], channel=ledger.Channel.BANNER, now=NOW)
            session.commit()

    def visit() -> None:
        while not done.wait(0.1):
            waits.append(seconds(decide))

    thread = threading.Thread(target=visit)
    thread.start()
    try:
        yield waits
    finally:
        done.set()
        thread.join()


def _write(path: Path, start: int, count: int, broken: int) -> None:
    chance = random.Random(start)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*HEADER, *PROOF])
        for number in range(start, start + count):
            cells = _cells(chance, number)
            if broken and number % broken == 0:
                cells[0] = cells[0].replace("@", " at ")
            writer.writerow([*cells, *_given(chance)])


def _given(chance: random.Random) -> tuple[str, ...]:
    """A consent as a form writes it: by one wording, each at a minute of its own."""
    at = NOW - timedelta(minutes=chance.randrange(1, 500_000))
    return ("ad_audiences:google", at.isoformat(timespec="minutes"), "bench", WORDING)


def _cells(chance: random.Random, number: int) -> list[str]:
    company = number // COLLEAGUES
    domain = "example.com" if number % 2 else f"paja{company}.example.fi"
    return [
        f"Made.Up.{number:07}@{domain}",
        chance.choice(FIRST),
        chance.choice(LAST),
        f"045 {number:07}",
        f"Keksitty {company} Oy",
        f"www.paja{company}.example.fi",
        "sales",
        "FI",
        f"{chance.randrange(10_000, 99_999)}",
        "fi",
    ]
