"""Another password: by a mailed link for whoever forgot it, or in the account for whoever knows it.

Either way every session ends, links from before open nothing, and the owner is told by mail.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clevenio import limits, once
from clevenio.accounts import mails, queries, sessions
from clevenio.accounts.models import Account
from clevenio.accounts.sessions import Kind
from clevenio.errors import BadToken
from clevenio.people import links
from clevenio.people.models import Link
from clevenio.settings import Settings

# How the worker is asked for a link.
KIND = "reset"
# As long as a link works: whoever asks in vain after a stranger did has a link in the mailbox that works.
LINKS = limits.Limit("reset links of an account", 3, links.LIFETIME["reset"] or timedelta())
# How often the present password may be typed wrong in the account.
PROOFS = limits.Limit("present passwords typed in an account", 5, timedelta(minutes=15))


def send_link(session: Session, settings: Settings, account: Account, now: datetime) -> None:
    """Mail a link that sets a new password; works once, for an hour."""
    if not limits.take(session, settings.secret_keys[0], LINKS, str(account.id), now):
        return
    data = {"account": str(account.id)}
    token = links.make(session, settings.mail_keys, "reset", now, person=account.person_id, data=data)
    mails.queue_reset(session, settings, account.person, token, now)


def find(session: Session, settings: Settings, token: str, now: datetime) -> tuple[Link, Account]:
    """A link that still works, and whose it is. Raises `BadToken`, the same for every reason."""
    link = links.find(session, settings.mail_keys, "reset", token, now)
    account = session.get(Account, UUID(str(link.data["account"])))
    if link.used_at is not None or account is None or not queries.may_enter(account):
        raise BadToken
    return link, account


def done(session: Session, settings: Settings, token: str, now: datetime) -> Account | None:
    """Whose password this very link has set, as long as it is remembered."""
    try:
        link = links.find(session, settings.mail_keys, "reset", token, now)
    except BadToken:
        return None
    account = session.get(Account, UUID(str(link.data["account"])))
    return account if account is not None and link.data.get("done") else None


def reset(session: Session, settings: Settings, token: str, password: str, now: datetime) -> Account:
    """Use a link up and set the password, a hash. Raises `BadToken`."""
    link, account = find(session, settings, token, now)
    links.consume(session, link, now)
    link.data = {**link.data, "done": True}
    change(session, settings, account, password, now)
    return account


def change(session: Session, settings: Settings, account: Account, password: str, now: datetime) -> None:
    """Set the password, a hash, and end every session; the caller begins a new one where somebody is there."""
    account.password = password
    sessions.end_all(session, Kind.ACCOUNT, account.id, now)
    links.use_up_all(session, "reset", account.person_id, now)
    # No link works any more, so whoever asks anew is sent one.
    limits.forgive(session, settings.secret_keys[0], LINKS, str(account.id))
    once.forget(session, settings.secret_keys[0], KIND, {"email": account.person.address_key})
    mails.queue_password_changed(session, settings, account.person, now)


def may_prove(session: Session, settings: Settings, account: Account, now: datetime) -> bool:
    """Count a try to prove that whoever is logged in knows the password; False where there were enough."""
    return limits.take(session, settings.secret_keys[0], PROOFS, str(account.id), now)


def proved(session: Session, settings: Settings, account: Account) -> None:
    """The password was right: what was typed wrong before counts no more."""
    limits.forgive(session, settings.secret_keys[0], PROOFS, str(account.id))
