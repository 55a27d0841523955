"""Links that go out by mail: a signed random handle, and a row that says what it may do."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from clevenio.errors import BadToken
from clevenio.people.holds import held_people
from clevenio.people.models import Link
from clevenio.signing import Signer, new_handle
from clevenio.sweeps import Sweep

# How long each purpose lasts; unsubscribing never expires.
LIFETIME = {
    "unsubscribe": None,
    "confirm": timedelta(days=7),
    "verify": timedelta(days=7),
    "invite": timedelta(days=7),
    "reset": timedelta(hours=1),
    "staff_reset": timedelta(hours=1),
    "address": timedelta(hours=24),
    "data_file": timedelta(hours=72),
    "rights": timedelta(hours=24),
    "manage": timedelta(minutes=30),
    "move": timedelta(hours=24),
}
# Links that show whose data it is: of their handle, too, only a hash is kept.
HASHED = frozenset({"rights", "manage"})


def make(
    session: Session,
    keys: tuple[str, ...],
    purpose: str,
    now: datetime,
    *,
    person: UUID | None = None,
    data: Mapping[str, object] | None = None,
    until: datetime | None = None,
) -> str:
    """A new link's token; the row goes into this transaction. `until` ends it before its purpose would."""
    handle = new_handle()
    lifetime = LIFETIME[purpose]
    session.add(
        Link(
            handle=_kept(purpose, handle),
            purpose=purpose,
            person=person,
            data=dict(data or {}),
            created_at=now,
            expires_at=until or (None if lifetime is None else now + lifetime),
        )
    )
    return Signer(keys, purpose).sign(handle)


def make_for(
    session: Session, purpose: str, now: datetime, whose: Select[Any, UUID], data: Mapping[str, object]
) -> None:
    """Links for many people at once, from a query of handles and people, without any of them passing through here.

    `handles.new_handle` makes the handles; they are signed when they are needed.
    """
    lifetime = LIFETIME[purpose]
    made = whose.subquery()
    handle, person = made.c
    rows = select(
        handle,
        literal(purpose),
        person,
        literal(dict(data), Link.data.type),
        literal(now, Link.created_at.type),
        literal(None if lifetime is None else now + lifetime, Link.expires_at.type),
    )
    columns = ["handle", "purpose", "person", "data", "created_at", "expires_at"]
    session.execute(insert(Link).from_select(columns, rows))


def find(session: Session, keys: tuple[str, ...], purpose: str, token: str, now: datetime) -> Link:
    """The row of a token, used or not. Raises `BadToken`, the same for every reason."""
    link = session.get(Link, _kept(purpose, Signer(keys, purpose).unsign(token)))
    if link is None or link.purpose != purpose or (link.expires_at is not None and link.expires_at <= now):
        raise BadToken
    return link


def _kept(purpose: str, handle: str) -> str:
    """What the row is found by: the handle itself, or 120 bits of its SHA-256."""
    if purpose not in HASHED:
        return handle
    return urlsafe_b64encode(hashlib.sha256(handle.encode("ascii")).digest()[:15]).decode("ascii")


def consume(session: Session, link: Link, now: datetime) -> None:
    """Use a one-use link up. Raises `BadToken` where somebody was faster."""
    used = session.execute(
        update(Link)
        .where(
            Link.handle == link.handle,
            Link.used_at.is_(None),
            or_(Link.expires_at.is_(None), Link.expires_at > now),
        )
        .values(used_at=now)
        .returning(Link.handle)
    ).first()
    if used is None:
        raise BadToken


def use_up_all(session: Session, purpose: str, person: UUID, now: datetime) -> None:
    """Use up every link of a person for one purpose that has not been used yet."""
    session.execute(
        update(Link)
        .where(Link.purpose == purpose, Link.person == person, Link.used_at.is_(None))
        .values(used_at=now)
    )


def end_all(session: Session, purposes: Collection[str], person: UUID, now: datetime) -> None:
    """End every link of a person for these purposes, used or not: each is from now on like one that never was."""
    session.execute(
        update(Link)
        .where(Link.purpose.in_(purposes), Link.person == person, Link.expires_at > now)
        .values(expires_at=now)
    )


def note_move(session: Session, purposes: Collection[str], person: UUID, now: datetime) -> None:
    """As `end_all`, but what was used stays until its time is over, and its data says `moved`.

    Whoever reads these links has to refuse such a one.
    """
    found = select(Link).where(Link.purpose.in_(purposes), Link.person == person, Link.used_at.is_not(None))
    for link in session.scalars(found.where(Link.expires_at > now).with_for_update()):
        link.data = {**link.data, "moved": True}
    session.execute(
        update(Link)
        .where(
            Link.purpose.in_(purposes), Link.person == person, Link.used_at.is_(None), Link.expires_at > now
        )
        .values(expires_at=now)
    )


def end_by(session: Session, purpose: str, name: str, values: Iterable[str], now: datetime) -> None:
    """End every link of a purpose whose data has one of these values under a name, used or not."""
    session.execute(
        update(Link)
        .where(Link.purpose == purpose, Link.data[name].as_string().in_(list(values)), Link.expires_at > now)
        .values(expires_at=now)
        .execution_options(synchronize_session=False)
    )


def _has_expired(_start: datetime, now: datetime) -> ColumnElement[bool]:
    """Links that have expired, used or not; until then a used one says that all is done.

    What waits for a confirmation has a period of its own in the registry.
    """
    is_waiting = and_(Link.purpose == "confirm", Link.used_at.is_(None))
    return and_(Link.expires_at <= now, ~is_waiting)


def _is_held() -> ColumnElement[bool]:
    return and_(Link.person.is_not(None), Link.person.in_(held_people()))


SWEEPS = (Sweep("technical", "links", Link, _has_expired, _is_held),)
