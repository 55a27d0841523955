"""The link to one's own choices: asked for by anybody, opened once by whoever reads the mailbox.

Looking at the link shows nothing and uses nothing up, because what looks through mail opens links. The
first press opens the page, and only the page that was pressed goes on: it holds a secret that no
address holds and no other look at the link got.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from clevenio import limits
from clevenio.consent import ledger
from clevenio.consent.notices import withdrawal_notice
from clevenio.errors import BadToken
from clevenio.people import links, restrictions
from clevenio.people import operations as people
from clevenio.people.addresses import Address
from clevenio.people.models import Link, Person
from clevenio.rights.choices import mails
from clevenio.settings import Settings

LINK = "manage"
# How long the page works once it was opened; the link itself may wait as long.
OPEN = timedelta(minutes=30)
# Whoever types other people's addresses soon writes to nobody, and is not told.
MAILS = (
    limits.Limit("choices mail", 1, timedelta(minutes=10)),
    limits.Limit("choices mails of a day", 3, timedelta(days=1)),
)


class UsedLinkError(BadToken):
    """The link was opened before, by another page than this one."""


class ClosedPageError(BadToken):
    """This page was closed by whoever had opened it."""


class MovedPageError(BadToken):
    """The address was changed while this page was open, and the page spoke for the earlier one."""


@dataclass(frozen=True)
class Opened:
    """A page that was opened: its link, whose choices it shows, and the secret by which it goes on."""

    link: Link
    person: Person
    secret: str

    @property
    def is_open(self) -> bool:
        """Whether the button was pressed, by which the secret became this page's."""
        return self.link.used_at is not None

    @property
    def evidence(self) -> dict[str, object]:
        """What shows that the person read the mailbox: when the link was asked for and opened."""
        return {"asked_at": self.link.created_at.isoformat(), "opened_at": str(self.link.data["opened_at"])}


def ask(session: Session, settings: Settings, address: Address, language: str, now: datetime) -> None:
    """Mail the owner of an address the link to their choices, in their language.

    The same for every address: one that nobody here has is mailed that, one whose data is restricted
    nothing. Beyond the limits of `MAILS` nothing is sent, silently.
    """
    if restrictions.is_restricted(session, address.key):
        return
    if not limits.take_each(session, settings.secret_keys[0], MAILS, address.mailbox_key, now):
        return
    person = people.find(session, address)
    # Made for nobody, too, so that both take as long; that one is never mailed.
    token = links.make(session, settings.mail_keys, LINK, now, person=person.id if person else None)
    if person is None:
        mails.queue_nobody(session, settings, address, language, now)
    else:
        mails.queue_link(session, settings, person, token, now)


def look(session: Session, settings: Settings, token: str, now: datetime, secret: str) -> Opened:
    """Whose choices a link opens, or which page it opened. Changes nothing.

    Raises `BadToken`; after the first press `UsedLinkError` for whoever has not the `secret` of that press, and
    `ClosedPageError` or `MovedPageError` where the page was closed since, or the address changed.
    """
    link = links.find(session, settings.mail_keys, LINK, token, now)
    person = _person(session, link, lock=False)
    if link.used_at is not None:
        _require_open(link, secret)
    return Opened(link, person, secret)


def enter(session: Session, settings: Settings, token: str, secret: str, now: datetime) -> Opened:
    """Open the page by the first press, or go on with the page that was opened by it.

    Raises `BadToken`, `UsedLinkError` where another page was, `ClosedPageError` where this one was closed, and
    `MovedPageError` where the address was changed since.
    """
    link = links.find(session, settings.mail_keys, LINK, token, now)
    person = _person(session, link, lock=True)
    try:
        links.consume(session, link, now)
    except BadToken:
        # Pressed before, or at the same moment by somebody whose transaction came first.
        session.refresh(link)
        _require_open(link, secret)
        return Opened(link, person, secret)
    link.data = {"opened_by": _mark(secret), "opened_at": now.isoformat()}
    link.expires_at = now + OPEN
    session.flush()
    return Opened(link, person, secret)


def close(opened: Opened) -> None:
    """End the page at once, instead of when its time is over: nothing opens it or its link again."""
    opened.link.data = {"closed_by": _mark(opened.secret)}


def choose_language(opened: Opened, language: str) -> None:
    """From now on their mails are in this language."""
    opened.person.language = language


def leave(session: Session, opened: Opened, now: datetime) -> list[ledger.Recorded]:
    """An objection to everything (GDPR Art. 21(2)), as the unsubscribe page records it."""
    language = opened.person.language
    return people.withdraw_everything(
        session,
        opened.person,
        channel=ledger.Channel.MAILED_LINK,
        notice=withdrawal_notice(language),
        language=language,
        now=now,
        evidence=opened.evidence,
    )


def gets_anything(session: Session, person: Person) -> bool:
    """Whether anything is granted that could be withdrawn."""
    return ledger.State.GRANTED in ledger.decisions_of(session, person.id).values()


def newest_decision(session: Session, person: Person) -> int:
    """The number of the person's last decision, to say later whether another has followed; 0 before the first."""
    return max((row.sequence for row in ledger.latest(session, person.id).values()), default=0)


def _require_open(link: Link, secret: str) -> None:
    if link.data.get("closed_by") == _mark(secret):
        raise ClosedPageError
    is_ours = link.data.get("opened_by") == _mark(secret)
    if link.data.get("moved"):
        # To everybody else it is a link that never was, as those are that were not opened before the move.
        raise MovedPageError if is_ours else BadToken
    if not is_ours:
        raise UsedLinkError


def _mark(secret: str) -> str:
    """What is kept of a page's secret."""
    return hashlib.sha256(secret.encode("utf-8")).hexdigest()


def _person(session: Session, link: Link, *, lock: bool) -> Person:
    """Whose link it is; nobody's who was erased, or whose data is stored and not used (Art. 18)."""
    options: dict[str, Any] = {"with_for_update": True, "populate_existing": True} if lock else {}
    person = session.get(Person, link.person, **options) if link.person else None
    if person is None or person.restricted_at is not None:
        raise BadToken
    return person
