"""Logins as rows, of customers and of staff: the cookie holds a random id, the row its hash.

So a logout, a new password or a disabled account ends a session here, whatever cookies are kept or
stolen. Limits follow OWASP ASVS 5.0, 7.3: one for rest, one for the whole.
"""

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, bindparam, literal_column, select, update
from sqlalchemy.orm import Session

from clevenio.accounts.models import Account, LoginSession
from clevenio.people.holds import held_people
from clevenio.people.models import Person
from clevenio.sweeps import Sweep


class Kind(StrEnum):
    """Whose session it is."""

    ACCOUNT = "account"
    STAFF = "staff"


@dataclass(frozen=True)
class Identity:
    """Who a member is, as their room knows them. Only staff have roles."""

    id: UUID
    kind: Kind
    email: str
    language: str
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Open:
    """What a request asks of its open session, and the address and language of the customer behind it.

    Those are None in a session of staff, and where the customer may not enter (any more).
    """

    hash: str
    kind: str
    member: UUID
    seen_at: datetime
    confirmed_at: datetime | None
    email: str | None
    language: str | None

    @property
    def customer(self) -> Identity | None:
        """Who the customer behind it is."""
        if self.email is None or self.language is None:
            return None
        return Identity(self.member, Kind.ACCOUNT, self.email, self.language)


# Finds a member of staff by id; None where there is none, or where they may not sign in.
Finder = Callable[[Session, UUID], Identity | None]

IDLE = {Kind.ACCOUNT: timedelta(days=1), Kind.STAFF: timedelta(hours=1)}
ABSOLUTE = {Kind.ACCOUNT: timedelta(days=14), Kind.STAFF: timedelta(hours=12)}
# How long somebody may take from the password to the second factor, the first time setting one up.
HALF_IN = timedelta(hours=1)
# For how long a login is remembered: of staff so long that a browser not seen before stands out.
PERIODS = {Kind.ACCOUNT: "login", Kind.STAFF: "staff_login"}
# Written down no finer than this: a page view is not worth a write.
FRESH = timedelta(minutes=5)
# Made once: building a statement costs more than running it. One for both, session and customer, as on
# PostgreSQL every statement is a trip; columns alone, as an object costs three times that.
_BY_HASH = (
    select(
        LoginSession.kind,
        LoginSession.member,
        LoginSession.seen_at,
        LoginSession.confirmed_at,
        Person.email,
        Person.language,
    )
    .select_from(LoginSession)
    .outerjoin(
        Account,
        and_(
            LoginSession.kind == literal_column("'account'"),
            Account.id == LoginSession.member,
            Account.disabled_at.is_(None),
        ),
    )
    .outerjoin(Person, and_(Person.id == Account.person_id, Person.frozen_at.is_(None)))
    .where(
        LoginSession.hash == bindparam("hash"),
        LoginSession.ended_at.is_(None),
        LoginSession.ends_at > bindparam("now"),
    )
)


def start(session: Session, kind: Kind, member: UUID, now: datetime, browser: str) -> str:
    """Begin a session and return its id: 256 random bits as 43 characters, known to the cookie alone.

    A customer's is whole. That of staff is half in, until `confirm`.
    """
    is_whole = kind is Kind.ACCOUNT
    token = secrets.token_urlsafe(32)
    row = LoginSession(
        hash=hash_of(token),
        kind=kind,
        member=member,
        browser=browser[:60],
        created_at=now,
        seen_at=now,
        ends_at=now + (ABSOLUTE[kind] if is_whole else HALF_IN),
        confirmed_at=now if is_whole else None,
    )
    session.add(row)
    return token


def confirm(session: Session, token: str, now: datetime) -> str | None:
    """Go on under a new id, once the member has proved in full who they are; the old id ends.

    None where the session has ended meanwhile, or another request was faster.
    """
    if find(session, token, now) is None:
        return None
    ended = (
        update(LoginSession)
        .where(LoginSession.hash == hash_of(token), LoginSession.ended_at.is_(None))
        .values(ended_at=now)
        .returning(LoginSession.kind, LoginSession.member, LoginSession.browser, LoginSession.created_at)
    )
    row = session.execute(ended).one_or_none()
    if row is None:
        return None
    new = secrets.token_urlsafe(32)
    session.add(
        LoginSession(
            hash=hash_of(new),
            kind=row.kind,
            member=row.member,
            browser=row.browser,
            created_at=row.created_at,
            seen_at=now,
            ends_at=row.created_at + ABSOLUTE[Kind(row.kind)],
            confirmed_at=now,
        )
    )
    session.flush()
    return new


