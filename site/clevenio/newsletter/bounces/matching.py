"""Which delivery a report is about: by the way out that the message held, else by its Message-ID."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio.errors import BadInput, BadToken
from clevenio.newsletter import messages
from clevenio.newsletter.bounces.reports import Report
from clevenio.newsletter.models import Delivery
from clevenio.people.addresses import Address, address
from clevenio.people.models import Link, Person
from clevenio.settings import Settings
from clevenio.signing import Signer

# More campaigns than anybody was sent.
MOST = 1000


@dataclass(frozen=True)
class Matched:
    """A delivery, and whose it was: None where they were erased."""

    delivery: Delivery
    person: Person | None


def find(session: Session, settings: Settings, report: Report) -> Matched | None:
    """The delivery of ours that a report is about; None where it names none.

    Either is known to those alone whom the message reached: a link's signature is ours, and a Message-ID
    is made of two random identifiers. So nobody can have somebody else suppressed.
    """
    delivery = _by_token(session, settings, report.tokens) or _by_message_id(session, settings, report)
    if delivery is None:
        return None
    person = session.get(Person, delivery.person, with_for_update=True, populate_existing=True)
    return Matched(delivery, person)


def _by_token(session: Session, settings: Settings, tokens: Iterable[str]) -> Delivery | None:
    signer = Signer(settings.mail_keys, "unsubscribe")
    for token in tokens:
        try:
            link = session.get(Link, signer.unsign(token))
        except BadToken:
            continue
        if link is not None and link.purpose == "unsubscribe" and link.person is not None:
            campaign = UUID(str(link.data["campaign"]))
            query = select(Delivery).where(Delivery.campaign == campaign, Delivery.person == link.person)
            if found := session.scalars(query).one_or_none():
                return found
    return None


def _by_message_id(session: Session, settings: Settings, report: Report) -> Delivery | None:
    wanted = _unique(report.message_id)
    if not wanted:
        return None
    keys = {each.key for each in parsed((*report.mailed_to, *report.final))}
    query = (
        select(Delivery)
        .join(Person, Person.id == Delivery.person)
        .where(Person.address_key.in_(keys))
        .order_by(Delivery.id.desc())
        .limit(MOST)
    )
    for delivery in session.scalars(query):
        if _unique(messages.message_id(settings, delivery.campaign, delivery.person)) == wanted:
            return delivery
    return None


def _unique(message_id: str) -> str:
    """What is random in a Message-ID: the host may be another one by now."""
    return message_id.strip("<> ").partition("@")[0].lower()


def parsed(texts: Iterable[str]) -> list[Address]:
    """Those that are addresses, in their forms."""
    found = []
    for text in texts:
        try:
            found.append(address(text))
        except BadInput:
            continue
    return found
