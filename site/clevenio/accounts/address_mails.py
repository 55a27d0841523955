"""The mails of a change of address: to the old one, to the new one, and once it is done to both.

Neither of the first two names the other address: the new one may be a third party's, and what stands in
a form must not be carried to strangers. Each says who began the change, its owner or staff (`by_staff`).
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clevenio import outbox
from clevenio.accounts.mails import KIND
from clevenio.people.addresses import Address
from clevenio.people.models import Person
from clevenio.settings import Settings


def queue_old(
    session: Session, settings: Settings, person: Person, token: str, now: datetime, by_staff: bool = False
) -> None:
    """Ask whoever reads the account's address whether it may move; staff's move they can only stop."""
    to, link = person.email_ascii, f"{settings.base_url}/a/{token}"
    _queue(
        session, settings, "old_address", to, person.language, now, person.id, link=link, by_staff=by_staff
    )


def queue_new(
    session: Session,
    settings: Settings,
    to: Address,
    language: str,
    token: str,
    now: datetime,
    by_staff: bool = False,
) -> None:
    """Ask whoever reads the new address whether an account may have it."""
    link = f"{settings.base_url}/a/{token}"
    _queue(session, settings, "new_address", to.ascii, language, now, None, link=link, by_staff=by_staff)


def queue_taken(session: Session, settings: Settings, person: Person, now: datetime) -> None:
    """Tell somebody we know that an account was to have their address, and that it does not."""
    _queue(session, settings, "address_taken", person.email_ascii, person.language, now, person.id)


def queue_moved(
    session: Session, settings: Settings, person: Person, to: str, now: datetime, by_staff: bool = False
) -> None:
    """Tell either address that the account has moved."""
    _queue(session, settings, "address_changed", to, person.language, now, person.id, by_staff=by_staff)


def _queue(
    session: Session,
    settings: Settings,
    name: str,
    to: str,
    language: str,
    now: datetime,
    person: UUID | None,
    **values: object,
) -> None:
    outbox.queue_account_mail(
        session,
        settings,
        f"accounts/mail/{name}.html",
        kind=KIND,
        to=to,
        language=language,
        now=now,
        person=person,
        **values,
    )
