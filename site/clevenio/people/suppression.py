"""Identifiers that nothing may be sent to, whoever holds them and wherever they come from.

Kept apart from people and keyed by HMAC, so that an import, a deleted list or an erasure cannot
undo an opt-out. An identifier's last row for a scope decides.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from clevenio import bulk
from clevenio.database import tell
from clevenio.i18n import lazy_gettext as _l
from clevenio.people.models import Suppression
from clevenio.signing import keyed_hash, keyed_hashes

EVERYTHING = "all"
# By this name whoever keeps refusals and erasures outside the database hears of new ones.
FOLLOWED_AS = "refusals"


class Returned(StrEnum):
    """Why mail is not sent where the person did not say so to us: it came back, or they complained elsewhere."""

    HARD = "hard bounce"
    SOFT = "soft bounces"
    COMPLAINT = "complaint"


# What the reasons of rows are in words, to staff and to the person alike.
REASONS: Mapping[str, str] = {
    "unsubscribed": _l("Unsubscribed"),
    "objection": _l("Objected to direct marketing"),
    "by reply": _l("Said so in a reply"),
    "by phone": _l("Said so by phone"),
    "by post": _l("Said so by post"),
    "moved": _l("Came along from an earlier address"),
    "erasure": _l("Was erased"),
    "opted out elsewhere": _l("Opted out in another program, says a file"),
    "own act": _l("The person asked for it again"),
    Returned.HARD.value: _l("There is no such mailbox"),
    Returned.SOFT.value: _l("Mail came back three times, over at least two mailings"),
    Returned.COMPLAINT.value: _l("Complained to the mail provider"),
}


def email_key(key: str, mailbox_key: str) -> str:
    """The suppression key of a mailbox, from its most canonical form."""
    return keyed_hash(key, "suppression", "email", mailbox_key)


def phone_key(key: str, phone: str) -> str:
    """The suppression key of a phone number in E.164."""
    return keyed_hash(key, "suppression", "phone", phone)


def keys_of(key: str, kind: str) -> Callable[[str], str]:
    """What `email_key` or `phone_key` makes, for very many: `kind` is email or phone."""
    return keyed_hashes(key, "suppression", kind)


def suppress(session: Session, key: str, kind: str, scope: str, reason: str, now: datetime) -> None:
    """Suppress an identifier (by its key; kind email or phone) for a purpose or for everything."""
    session.add(Suppression(key=key, kind=kind, scope=scope, reason=reason, lifted=False, at=now))
    tell(session, FOLLOWED_AS)


def suppress_all(session: Session, rows: Collection[tuple[str, str, str]], kind: str, now: datetime) -> None:
    """Suppress many identifiers of one kind: of each its key, the scope and the reason."""
    if not rows:
        return
    names = ("key", "scope", "reason", "kind", "lifted", "at")
    bulk.add(session, Suppression, names, [(*row, kind, False, now) for row in rows])
    tell(session, FOLLOWED_AS)


def lift(session: Session, key: str, kind: str, scope: str, reason: str, now: datetime) -> None:
    """Take a suppression back because the person came back by a confirmed act of their own."""
    if is_suppressed(session, key, scope):
        session.add(Suppression(key=key, kind=kind, scope=scope, reason=reason, lifted=True, at=now))
        session.flush()
        tell(session, FOLLOWED_AS)


def suppressed(scope: str) -> Select[str]:
    """The keys suppressed for a scope or for everything, as a query to filter by."""
    last = (
        select(func.max(Suppression.id))
        .where(Suppression.scope.in_((scope, EVERYTHING)))
        .group_by(Suppression.key, Suppression.scope)
    )
    return select(Suppression.key).where(Suppression.id.in_(last), Suppression.lifted.is_(False))


def stands_against(key: InstrumentedAttribute[str], scope: str) -> ColumnElement[bool]:
    """Whether the identifier in a column is suppressed: for few rows, as each is answered by index."""
    later = aliased(Suppression)
    lifted_or_repeated = select(later.id).where(
        later.key == Suppression.key, later.scope == Suppression.scope, later.id > Suppression.id
    )
    return (
        select(Suppression.id)
        .where(
            Suppression.key == key,
            Suppression.scope.in_((scope, EVERYTHING)),
            Suppression.lifted.is_(False),
            ~lifted_or_repeated.exists(),
        )
        .exists()
    )


def scopes_among(session: Session, keys: Collection[str]) -> dict[str, set[str]]:
    """What each of these keys is suppressed for, of those that are; asks for no others."""
    if not (keys := bulk.likely(session, select(Suppression.key), keys)):
        return {}
    query = select(Suppression.key, Suppression.scope, Suppression.lifted)
    query = query.where(bulk.among(session, Suppression.key, keys)).order_by(Suppression.id)
    last = {(key, scope): lifted for key, scope, lifted in session.execute(query)}
    found: dict[str, set[str]] = {}
    for (key, scope), lifted in last.items():
        if not lifted:
            found.setdefault(key, set()).add(scope)
    return found


def scopes(session: Session, key: str) -> set[str]:
    """What an identifier is suppressed for, in the words of its rows: purposes, `all`, or both."""
    last = select(func.max(Suppression.id)).where(Suppression.key == key).group_by(Suppression.scope)
    rows = select(Suppression.scope).where(Suppression.id.in_(last), Suppression.lifted.is_(False))
    return set(session.scalars(rows))


def standing(session: Session, key: str) -> list[Suppression]:
    """What an identifier is suppressed for, each with its reason and since when, the oldest first."""
    last = select(func.max(Suppression.id)).where(Suppression.key == key).group_by(Suppression.scope)
    query = select(Suppression).where(Suppression.id.in_(last), Suppression.lifted.is_(False))
    return list(session.scalars(query.order_by(Suppression.id)))


def lifted_at(session: Session, key: str) -> datetime | None:
    """When an identifier's owner last came back by an act of their own; None where they never had to."""
    return session.scalar(
        select(func.max(Suppression.at)).where(Suppression.key == key, Suppression.lifted.is_(True))
    )


def returned_among(session: Session, keys: Collection[str]) -> dict[str, datetime]:
    """When the owners of these identifiers last came back, of those who did; asks for no others."""
    if not keys:
        return {}
    query = select(Suppression.key, func.max(Suppression.at)).where(
        bulk.among(session, Suppression.key, keys), Suppression.lifted.is_(True)
    )
    return dict(session.execute(query.group_by(Suppression.key)).all())


def last_row(session: Session, key: str) -> int:
    """The number of the last row about an identifier, to see later whether more was said; 0 for none."""
    return session.scalar(select(func.max(Suppression.id)).where(Suppression.key == key)) or 0


def is_suppressed(session: Session, key: str, scope: str) -> bool:
    """Whether an identifier is suppressed for a scope or for everything."""
    return session.scalar(suppressed(scope).where(Suppression.key == key).limit(1)) is not None
