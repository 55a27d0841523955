"""Which message of ours a report is about: by the way out that it held, else by its Message-ID and recipient."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio.errors import BadInput, BadToken
from clevenio.mail import random_part
from clevenio.newsletter import messages
from clevenio.newsletter.bounces.models import Kind
from clevenio.newsletter.bounces.reports import Report
from clevenio.newsletter.models import Delivery
from clevenio.outbox import Mail
from clevenio.people import operations as people
from clevenio.people.addresses import Address, address
from clevenio.people.models import Link, Person
from clevenio.settings import Settings
from clevenio.signing import Signer

# More campaigns than anybody was sent.
MOST = 1000


@dataclass(frozen=True)
class Matched:
    """A delivery or a mail of ours that a report is about, and whose it was: None where they are gone, or unknown.

    `mailbox` is the suppression key of where it went; None where that is no longer theirs, where nobody has it,
    or where it was forgotten.
    """

    sent: Delivery | Mail
    person: Person | None
    mailbox: str | None


def find(session: Session, settings: Settings, report: Report) -> Matched | None:
    """The message of ours that a report is about; None where it names none.

    Either is known to those alone whom the message reached: a link's signature is ours, and a Message-ID
    is random. So nobody can have somebody else suppressed.
    """
    mail = _mail(session, report)
    if mail is not None:
        # A report whose recipient does not fit is about nothing: an answer may quote the mail of a campaign.
        return of_mail(session, *mail) if _went_there(mail, report) else None
    delivery = _by_token(session, settings, report.tokens) or _by_message_id(session, settings, report)
    if delivery is None:
        return None
    person = _locked(session, delivery.person)
    is_theirs = person is not None and (report.kind is Kind.COMPLAINT or _is_still_theirs(person, report))
    return Matched(delivery, person, person.email_suppression if person and is_theirs else None)


def _locked(session: Session, person: UUID | None) -> Person | None:
    if person is None:
        return None
    return session.get(Person, person, with_for_update=True, populate_existing=True)


def _is_still_theirs(person: Person, report: Report) -> bool:
    """Whether the mailbox that the mail went to is the one the person has now; they may have moved since.

    Where the report does not say, it is taken to be; where it ended is no sign, as mail is passed on.
    """
    went_to = parsed(report.mailed_to)
    return not went_to or any(each.mailbox_key == person.mailbox_key for each in went_to)


def _mail(session: Session, report: Report) -> tuple[UUID, UUID | None, str] | None:
    """A mail of the outbox by its Message-ID: its number, whose it was and its recipient."""
    wanted = random_part(report.message_id)
    if not wanted:
        return None
    query = select(Mail.id, Mail.person, Mail.recipient).where(Mail.message_id == wanted)
    found = session.execute(query.limit(1)).one_or_none()
    return None if found is None else (found.id, found.person, found.recipient)


def _went_there(mail: tuple[UUID, UUID | None, str], report: Report) -> bool:
    """Whether the report names the recipient of a mail; where that was forgotten, its Message-ID is enough."""
    *_, recipient = mail
    went_to = parsed([recipient])
    named = {each.key for each in parsed((*report.mailed_to, *report.final))}
    return not recipient or any(each.key in named for each in went_to)


def of_mail(session: Session, number: UUID, whose: UUID | None, recipient: str) -> Matched | None:
    """A mail of the outbox, to whom it went as far as that is known; None where it has gone meanwhile.

    Only a mailbox that somebody has by this very address may be suppressed: anybody may have a mail sent to any
    other, and what is behind a sign at one host is another mailbox at the next.
    """
    went_to = next(iter(parsed([recipient])), None)
    found = people.find(session, went_to) if went_to else None
    # The people first, as an erasure does, and two of them in one order.
    ids = {whose, found.id if found else None} - {None}
    people_there = [person for each in sorted(ids, key=str) if (person := _locked(session, each))]
    mail = session.get(Mail, number, with_for_update=True, populate_existing=True)
    if mail is None:
        return None
    holder = next((each for each in people_there if went_to and each.address_key == went_to.key), None)
    person = next((each for each in people_there if each.id == whose), holder)
    return Matched(mail, person, holder.email_suppression if holder else None)


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
    wanted = random_part(report.message_id)
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
        if random_part(messages.message_id(settings, delivery.campaign, delivery.person)) == wanted:
            return delivery
    return None


def parsed(texts: Iterable[str]) -> list[Address]:
    """Those that are addresses, in their forms."""
    found = []
    for text in texts:
        try:
            found.append(address(text))
        except BadInput:
            continue
    return found
