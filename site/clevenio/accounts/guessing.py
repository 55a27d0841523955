"""How often passwords may be guessed: strictly for one address from one network, generously for a network.

Somebody who guesses from elsewhere locks nobody out: the owner of the account comes from another
network, and has a count of their own.
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from clevenio import limits
from clevenio.limits import Limit

ONE_ADDRESS = Limit("logins of an address from a network", 10, timedelta(minutes=15))
ONE_NETWORK = Limit("logins from a network", 1000, timedelta(minutes=15))


def is_over(session: Session, key: str, address: str, network: str, now: datetime) -> bool:
    """Whether this network has guessed enough for now; known and unknown addresses are alike."""
    return limits.is_spent(session, key, ONE_NETWORK, network, now) or limits.is_spent(
        session, key, ONE_ADDRESS, _both(address, network), now
    )


def count(session: Session, key: str, address: str, network: str, now: datetime) -> None:
    """Count a password that was wrong."""
    limits.take(session, key, ONE_NETWORK, network, now)
    limits.take(session, key, ONE_ADDRESS, _both(address, network), now)


def _both(address: str, network: str) -> str:
    return f"{address} {network}"