def find(session: Session, token: str, now: datetime) -> Open | None:
    """The session with this id, unless it was ended, rested too long, or is too old."""
    session.flush()
    return look(session.connection(), token, now)


def look(connection: Connection, token: str, now: datetime) -> Open | None:
    """What `find` finds, for every signed-in request."""
    hashed = hash_of(token)
    found = connection.execute(_BY_HASH, {"hash": hashed, "now": now}).one_or_none()
    row = None if found is None else Open(hashed, *found)
    return None if row is None or row.seen_at + IDLE[Kind(row.kind)] <= now else row


def whose(session: Session, kind: Kind, token: str) -> UUID | None:
    """The member of this kind whose session had this id, ended or not; None where none is remembered."""
    query = select(LoginSession.member).where(LoginSession.hash == hash_of(token), LoginSession.kind == kind)
    return session.scalar(query)


def is_due(row: Open, now: datetime) -> bool:
    """Whether it is time to write down again that the session is in use."""
    return row.seen_at + FRESH <= now


def touch(session: Session, row: Open, now: datetime) -> None:
    """Write down that the session is in use, unless it has ended meanwhile."""
    session.execute(
        update(LoginSession)
        .where(LoginSession.hash == row.hash, LoginSession.ended_at.is_(None))
        .values(seen_at=now)
    )


def of(session: Session, kind: Kind, member: UUID, now: datetime) -> list[LoginSession]:
    """A member's sessions that are open, the one used last first."""
    query = (
        select(LoginSession)
        .where(
            LoginSession.kind == kind,
            LoginSession.member == member,
            LoginSession.ended_at.is_(None),
            LoginSession.ends_at > now,
            LoginSession.seen_at > now - IDLE[kind],
        )
        .order_by(LoginSession.seen_at.desc(), LoginSession.created_at.desc())
    )
    return list(session.scalars(query))


def end(session: Session, token: str, now: datetime) -> None:
    """End one session; an unknown or ended one is left as it is."""
    _end(session, now, LoginSession.hash == hash_of(token))


def end_of(session: Session, kind: Kind, member: UUID, hashed: str, now: datetime) -> None:
    """End the session with this hash, if it is this member's; anybody else's, or no hash at all, ends none."""
    if re.fullmatch("[0-9a-f]{64}", hashed):
        _end(
            session,
            now,
            LoginSession.kind == kind,
            LoginSession.member == member,
            LoginSession.hash == hashed,
        )


def end_all(session: Session, kind: Kind, member: UUID, now: datetime, but: str | None = None) -> None:
    """End every session of a member, save the one with the id `but`."""
    others = [LoginSession.hash != hash_of(but)] if but else []
    _end(session, now, LoginSession.kind == kind, LoginSession.member == member, *others)


def _end(session: Session, now: datetime, *which: object) -> None:
    statement = update(LoginSession).where(*which, LoginSession.ended_at.is_(None))  # type: ignore[arg-type]
    session.execute(statement.values(ended_at=now))


def hash_of(token: str) -> str:
    """What is kept of an id, and names the session on its owner's page."""
    # 256 random bits need no key and no slow hash: there is nothing to guess.
    return hashlib.sha256(token.encode("utf-8")).hexdigest()


def _of(kind: Kind) -> Sweep:
    """Logins that are over and that the registry's period for their kind has passed, since their last use."""

    def over(start: datetime, now: datetime) -> ColumnElement[bool]:
        return and_(LoginSession.kind == kind, LoginSession.seen_at <= start, LoginSession.ends_at <= now)

    def held() -> ColumnElement[bool]:
        held = select(Account.id).where(Account.person_id.in_(held_people()))
        return LoginSession.member.in_(held)

    return Sweep(PERIODS[kind], f"{kind}_logins", LoginSession, over, held)


SWEEPS = tuple(_of(kind) for kind in Kind)
