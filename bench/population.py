"""Made-up people in any number, who agreed to everything an export to Google may carry."""

import random
import uuid
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert

from clevenio.consent import ledger
from clevenio.consent.notices import import_notice
from clevenio.database import Database
from clevenio.people import suppression
from clevenio.people.models import Person

NOW = datetime(2026, 6, 1, 7, 30, tzinfo=UTC)
BATCH = 5_000
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
    for first in range(start, start + count, BATCH):
        people = [_person(chance, number, key) for number in range(first, min(first + BATCH, start + count))]
        with database.session() as session:
            session.execute(insert(Person), people)
            acts = [ledger.Act(p["id"], {purpose: ledger.State.GRANTED}, notice, "en") for p in people]
            ledger.record_all(session, acts, channel=ledger.Channel.IMPORT, now=NOW)
            session.commit()


def _person(chance: random.Random, number: int, key: str) -> dict[str, Any]:
    email = f"made.up.{number:07}@example.com"
    phone = f"+35845{number:07}"
    return {
        "id": uuid.UUID(int=chance.getrandbits(128), version=4),
        "email": email,
        "address_key": email,
        "email_ascii": email,
        "mailbox_key": email,
        "first_name": FIRST[int(len(FIRST) * chance.random() ** 3)],
        "last_name": LAST[int(len(LAST) * chance.random() ** 3)],
        "phone": phone,
        "language": chance.choice(("fi", "en")),
        "role": chance.choice(("owner", "sales", "marketing")),
        "country": "FI",
        "source": "bench",
        "created_at": NOW,
        "email_suppression": suppression.email_key(key, email),
        "phone_suppression": suppression.phone_key(key, phone),
    }
