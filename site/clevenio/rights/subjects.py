"""Whose data a request is about: by a person we know, or by an address alone."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Mapped, Session

from clevenio import audit
from clevenio.accounts import address_changes
from clevenio.accounts import queries as accounts
from clevenio.accounts.mails import KIND
from clevenio.accounts.models import Signup
from clevenio.inquiries import queries as inquiries
from clevenio.inquiries.models import Inquiry
from clevenio.outbox import Mail
from clevenio.people import operations as people
from clevenio.people import restrictions, suppression
from clevenio.people.addresses import Address, address
from clevenio.people.models import Person
from clevenio.rights.models import WAITING, Request, Submission
from clevenio.settings import Settings


@dataclass(frozen=True)
class Former:
    """An address that a person moved away from, and when. `is_free` says that nobody else has it since."""

    address: Address
    until: datetime
    is_free: bool


@dataclass(frozen=True)
class Subject:
    """One person in every form by which tables know them. `person` is None where we know an address only.

    `key` and `phone_key` are suppression keys, `trail` is how the audit trail names them, `signups` wait for
    verification, `former` are the addresses that were theirs, `asked` those they would have moved to,
    as mail takes them, and when we wrote there, `unclaimed` those of the latter that are nobody else's. `since` is
    the first we know of them: when they were added, or wrote to us before that; None for nobody.
    """

    id: UUID
    address: Address
    key: str
    phone_key: str | None
    trail: str
    person: Person | None
    account: UUID | None
    signups: tuple[UUID, ...]
    former: tuple[Former, ...]
    asked: tuple[tuple[str, datetime], ...]
    unclaimed: tuple[Address, ...] = ()
    since: datetime | None = None

    @property
    def forgotten(self) -> tuple[Address, ...]:
        """Every address that an erasure forgets: the present one, and former ones that are nobody else's."""
        return self.address, *(one.address for one in self.former if one.is_free)


def of_request(session: Session, settings: Settings, request: Request) -> Subject | None:
    """Whom a request is about; None once there is nobody behind it any more."""
    person = session.get(Person, request.subject, populate_existing=True)
    if person is not None:
        return _subject(session, settings, request.subject, address(person.email), person)
    restriction = restrictions.of_request(session, request.id)
    submission = session.get(Submission, request.submission)
    email = (submission.email if submission else None) or (restriction.address_key if restriction else None)
    if email is None:
        return None
    named = address(email)
    # Somebody may have come to be known under the address since.
    found = people.find(session, named)
    subject = known_at(session, named) or _asked_before(session, named) or request.subject
    return _subject(session, settings, subject, named, found)


def _asked_before(session: Session, named: Address) -> UUID | None:
    """Whoever asked from this address first, of those whose requests wait."""
    query = select(Request.subject).join(Submission, Submission.id == Request.submission)
    waiting = query.where(Submission.address_key == named.key, Request.state.in_(WAITING))
    first = waiting.order_by(Request.recorded_at, Request.id)
    return session.scalar(first.limit(1))


def is_known(session: Session, settings: Settings, request: Request) -> bool:
    """Whether the request is about somebody we know by name."""
    subject = of_request(session, settings, request)
    return subject is not None and subject.person is not None


def of_address(session: Session, settings: Settings, named: Address) -> Subject:
    """Whom an address stands for: the person, else whoever wrote from it, else somebody new."""
    person = people.find(session, named)
    return _subject(session, settings, known_at(session, named) or uuid4(), named, person)


def known_at(session: Session, named: Address) -> UUID | None:
    """The person with this address, else whoever wrote to us from it; None where nobody here has it."""
    person = people.find(session, named)
    return person.id if person else inquiries.subject_at(session, named)


def of_person(session: Session, settings: Settings, person: Person) -> Subject:
    """A person we know."""
    return _subject(session, settings, person.id, address(person.email), person)


def _subject(
    session: Session, settings: Settings, subject: UUID, named: Address, person: Person | None
) -> Subject:
    key = settings.suppression_key
    account = accounts.account_of(session, person.id) if person else None
    former = _former(session, person) if person else ()
    found = Subject(
        id=subject,
        address=named,
        key=suppression.email_key(key, named.mailbox_key),
        phone_key=person.phone_suppression if person else None,
        trail=audit.subject_hash(key, subject),
        person=person,
        account=account.id if account else None,
        signups=tuple(
            session.scalars(
                select(Signup.id).where(came_from(named, former, Signup.address_key, Signup.created_at))
            )
        ),
        former=former,
        asked=tuple(address_changes.mailed(session, account.id)) if account else (),
        since=min(
            filter(
                None, (person.created_at if person else None, _first_wrote(session, subject, named, former))
            ),
            default=None,
        ),
    )
    hoped_for = address_changes.unconfirmed(session, account.id) if account else []
    return replace(found, unclaimed=tuple(each for each in hoped_for if _is_unclaimed(session, found, each)))


def _first_wrote(
    session: Session, subject: UUID, named: Address, former: tuple[Former, ...]
) -> datetime | None:
    """When the first inquiry of theirs came that is still here."""
    # By the bare columns, whose indexes are found so; a key is in small letters already.
    before = (
        and_(Inquiry.address_key == one.address.key, Inquiry.received_at <= one.until) for one in former
    )
    theirs = or_(Inquiry.subject == subject, Inquiry.address_key == named.key, *before)
    return session.scalar(select(func.min(Inquiry.received_at)).where(theirs))


def _is_unclaimed(session: Session, subject: Subject, hoped_for: Address) -> bool:
    """Whether an address that somebody asked to move to is nobody else's, nor may be: no other mail went there."""
    lower = func.lower(Mail.recipient).in_((hoped_for.key, hoped_for.ascii.lower()))
    others = select(Mail.id).where(lower, Mail.id.not_in(select(Mail.id).where(mails_of(subject))))
    signups = select(Signup.id).where(Signup.address_key == hoped_for.key)
    return (
        known_at(session, hoped_for) is None
        and not restrictions.is_restricted(session, hoped_for.key)
        and session.scalars(others.limit(1)).first() is None
        and session.scalars(signups.limit(1)).first() is None
    )


def mails_of(subject: Subject) -> ColumnElement[bool]:
    """Which mails are about the person: theirs by id, else written to an address that was theirs, or would be."""
    unconfirmed = (
        and_(Mail.recipient == to, Mail.created_at == at, Mail.kind == KIND) for to, at in subject.asked
    )
    came = came_from(subject.address, subject.former, Mail.recipient, Mail.created_at)
    return or_(Mail.person == subject.id, and_(Mail.person.is_(None), or_(came, *unconfirmed)))


def came_from(
    named: Address,
    former: tuple[Former, ...],
    column: ColumnElement[str] | Mapped[str],
    at: ColumnElement[datetime] | Mapped[datetime],
) -> ColumnElement[bool]:
    """Whether a row's address was the person's at the time: the present one, or a former one until it was left."""
    lower = func.lower(column)
    return or_(
        lower.in_((named.key, named.ascii.lower())),
        *(and_(lower.in_((one.address.key, one.address.ascii.lower())), at <= one.until) for one in former),
    )


def _former(session: Session, person: Person) -> tuple[Former, ...]:
    """The addresses that mail to the person went to before; the last one there told of the move."""
    query = select(Mail.recipient, func.max(Mail.created_at)).where(
        Mail.person == person.id, Mail.recipient != ""
    )
    found = [(address(to), until) for to, until in session.execute(query.group_by(Mail.recipient))]
    return tuple(
        Former(one, until, is_free=people.find(session, one) is None)
        for one, until in found
        if one.key != person.address_key
    )
