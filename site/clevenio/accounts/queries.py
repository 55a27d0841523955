"""Who has an account: for logging in, and for the list that staff see."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, func, literal, or_, select
from sqlalchemy.orm import Session

from clevenio.accounts.devices import Owner
from clevenio.accounts.models import Account, AddressChange, Signup
from clevenio.accounts.sessions import Identity, Kind
from clevenio.paging import within
from clevenio.people.addresses import Address
from clevenio.people.models import Person

PAGE = 25
ORDERS = {
    "newest": (Account.verified_at.desc(), Account.id),
    "oldest": (Account.verified_at, Account.id),
    "company": (Person.company, Account.verified_at.desc(), Account.id),
}
_IDENTITY = (
    select(Person.email, Person.language)
    .join(Account, Account.person_id == Person.id)
    .where(Account.id == bindparam("account"), Account.disabled_at.is_(None), Person.frozen_at.is_(None))
)


def identity(session: Session, account_id: UUID) -> Identity | None:
    """Who is behind an account; None where nobody may enter by it. Read as columns: every request asks."""
    found = session.connection().execute(_IDENTITY, {"account": account_id}).one_or_none()
    return Identity(account_id, Kind.ACCOUNT, *found) if found else None


def may_enter(account: Account) -> bool:
    """Whether its holder may get in: not where it is disabled, or frozen on a guardian's word."""
    return account.disabled_at is None and account.person.frozen_at is None


@dataclass(frozen=True)
class Credentials:
    """What a login is compared with. `member` is None where there is nobody to let in.

    `person` is whom the usage log may name: None for nobody, and for whoever's data is restricted or
    who objected to the log.
    """

    owner: Owner
    member: Identity | None
    person: UUID | None

    @property
    def password(self) -> str | None:
        """The hash that is kept of the password."""
        return self.owner.password


# One row for every address, found or not, and columns alone: even a refused try takes as long for each.
_KEPT = (
    select(
        Account.id,
        Account.password,
        and_(Account.disabled_at.is_(None), Person.frozen_at.is_(None)).label("may_enter"),
        or_(Person.restricted_at.is_not(None), Person.objected_at.is_not(None)).label("is_unlogged"),
        Person.id.label("person"),
        Person.email,
        Person.language,
    )
    .select_from(select(literal(1).label("one")).subquery())
    .outerjoin(Person, Person.address_key == bindparam("key"))
    .outerjoin(Account, Account.person_id == Person.id)
)


def credentials(session: Session, address_key: str) -> Credentials:
    """What is kept for an address; the same shape for one nobody has."""
    kept = session.connection().execute(_KEPT, {"key": address_key}).one()
    owner = Owner(Kind.ACCOUNT, kept.id, kept.password)
    if kept.id is None:
        return Credentials(owner, None, None)
    member = Identity(kept.id, Kind.ACCOUNT, kept.email, kept.language) if kept.may_enter else None
    return Credentials(owner, member, None if kept.is_unlogged else kept.person)


def account(session: Session, account_id: UUID) -> Account:
    """The account of somebody who is logged in."""
    return session.get_one(Account, account_id)


def account_of(session: Session, person: UUID) -> Account | None:
    """A person's account, disabled or not."""
    return session.scalars(select(Account).where(Account.person_id == person)).one_or_none()


def account_at(session: Session, address_key: str) -> Account | None:
    """The account with this address, disabled or not."""
    return session.scalars(
        select(Account).join(Account.person).where(Person.address_key == address_key)
    ).one_or_none()


def is_awaited(session: Session, named: Address) -> bool:
    """Whether a signup or a change of an address waits there."""
    signup = select(Signup.id).where(Signup.address_key == named.key)
    change = select(AddressChange.id).where(
        func.lower(AddressChange.email).in_((named.key, named.ascii.lower()))
    )
    return bool(session.scalar(select(or_(signup.exists(), change.exists()))))


def waiting_signup(session: Session, address_key: str, since: datetime) -> Signup | None:
    """The newest signup with this address that came in after `since` and waits for its mail to be opened."""
    query = select(Signup).where(Signup.address_key == address_key, Signup.created_at > since)
    return session.scalars(query.order_by(Signup.created_at.desc()).limit(1)).first()


@dataclass(frozen=True)
class Wanted:
    """Which signups are looked for, and in which order of `ORDERS`."""

    role: str = ""
    since: date | None = None
    until: date | None = None
    order: str = "newest"


def recent_signups(wanted: Wanted = Wanted()) -> Select[Account]:
    """Verified signups that are looked for; restricted people are in no list."""
    query = select(Account).join(Account.person).where(Person.restricted_at.is_(None))
    if wanted.role:
        query = query.where(Person.role == wanted.role)
    query = query.order_by(*ORDERS[wanted.order])
    return within(query, Account.verified_at, wanted.since, wanted.until)
