"""Another address for an account: in force once somebody has confirmed at the old one and at the new one.

Where staff began it, because the old mailbox is said to be gone, the new one alone confirms, and the old
one can stop it.

Whether the new address is somebody else's is told to its mailbox alone. Opt-outs go along: nothing that
must not be sent reaches the person by having moved.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clevenio import limits, outbox
from clevenio.accounts import address_mails, mails, queries
from clevenio.accounts.models import Account, AddressChange, MailRequest
from clevenio.consent import ledger
from clevenio.consent.notices import account_notice
from clevenio.errors import BadInput, BadToken
from clevenio.people import addresses, links, moving, restrictions
from clevenio.people import operations as people
from clevenio.people.addresses import Address
from clevenio.people.models import Link
from clevenio.settings import Settings
from clevenio.sweeps import Key, Sweep

# How the worker is asked to write to both addresses.
KIND = "address"
LIFETIME = links.LIFETIME["address"] or timedelta()
# How often an account may begin a change, and how many such mails a mailbox gets of whoever asks.
CHANGES = limits.Limit("address changes of an account", 5, timedelta(days=1))
MAILS = limits.Limit("address change mails to a mailbox", 5, timedelta(days=1))


class Side(StrEnum):
    """At which of the two addresses a link was read."""

    OLD = "old"
    NEW = "new"


class Outcome(StrEnum):
    """How a change ended."""

    MOVED = "moved"
    STOPPED = "stopped"
    REPLACED = "replaced"
    TAKEN = "taken"


def ask(
    session: Session,
    settings: Settings,
    account: Account,
    to: Address,
    language: str,
    now: datetime,
    *,
    by_staff: bool = False,
) -> None:
    """Begin a change; one that waits already is over. The worker writes to both addresses.

    Where the old mailbox is gone, staff begin it: they were shown otherwise whose account it is.
    Raises `BadInput` for the account's own address, and where there were enough for today.
    """
    if to.key == account.person.address_key:
        raise BadInput("This is the address of your account already.")
    if not limits.take(session, settings.secret_keys[0], CHANGES, str(account.id), now):
        raise BadInput("You have changed the address several times today. Try again tomorrow.")
    _end_waiting(session, account.id, Outcome.REPLACED, now)
    change = AddressChange(
        account_id=account.id,
        account=account,
        email=to.email,
        created_at=now,
        expires_at=now + LIFETIME,
        by_staff=by_staff,
    )
    session.add(change)
    session.flush()
    request = MailRequest(kind=KIND, email=to.email, language=language, about=change.id, created_at=now)
    session.add(request)


def write(session: Session, settings: Settings, request: MailRequest, now: datetime) -> None:
    """Mail both addresses what to do; a new one that is somebody's is told that nothing changes by this."""
    change = session.get(AddressChange, request.about)
    if change is None or change.ended_at is not None:
        return
    to, person = addresses.address(change.email), change.account.person
    old = _link(session, settings, change, Side.OLD, person.language, now)
    address_mails.queue_old(session, settings, person, old, now, change.by_staff)
    if restrictions.is_restricted(session, to.key):
        return
    if not limits.take(session, settings.secret_keys[0], MAILS, to.mailbox_key, now):
        return
    other = people.find(session, to)
    if other is not None:
        address_mails.queue_taken(session, settings, other, now)
        return
    new = _link(session, settings, change, Side.NEW, request.language, now)
    address_mails.queue_new(session, settings, to, request.language, new, now, change.by_staff)


def find(
    session: Session, settings: Settings, token: str, now: datetime, lock: bool = False
) -> tuple[AddressChange, Side, str]:
    """The change behind a link, at which side it was read, and in which language. Raises `BadToken`."""
    link = links.find(session, settings.mail_keys, "address", token, now)
    # Locked, so that of two presses at once, one at each side, the later sees the other's.
    which = UUID(str(link.data["change"]))
    change = session.get(AddressChange, which, with_for_update=lock or None, populate_existing=lock)
    if change is None or not queries.may_enter(change.account):
        raise BadToken
    return change, Side(str(link.data["side"])), str(link.data["language"])


def waiting(session: Session, account: UUID, now: datetime) -> AddressChange | None:
    """The change that waits for somebody to confirm it, if there is one."""
    query = select(AddressChange).where(
        AddressChange.account_id == account, AddressChange.ended_at.is_(None), AddressChange.expires_at > now
    )
    return session.scalars(query.order_by(AddressChange.created_at.desc()).limit(1)).first()


