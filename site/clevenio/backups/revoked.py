"""What was ended after a backup must not come to life with it: logins, and links that open something once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Update, update
from sqlalchemy.orm import Session

from clevenio.accounts.models import LoginSession
from clevenio.people.models import Link

# Whoever still needs one gets a new one. Those that confirm a wish of one's own do no harm by working twice.
ONCE = ("invite", "reset", "staff_reset", "address", "data_file", "rights")


@dataclass(frozen=True)
class Revoked:
    """How many logins and links were ended."""

    logins: int
    links: int


def revoke(session: Session, now: datetime) -> Revoked:
    """End every login and every link that opens something once: which of them ended since, nobody knows."""
    logins = update(LoginSession).where(LoginSession.ended_at.is_(None)).values(ended_at=now)
    links = update(Link).where(Link.purpose.in_(ONCE), Link.used_at.is_(None)).values(used_at=now)
    return Revoked(_change(session, logins), _change(session, links))


def _change(session: Session, statement: Update) -> int:
    done = session.execute(statement.execution_options(synchronize_session=False))
    return int(cast(Any, done).rowcount)
