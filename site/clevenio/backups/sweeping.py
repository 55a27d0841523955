"""Carries out again what an older database does not know: erasures, and the withdrawals behind suppressions."""

from collections.abc import Collection, Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio.accounts.models import AddressChange, MailRequest, Signup
from clevenio.consent import ledger
from clevenio.consent.notices import withdrawal_notice
from clevenio.errors import BadInput
from clevenio.inquiries.models import Inquiry
from clevenio.outbox import Mail
from clevenio.people import operations as people
from clevenio.people import suppression
from clevenio.people.addresses import Address, address
from clevenio.people.models import Link, Person
from clevenio.people.restrictions import Restriction
from clevenio.people.shelves import is_among
from clevenio.rights import erasure, requests, subjects
from clevenio.rights.models import Asker, Channel, Kind, State, Submission
from clevenio.settings import Settings

BATCH = 500
# Where an address stands that may belong to nobody we know by name.
COLUMNS = (
    Signup.email,
    Inquiry.email,
    Submission.email,
    MailRequest.email,
    AddressChange.email,
    Restriction.address_key,
    Mail.recipient,
)


def erase_again(session: Session, settings: Settings, keys: Collection[str], now: datetime) -> int:
    """Erase everybody whose mailbox has one of these suppression keys; returns how many there were.

    Nobody is told anew, and nothing is added to the ledger: it is its word that is carried out. Each by a
    request of its own, whose rest `completion.go_on` does after the commit.
    """
    if not keys:
        return 0
    addresses = _addresses(session, settings, set(keys))
    for named in addresses:
        subject = subjects.of_address(session, settings, named)
        submission = Submission(email=named.email, address_key=named.key)
        session.add(submission)
        session.flush()
        request = requests.add(
            session,
            subject.id,
            subject.key,
            kind=Kind.ERASURE,
            asker=Asker.LEDGER,
            channel=Channel.RESTORE,
            language=subject.person.language if subject.person else settings.default_language,
            received_at=now,
            state=State.OPEN,
            now=now,
            submission=submission.id,
        )
        requests.note(session, request, requests.SYSTEM, "received", now)
        erasure.begin(session, settings, request.id, requests.SYSTEM, now)
        session.flush()
    return len(addresses)


def withdraw_again(session: Session, keys: Collection[str], backup_at: str, now: datetime) -> int:
    """Withdraw what is granted where the mailbox was suppressed since; returns of how many people.

    Nothing would leave anyhow: it is for the account to show what is so, and for the way back to be open.
    """
    number = 0
    for person in _holders(session, keys):
        shut = suppression.scopes(session, person.email_suppression)
        stands = ledger.latest(session, person.id)
        granted = [purpose for purpose, last in stands.items() if last.state == ledger.State.GRANTED]
        ended = [purpose for purpose in granted if shut & {purpose, suppression.EVERYTHING}]
        if ended:
            number += 1
            people.decide(
                session,
                person,
                dict.fromkeys(ended, ledger.State.WITHDRAWN),
                channel=ledger.Channel.RIGHTS_REQUEST,
                notice=withdrawal_notice(person.language),
                language=person.language,
                now=now,
                evidence={"suppressed_since_backup_of": backup_at},
            )
    return number


def _addresses(session: Session, settings: Settings, keys: set[str]) -> list[Address]:
    """The addresses of these mailboxes, wherever they stand, each once."""
    found: dict[str, Address] = {}
    for text in _written(session, keys):
        try:
            named = address(text)
        except BadInput:
            continue
        if (
            named.key not in found
            and suppression.email_key(settings.suppression_key, named.mailbox_key) in keys
        ):
            found[named.key] = named
    return list(found.values())


def _holders(session: Session, keys: Collection[str]) -> Iterator[Person]:
    """Everybody we know at these mailboxes, some at a time."""
    known = sorted(keys)
    for start in range(0, len(known), BATCH):
        wanted = known[start : start + BATCH]
        yield from session.scalars(select(Person).where(is_among(Person.email_suppression, wanted))).all()


def _written(session: Session, keys: set[str]) -> Iterator[str]:
    yield from (person.email for person in _holders(session, keys))
    for column in COLUMNS:
        yield from filter(None, session.scalars(select(column).distinct()))
    yield from filter(None, session.scalars(select(Link.data["email"].as_string()).distinct()))
