"""Agreements as the privacy officer sees them: counts by version, and people only with an audit entry."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from clevenio import audit, legal
from clevenio.accounts import agreements
from clevenio.accounts.agreements import Kind
from clevenio.accounts.models import Account, Agreement
from clevenio.legal import Version
from clevenio.paging import Page, page_of
from clevenio.people import operations as people
from clevenio.people.addresses import Address
from clevenio.people.models import Person


@dataclass(frozen=True)
class Count:
    """How many accounts accepted a version, and to how many it was shown."""

    version: Version
    accepted: int
    shown: int


@dataclass(frozen=True)
class Standing:
    """Where a text stands: its versions, newest first, and how many accounts are still to answer to it."""

    in_force: Version
    counts: tuple[Count, ...]
    to_answer: int


@dataclass(frozen=True)
class Controller:
    """An account whose company is a controller that we process for (GDPR 30(2)).

    `accepted` is the newest data-processing agreement that it accepted, None where it has accepted none.
    """

    account: Account
    accepted: Agreement | None


def accounts(session: Session) -> int:
    """How many accounts there are."""
    return session.scalar(select(func.count()).select_from(Account)) or 0


def standings(session: Session, today: date) -> list[Standing]:
    """Each text with the counts of the accounts that are there today. Counts alone: no personal data."""
    query = (
        select(Agreement.text, Agreement.version, Agreement.kind, func.count())
        .join(Account, Account.id == Agreement.account)
        .group_by(Agreement.text, Agreement.version, Agreement.kind)
    )
    found = Counter({(text, day, kind): number for text, day, kind, number in session.execute(query)})
    return [
        Standing(
            legal.current(text, today),
            tuple(
                Count(one, found[text, one.day, Kind.ACCEPTED], found[text, one.day, Kind.SHOWN])
                for one in legal.versions(text)
            ),
            _to_answer(session, text, today),
        )
        for text in legal.TEXTS
    ]


def _to_answer(session: Session, text: str, today: date) -> int:
    """Accounts that have yet to accept, or of a notice to see, what is in force of this text."""
    current = legal.current(text, today)
    asked = (one for one in legal.versions(text) if one.date <= current.date and one.must_be_accepted)
    since = current if text in legal.NOTICES else next(asked, current)
    known = exists().where(
        Agreement.account == Account.id, Agreement.text == text, Agreement.version >= since.day
    )
    return session.scalar(select(func.count()).select_from(Account).where(~known)) or 0


def look_up(session: Session, key: str, address: Address, actor: str, now: datetime) -> list[Agreement]:
    """What whoever has this address agreed to. That somebody looked is an entry, found or not.

    `key` names people in the trail, `actor` is whoever looks.
    """
    person = people.find(session, address)
    audit.record(
        session,
        actor=actor,
        action="agreements.read",
        subject=audit.subject_hash(key, person.id) if person else None,
        reason="overseeing agreements",
        now=now,
    )
    return agreements.of_person(session, person.id) if person else []


def look_through(session: Session, key: str, page: int, actor: str, now: datetime) -> Page[Controller]:
    """A page of the controllers by company. It shows whom to reach, so whose it was is an entry.

    Restricted people are in no list.
    """
    query = (
        select(Account)
        .join(Account.person)
        .where(Account.disabled_at.is_(None), Person.restricted_at.is_(None))
    )
    found = page_of(session, query.order_by(Person.company, Account.verified_at, Account.id), page)
    if found.rows:
        subjects = sorted(audit.subject_hash(key, account.person_id) for account in found.rows)
        audit.record(
            session,
            actor=actor,
            action="controllers.list",
            reason="keeping the record of a processor",
            details={"subjects": subjects},
            now=now,
        )
    return Page(_with_agreements(session, found.rows), found.number, found.pages, found.total)


def _with_agreements(session: Session, found: Sequence[Account]) -> list[Controller]:
    query = select(Agreement).where(
        Agreement.account.in_([account.id for account in found]),
        Agreement.text == "dpa",
        Agreement.kind == Kind.ACCEPTED,
    )
    newest = {one.account: one for one in session.scalars(query.order_by(Agreement.version))}
    return [Controller(account, newest.get(account.id)) for account in found]
