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
FIRST = ("Koivu", "Äyrä", "Pihlaja", "Saara-Sää", "Örn", "Made-Up", "Lumi", "Tuuli")
LAST = ("Esimerkki", "Mäkimalli", "von Testi", "O'Koe", "Näyte-Näytös", "Example")
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
        "first_name": chance.choice(FIRST),
        "last_name": chance.choice(LAST),
        "phone": phone,
        "language": chance.choice(("fi", "en")),
        "role": chance.choice(("owner", "sales", "marketing")),
        "country": "FI",
        "source": "bench",
        "created_at": NOW,
        "email_suppression": suppression.email_key(key, email),
        "phone_suppression": suppression.phone_key(key, phone),
    }
