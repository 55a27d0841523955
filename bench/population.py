"""Made-up people in any number, who agreed to everything an export to Google may carry."""

import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Connection, Table, text

from clevenio import bulk
from clevenio.consent import ledger
from clevenio.consent.notices import import_notice
from clevenio.database import Database
from clevenio.people import suppression
from clevenio.people.addresses import match_key
from clevenio.people.models import Person

NOW = datetime(2026, 6, 1, 7, 30, tzinfo=UTC)
BATCH = 5_000
# One address in so many has a tag.
SPELLED_OTHERWISE = 30
COLUMNS = tuple(column.key for column in Person.__table__.columns)
# As with people, a few names are common and most are rare.
FIRST = tuple(
    start + end
    for end in ("vu", "lmi", "la-Sää", "ri", "rn Esim", "nto", "de-Up", "sta")
    for start in "Koi Äy Piha Saa Ö Ma Lu Tuu Kai Näy Esi Kuvi Mu Hö Ve Yli".split()
)
LAST = tuple(
    start + middle + end
    for end in ("malli", "koe", "-Näytös", " Esimerkki", "testi", "niemi", "example", "mäki")
    for middle in "la sen ste va tö ri hö pää ku no mi lä ro sa ty nu".split()
    for start in "Esi Mäki Teste O'Ko Näy Ex Kuvi Tes Ole Kek Ha Ly Hy Ää Ö Ke".split()
)
WORDING = "My e-mail, phone and name may go to Google."


def fill(
    database: Database, count: int, key: str, start: int = 0, purpose: str = "ad_audiences:google"
) -> None:
    """Add `count` people whose consent stands: to Google by default, listing their names."""
    chance = random.Random(start)
    notice = import_notice(WORDING, "bench", "en", ["email", "phone", "names"])
    ids = iter(sorted(chance.getrandbits(128) for _ in range(count)))
    with database.write() as connection, _without_indexes(connection):
        for first in range(start, start + count, BATCH):
            numbers = range(first, min(first + BATCH, start + count))
            people = [_person(chance, next(ids), number, key) for number in numbers]
            bulk.add(connection, Person, COLUMNS, [tuple(map(person.get, COLUMNS)) for person in people])
            granted = {purpose: ledger.State.GRANTED}
            acts = [ledger.Act(p["id"], granted, notice, "en", is_new=True) for p in people]
            ledger.record_all(connection, acts, channel=ledger.Channel.IMPORT, now=NOW)

    if not database.is_sqlite:
        # What autovacuum does within a minute; until then nobody knows how many rows there are.
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


@contextmanager
def _without_indexes(connection: Connection) -> Iterator[None]:
    """An index in no order of the rows is made anew in a tenth of the time that it takes to keep it."""
    indexes = cast(Table, Person.__table__).indexes
    for index in indexes:
        index.drop(connection)
    yield
    for index in indexes:
        index.create(connection)


def _person(chance: random.Random, bits: int, number: int, key: str) -> dict[str, Any]:
    mailbox = f"made.up.{number:07}@example.com"
    email = mailbox if number % SPELLED_OTHERWISE else mailbox.replace("@", "+post@")
    phone = f"+35845{number:07}"
    return {
        "id": uuid.UUID(int=bits, version=4),
        "email": email,
        "address_key": email,
        "email_ascii": email,
        "mailbox_key": mailbox,
        "match_key": match_key(email),
        "first_name": FIRST[int(len(FIRST) * chance.random() ** 3)],
        "last_name": LAST[int(len(LAST) * chance.random() ** 3)],
        "phone": phone,
        "language": chance.choice(("fi", "en")),
        "role": chance.choice(("owner", "sales", "marketing")),
        "country": "FI",
        "source": "bench",
        "created_at": NOW,
        "email_suppression": suppression.email_key(key, mailbox),
        "phone_suppression": suppression.phone_key(key, phone),
    }
