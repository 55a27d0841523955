"""A change of address that staff begin, for somebody whose old mailbox is gone.

They are told at once what a person in the account is not: whether the change can ever complete.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from clevenio import limits
from clevenio.accounts import address_changes, queries
from clevenio.accounts.models import Account
from clevenio.errors import Refused
from clevenio.people import operations as people
from clevenio.people import restrictions
from clevenio.people.addresses import Address
from clevenio.settings import Settings


def begin(session: Session, settings: Settings, account: Account, to: Address, now: datetime) -> None:
    """Begin it, in the language of the account. Raises `Refused` where it could not complete, and `BadInput`."""
    if not queries.may_enter(account):
        raise Refused("The account is disabled or its data restricted, so it cannot move.")
    found = people.find(session, to)
    if found is not None and found.id != account.person_id:
        raise Refused("The new address is somebody else’s with us, so the account cannot move there.")
    if restrictions.is_restricted(session, to.key):
        raise Refused("The new address is restricted, so the account cannot move there.")
    if limits.is_spent(session, settings.secret_keys[0], address_changes.MAILS, to.mailbox_key, now):
        raise Refused("The new address got enough of these mails today. Try again tomorrow.")
    address_changes.ask(session, settings, account, to, account.person.language, now, by_staff=True)
