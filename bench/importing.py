"""Bringing people in from a file: rows a second, with a proof of consent on each and without."""

import csv
import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import site
from bench.databases import each_database
from bench.measure import Figure, seconds
from bench.population import FIRST, LAST, NOW, WORDING
from clevenio.database import Database
from clevenio.people.imports.operations import import_people
from clevenio.settings import Settings

HEADER = "email,first_name,last_name,phone,company,website,role,country,postal_code,language".split(",")
PROOF = ("consent", "consent_at", "consent_source", "consent_wording")
GIVEN = ("ad_audiences:google", "2026-05-18T14:30+03:00", "bench", WORDING)


def run(size: int) -> Iterator[Figure]:
    """New people, each read, checked, normalised, looked for and stored in one transaction."""
    for name, url in each_database():
        # On a server one database serves one measurement.
        for with_proof in (True, False) if url is None else (True,):
            with site.settings(url) as settings, TemporaryDirectory() as folder:
                path = Path(folder) / "people.csv"
                _write(path, size, with_proof)
                database = Database(settings.database_url)
                taken = seconds(partial(_bring, database, settings, path, size))
                database.close()
            kind = "import" if with_proof else "import.without_consents"
            yield Figure(kind, size, name, size / taken, "rows/s", None, None, ">=20000")


def _bring(database: Database, settings: Settings, path: Path, size: int) -> None:
    with database.session() as session:
        report = import_people(session, settings, path, now=NOW)
        session.commit()
    if report.accepted != size:
        raise RuntimeError(f"{report.accepted} of {size} people came in")


def _write(path: Path, size: int, with_proof: bool) -> None:
    chance = random.Random(size)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*HEADER, *(PROOF if with_proof else ())])
        for number in range(size):
            writer.writerow([*_cells(chance, number), *(GIVEN if with_proof else ())])


def _cells(chance: random.Random, number: int) -> list[str]:
    company = number // 5
    return [
        f"Made.Up.{number:07}@example.com",
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
