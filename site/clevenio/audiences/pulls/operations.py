"""Switching a pull address on and off, and who is let in."""

import hmac
import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from clevenio import audit, limits
from clevenio.audiences.layouts import Platform
from clevenio.audiences.models import PULL, Segment
from clevenio.audiences.pulls.models import Pull
from clevenio.audiences.segments import ALL, Choice, chosen
from clevenio.errors import Missing, Refused
from clevenio.signing import new_handle

ACTOR = PULL
# A platform that asks more often than this is not on a schedule.
FETCHES = limits.Limit("audience pull", 12, timedelta(hours=1))
# Wrong credentials from one network.
GUESSES = limits.Limit("audience pull guess", 20, timedelta(hours=1))


def create(
    session: Session,
    platform: Platform,
    segment: Segment | None,
    *,
    actor: str,
    now: datetime,
    handle: str | None = None,
) -> tuple[Pull, str]:
    """A new address, and its password, which is told this once.

    `handle` was made for the form that asks: sent again, it makes no second address. Raises `Refused` then, and where the
    platform fetches nothing.
    """
    if not platform.layout.is_pulled:
        raise Refused("%(platform)s does not fetch files by itself.", platform=platform.facts.name)
    password = secrets.token_urlsafe()
    pull = Pull(
        handle=handle or new_handle(),
        username=f"{platform.id}-{secrets.token_hex(4)}",
        password=_digest(password),
        platform=platform.id,
        segment_id=segment.id if segment else None,
        created_at=now,
        created_by=actor,
    )
    try:
        with session.begin_nested():
            session.add(pull)
            session.flush()
    except IntegrityError as twice:
        if session.scalar(select(Pull.id).where(Pull.handle == pull.handle)) is None:
            raise Missing("There is no such segment.") from twice
        raise Refused(
            "This address was made already, and its password was shown once. If nobody has it, end the address and make "
            "another."
        ) from twice
    _note(session, "audience.pull", pull, actor, now)
    return pull, password


def revoke(session: Session, number: int, *, actor: str, now: datetime) -> None:
    """Let nobody fetch by this address any more; again changes nothing. Raises `Missing`."""
    pull = session.get(Pull, number, with_for_update=True)
    if pull is None:
        raise Missing("There is no such pull address.")
    if pull.revoked_at is None:
        pull.revoked_at = now
        _note(session, "audience.pull_end", pull, actor, now)


def admitted(session: Session, handle: str, username: str, password: str) -> Pull | None:
    """The address, where it is in use and these are its credentials; None says the same of every other case."""
    pull = session.scalar(select(Pull).where(Pull.handle == handle, Pull.revoked_at.is_(None)))
    known = (pull.username, pull.password) if pull else ("", "")
    given = (username, _digest(password))
    # Compared as one, so that time tells nothing of which was wrong.
    is_right = hmac.compare_digest("\n".join(known).encode(), "\n".join(given).encode())
    return pull if is_right else None


def choice_of(session: Session, pull: Pull, now: datetime) -> Choice:
    """The audience as it is at this moment."""
    if pull.segment_id is None:
        return Choice(ALL, {})
    return chosen(session, session.get_one(Segment, pull.segment_id), now)


def listed(session: Session) -> list[tuple[Pull, str]]:
    """Every address, those in use first, with its segment's name."""
    query = select(Pull, Segment.name).outerjoin(Segment, Segment.id == Pull.segment_id)
    rows = session.execute(query.order_by(Pull.revoked_at.is_not(None), Pull.id.desc()))
    return [(pull, name or ALL) for pull, name in rows]


def _note(session: Session, action: str, pull: Pull, actor: str, now: datetime) -> None:
    details = {"pull": pull.id, "platform": pull.platform}
    audit.record(session, actor=actor, action=action, now=now, details=details)


def _digest(password: str) -> str:
    return sha256(password.encode()).hexdigest()
