"""Made-up use of accounts: who came on which days. Flushes, never commits."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import count

from sqlalchemy.orm import Session

from clevenio.accounts.models import Account
from clevenio.people import usage
from tests.support.accounts import make_account
from tests.support.factories import NOW

_numbers = count(1)


def make_users(
    session: Session,
    number: int,
    days_ago: Iterable[int] = (1,),
    *,
    now: datetime = NOW,
    language: str = "en",
    **profile: str | None,
) -> list[Account]:
    """So many customers of one kind, each of whom used their account on each of these days."""
    made = [
        make_account(session, f"user{next(_numbers)}@example.com", language=language, **profile)
        for _ in range(number)
    ]
    for account in made:
        for days in days_ago:
            usage.record_day(session, account.person_id, now - timedelta(days=days))
    return made
