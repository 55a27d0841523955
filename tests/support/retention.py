"""Letting rows go as the daily run does, in the session of a test."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from clevenio.rights.retention.engine import Sweeping, start_of


def let_go(session: Session, sweeps: Iterable[Sweeping], now: datetime) -> int:
    """Carry sweeps out to their end in one transaction; how many rows went. The caller commits."""
    gone = 0
    for sweep in sweeps:
        after = None
        while True:
            swept = sweep.step(session, start_of(sweep, now), now, after)
            gone += swept.gone
            if swept.last is None:
                break
            after = swept.last
    session.expire_all()
    return gone