def confirm(session: Session, settings: Settings, token: str, now: datetime) -> None:
    """Say yes at one side; with the other's, the account has the new address. Repeating it adds nothing.

    Of a change that staff began nothing is asked at the old address.
    """
    change, side, _ = find(session, settings, token, now, lock=True)
    if change.ended_at is not None or (change.by_staff and side is Side.OLD):
        return
    if side is Side.OLD:
        change.old_confirmed_at = change.old_confirmed_at or now
    else:
        change.new_confirmed_at = change.new_confirmed_at or now
    if change.new_confirmed_at and (change.by_staff or change.old_confirmed_at):
        _move(session, settings, change, now)


def stop(session: Session, settings: Settings, token: str, now: datetime) -> None:
    """Whoever reads one of the mails did not ask for this, or thought better of it.

    The new address is forgotten at once where its own reader says so, else with the change.
    """
    change, side, _ = find(session, settings, token, now, lock=True)
    if change.ended_at is None:
        change.ended_at, change.outcome = now, Outcome.STOPPED
    if side is Side.NEW and change.outcome != Outcome.MOVED:
        _forget_new_address(session, change)


def stop_waiting(session: Session, account: UUID, now: datetime) -> None:
    """The holder stops what waits, in the account."""
    _end_waiting(session, account, Outcome.STOPPED, now)


def _let_go(session: Session, keys: Sequence[Key], _now: datetime) -> None:
    """Changes whose links have expired: their mail forgets the new address, where it came to nothing."""
    for (change_id,) in keys:
        change = session.get_one(AddressChange, change_id)
        if change.outcome != Outcome.MOVED:
            _forget_new_address(session, change)
        session.delete(change)


SWEEPS = (
    Sweep(
        "technical",
        "address_changes",
        AddressChange,
        lambda _start, now: AddressChange.expires_at <= now,
        act=_let_go,
    ),
)


def _forget_new_address(session: Session, change: AddressChange) -> None:
    """The address came to nothing: neither the change nor its mail knows it any more, unless restricted."""
    if change.email and not restrictions.is_restricted(session, addresses.address(change.email).key):
        outbox.forget_recipient(session, mails.KIND, addresses.address(change.email).ascii)
        change.email = ""


def mailed(session: Session, account: UUID) -> list[tuple[str, datetime]]:
    """The new addresses of an account's changes, as mail takes them, and when they were written to."""
    found = []
    for change in session.scalars(select(AddressChange).where(AddressChange.account_id == account)):
        links = select(Link.created_at).where(
            Link.purpose == "address",
            Link.data["change"].as_string() == str(change.id),
            Link.data["side"].as_string() == Side.NEW.value,
        )
        if change.email:
            to = addresses.address(change.email).ascii
            found += [(to, at) for at in session.scalars(links)]
    return found


def unconfirmed(session: Session, account: UUID) -> list[Address]:
    """The new addresses of an account's changes that came to nothing, or may yet."""
    asked = select(AddressChange.email).where(
        AddressChange.account_id == account,
        AddressChange.outcome.is_distinct_from(Outcome.MOVED.value),
        AddressChange.email != "",
    )
    return [addresses.address(email) for email in session.scalars(asked.distinct())]


def _end_waiting(session: Session, account: UUID, outcome: Outcome, now: datetime) -> None:
    session.execute(
        update(AddressChange)
        .where(AddressChange.account_id == account, AddressChange.ended_at.is_(None))
        .values(ended_at=now, outcome=outcome)
    )


def _link(
    session: Session, settings: Settings, change: AddressChange, side: Side, language: str, now: datetime
) -> str:
    data = {"change": str(change.id), "side": side.value, "language": language}
    return links.make(session, settings.mail_keys, "address", now, data=data, until=change.expires_at)


def _move(session: Session, settings: Settings, change: AddressChange, now: datetime) -> None:
    person, to = change.account.person, addresses.address(change.email)
    old = person.email_ascii
    change.ended_at, change.outcome = now, Outcome.TAKEN
    notice = account_notice(person.language)
    key, channel = settings.suppression_key, ledger.Channel.ACCOUNT
    if not moving.move(session, key, person, to, channel=channel, notice=notice, now=now):
        return
    change.outcome = Outcome.MOVED
    for address in (old, person.email_ascii):
        address_mails.queue_moved(session, settings, person, address, now, change.by_staff)
