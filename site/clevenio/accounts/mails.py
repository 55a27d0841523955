"""The mails of an account: links that verify, reset and change, what was changed, and the notice for staff."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from clevenio import outbox
from clevenio.accounts.agreements import Matter
from clevenio.accounts.models import Signup
from clevenio.people.addresses import Address
from clevenio.people.models import Person
from clevenio.people.staff_members import Role
from clevenio.people.staff_notices import queue_for_staff
from clevenio.settings import Settings

# What these mails are in the outbox.
KIND = "account"
# Pages that a mail leads to, as their views name them; a test holds the two against each other.
LOGIN = {"fi": "/fi/kirjaudu", "en": "/en/login"}
RESET = {"fi": "/fi/uusi-salasana", "en": "/en/new-password"}
NEW_VERSIONS = {"fi": "/fi/tili/sopimukset/uudet", "en": "/en/account/agreements/new"}


def queue_verification(
    session: Session,
    settings: Settings,
    signup: Signup,
    to: Address,
    token: str,
    now: datetime,
    contested: bool = False,
) -> None:
    """Ask whoever reads this address to verify the signup; says what was ticked and what happens next.

    `contested` says that they choose the password behind the link.

    Nothing that was typed is in it, not even the name: the address may be a third party's, and our
    form must not carry strangers' words to them.
    """
    chosen = [one["wording"] for one in signup.wording["purposes"] if one["id"] in signup.ticked]
    address = f"{settings.base_url}/v/{token}"
    outbox.queue_account_mail(
        session,
        settings,
        "accounts/mail/verify.html",
        kind=KIND,
        to=to.ascii,
        language=signup.language,
        now=now,
        address=address,
        chosen=chosen,
        contested=contested,
    )


def queue_known(session: Session, settings: Settings, person: Person, now: datetime) -> None:
    """Tell somebody with an account that their address was used to sign up again."""
    _queue(session, settings, "known", person, now, address=settings.base_url + LOGIN[person.language])


def queue_reset(session: Session, settings: Settings, person: Person, token: str, now: datetime) -> None:
    """Give whoever reads an account's address a link that sets a new password."""
    _queue(session, settings, "reset", person, now, address=f"{settings.base_url}/r/{token}")


def queue_password_changed(session: Session, settings: Settings, person: Person, now: datetime) -> None:
    """Tell the owner that the password is another one now, and what to do if that was not them."""
    address = settings.base_url + RESET[person.language]
    _queue(session, settings, "password_changed", person, now, address=address, at=now)


def queue_new_versions(
    session: Session, settings: Settings, person: Person, matters: Sequence[Matter], now: datetime
) -> None:
    """Tell a customer which texts have a new version, what is new, and whether it is to be accepted."""
    address = settings.base_url + NEW_VERSIONS[person.language]
    _queue(session, settings, "new_versions", person, now, address=address, matters=matters)


def _queue(
    session: Session, settings: Settings, name: str, person: Person, now: datetime, **values: object
) -> None:
    outbox.queue_account_mail(
        session,
        settings,
        f"accounts/mail/{name}.html",
        kind=KIND,
        to=person.email_ascii,
        language=person.language,
        now=now,
        person=person.id,
        **values,
    )


def queue_notice(session: Session, settings: Settings, now: datetime) -> None:
    """Tell staff that a signup was verified; who it is they see in the back office, under audit."""
    queue_for_staff(
        session,
        settings,
        "accounts/mail/notice.html",
        kind="signup",
        roles=(Role.MARKETER, Role.SUPPORT),
        now=now,
        link=f"{settings.base_url}/staff/signups",
    )
