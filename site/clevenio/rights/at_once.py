"""Refusing direct marketing and withdrawing consent: done when asked, whoever asks (GDPR Art. 21(2), 7(3))."""

from collections.abc import Collection
from datetime import datetime
from uuid import uuid4

from sqlalchemy.orm import Session

from clevenio.consent import ledger
from clevenio.consent.notices import withdrawal_notice
from clevenio.people import operations as people
from clevenio.people import suppression
from clevenio.people.addresses import Address
from clevenio.people.models import Person
from clevenio.rights.models import Kind
from clevenio.rights.requests import end_marketing

AT_ONCE = (Kind.DIRECT_MARKETING, Kind.WITHDRAWAL)


def carry_out(
    session: Session, key: str, kinds: Collection[Kind], named: Address, language: str, now: datetime
) -> None:
    """End marketing, or take every consent back, for an address and everybody at its mailbox. `key` is the suppression key.

    Repeating it adds nothing. An address that nobody here has costs the same work and gets the same
    suppression, so that neither the time of the answer nor a later import tells otherwise (decision 0029).
    """
    found = people.at_mailbox(session, named)
    for person in found:
        for_person(session, kinds, person, language, now)
    if found:
        return
    mailbox = suppression.email_key(key, named.mailbox_key)
    if suppression.scopes(session, mailbox) >= _scopes(kinds):
        return
    with session.begin_nested() as trial:
        nobody = Person(id=uuid4(), email_suppression=mailbox)
        for_person(session, kinds, nobody, language, now)
        trial.rollback()
    _shut(session, mailbox, kinds, now)


def carry_out_by_phone(
    session: Session,
    key: str,
    kinds: Collection[Kind],
    number: str,
    language: str,
    now: datetime,
    named: Address | None = None,
) -> None:
    """The same for a number in E.164 alone: it goes into no audience, whoever has it or brings it along later.

    Where one person alone is known by it, it is their word for every channel, unless it came with the address
    (`named`) of somebody else.
    """
    hashed = suppression.phone_key(key, number)
    found = people.at_number(session, hashed)
    is_theirs = named is None or any(one in people.at_mailbox(session, named) for one in found)
    if len(found) == 1 and is_theirs:
        for_person(session, kinds, found[0], language, now)
    _shut(session, hashed, kinds, now, "phone")


def for_person(
    session: Session, kinds: Collection[Kind], person: Person, language: str, now: datetime
) -> None:
    """The same for somebody we know."""
    if Kind.DIRECT_MARKETING in kinds:
        end_marketing(session, person, language, now)
    elif Kind.WITHDRAWAL in kinds:
        people.decide(
            session,
            person,
            dict.fromkeys(people.person_purposes(), ledger.State.WITHDRAWN),
            channel=ledger.Channel.RIGHTS_REQUEST,
            notice=withdrawal_notice(language),
            language=language,
            now=now,
        )
        _shut(session, person.email_suppression, kinds, now)


def _scopes(kinds: Collection[Kind]) -> set[str]:
    """What a mailbox or a number is shut for: everything, or each purpose that consent was asked for."""
    if Kind.DIRECT_MARKETING in kinds:
        return {suppression.EVERYTHING}
    return set(people.person_purposes()) if Kind.WITHDRAWAL in kinds else set()


def _shut(
    session: Session, key: str, kinds: Collection[Kind], now: datetime, identifier: str = "email"
) -> None:
    shut = suppression.scopes(session, key)
    for scope in sorted(_scopes(kinds) - shut):
        suppression.suppress(session, key, identifier, scope, "objection", now)
