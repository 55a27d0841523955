"""Another address for somebody without an account: the mailed link speaks for the old one, a second for the new one.

An account's address is also its login, so that one is changed in the account.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from clevenio import limits
from clevenio.accounts import queries as accounts
from clevenio.consent import ledger
from clevenio.consent.notices import mailed_choices_notice
from clevenio.errors import BadInput, BadToken
from clevenio.people import addresses, links, moving, restrictions
from clevenio.people import operations as people
from clevenio.people.addresses import Address
from clevenio.people.models import Link, Person
from clevenio.rights.choices import mails
from clevenio.settings import Settings

LINK = "move"
# How many addresses somebody may try, and how many such mails a mailbox gets, whoever asks.
MOVES = limits.Limit("moves of a person", 3, timedelta(days=1))
MAILS = (
    limits.Limit("move mail", 1, timedelta(minutes=10)),
    limits.Limit("move mails of a day", 3, timedelta(days=1)),
)


@dataclass(frozen=True)
class Move:
    """A move to an address: it waits, was made, or came to nothing because the address `is_taken`."""

    language: str
    email: str
    is_done: bool
    is_taken: bool


def has_account(session: Session, person: Person) -> bool:
    """Whether the address is a login as well."""
    return accounts.account_of(session, person.id) is not None


def ask(session: Session, settings: Settings, person: Person, to: Address, now: datetime) -> None:
    """Ask at the new address whether it is theirs. Whether it is somebody's already is told to its mailbox alone.

    Raises `BadInput` for the address they have, for an account's, and after `MOVES` of a day.
    """
    if has_account(session, person):
        raise BadInput("This address is also your login. Change it in your account.")
    if to.key == person.address_key:
        raise BadInput("Our e-mails go to this address already.")
    key = settings.secret_keys[0]
    if not limits.take(session, key, MOVES, str(person.id), now):
        raise BadInput("You have tried several addresses today. Try again tomorrow.")
    if restrictions.is_restricted(session, to.key):
        return
    if not limits.take_each(session, key, MAILS, to.mailbox_key, now):
        return
    # A newer wish takes the place of one that waits.
    links.use_up_all(session, LINK, person.id, now)
    data = {"email": to.email, "language": person.language}
    token = links.make(session, settings.mail_keys, LINK, now, person=person.id, data=data)
    other = people.find(session, to)
    language = other.language if other else person.language
    mails.queue_move(session, settings, to, language, None if other else f"/m/{token}", now)


def look(session: Session, settings: Settings, token: str, now: datetime) -> Move:
    """What a link would move. Changes nothing. Raises `BadToken`."""
    link, _ = _find(session, settings, token, now, lock=False)
    return _move(link)


def confirm(session: Session, settings: Settings, token: str, now: datetime) -> Move:
    """Whoever reads the new mailbox says yes. Repeating it adds nothing. Raises `BadToken`."""
    link, person = _find(session, settings, token, now, lock=True)
    try:
        links.consume(session, link, now)
    except BadToken:
        # Of two presses at once the other came first.
        session.refresh(link)
        return _move(link)
    to, old = addresses.address(str(link.data["email"])), person.email_ascii
    moved = moving.move(
        session,
        settings.suppression_key,
        person,
        to,
        channel=ledger.Channel.MAILED_LINK,
        notice=mailed_choices_notice(person.language),
        now=now,
    )
    session.refresh(link)
    link.data = {**link.data, "taken": not moved}
    if moved:
        for address in (old, person.email_ascii):
            mails.queue_moved(session, settings, person, address, now)
    return _move(link)


def _find(
    session: Session, settings: Settings, token: str, now: datetime, *, lock: bool
) -> tuple[Link, Person]:
    link = links.find(session, settings.mail_keys, LINK, token, now)
    person = session.get(Person, link.person, with_for_update=lock or None, populate_existing=lock)
    if person is None or person.restricted_at or "email" not in link.data:
        raise BadToken
    # Whoever has opened an account, or has moved elsewhere meanwhile, moves by no old link.
    is_there = person.address_key == addresses.address(str(link.data["email"])).key
    if (link.used_at is None and has_account(session, person)) or (
        link.used_at is not None and not is_there and not link.data.get("taken")
    ):
        raise BadToken
    return link, person


def _move(link: Link) -> Move:
    data = link.data
    is_taken = bool(data.get("taken"))
    return Move(str(data["language"]), str(data["email"]), link.used_at is not None, is_taken)
