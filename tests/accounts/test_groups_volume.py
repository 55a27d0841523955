"""A hundred thousand accounts, and what it takes to count their use."""

import random
import time
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import insert, text

from clevenio.accounts import groups
from clevenio.accounts.groups import By
from clevenio.accounts.models import Account
from clevenio.people.models import Person
from clevenio.people.usage import UseDay
from tests.support.factories import NOW

ACCOUNTS, AT_ONCE = 100_000, 5_000
TODAY = NOW.date()


def person(chance, key):
    return {
        "id": key,
        "email": f"{key}@example.com",
        "address_key": f"{key}@example.com",
        "email_ascii": f"{key}@example.com",
        "mailbox_key": f"{key}@example.com",
        "language": "fi",
        "source": "signup",
        "created_at": NOW,
        "email_suppression": key.hex,
        "role": chance.choice(["sales", "marketing", "owner", "finance"]),
        "country": chance.choice(["FI", "FI", "SE", None]),
        "website_domain": f"company{int(chance.paretovariate(0.6)) % 20_000}.example.com",
        "restricted_at": NOW if chance.random() < 0.01 else None,
    }


@pytest.fixture
def crowd(database):
    """Accounts in some thousand companies, each with about eight days of use in the last months."""
    chance = random.Random(1)
    with database.session() as session:
        for start in range(0, ACCOUNTS, AT_ONCE):
            keys = [UUID(int=chance.getrandbits(128)) for _ in range(AT_ONCE)]
            session.execute(insert(Person), [person(chance, key) for key in keys])
            accounts = [
                {"id": UUID(int=start + place), "person_id": key, "password": "x", "verified_at": NOW}
                for place, key in enumerate(keys)
            ]
            session.execute(insert(Account), accounts)
            days = [
                {"person": key, "day": TODAY - timedelta(days=back)}
                for key in keys
                for back in {int(chance.expovariate(1 / 60)) for _ in range(10)}
            ]
            session.execute(insert(UseDay), days)
        session.commit()
        session.execute(text("ANALYZE"))
        session.commit()


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_use_of_a_hundred_thousand_accounts_is_counted_while_somebody_waits(database, crowd):
    """By this process's own time, which holds on a busy machine, too; the database is part of the process."""
    took = []
    for _ in range(3):
        with database.session(write=False) as session:
            begun = time.process_time()
            use = groups.use(session, TODAY)
            took.append(time.process_time() - begun)
    assert use.active[0] > ACCOUNTS * 0.7
    assert len(use.by[By.COMPANY].groups) > 10
    assert min(took) < 1, took
