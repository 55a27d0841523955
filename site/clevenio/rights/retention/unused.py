"""Accounts nobody uses: their holder is warned, then they go as an erasure goes; and people without one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, not_, select
from sqlalchemy.orm import Session

from clevenio.accounts.models import Account
from clevenio.consent import ledger
from clevenio.errors import Refused
from clevenio.inquiries.models import Inquiry
from clevenio.people.holds import held_people
from clevenio.people.models import Person
from clevenio.registry import load
from clevenio.rights import clocks, mails
from clevenio.rights.holding.operations import hold_for_agreement
from clevenio.rights.models import WAITING, Request
from clevenio.rights.retention import expiry
from clevenio.rights.retention.models import Warned
from clevenio.settings import Settings
from clevenio.sweeps import Key, Swept, is_among

LIMIT = 20
USED = func.coalesce(Account.last_used_at, Account.verified_at)


@dataclass(frozen=True)
class _People:
    """Goes through people by id, a few in a transaction; what is done to each is the heirs'."""

    settings: Settings
    rule: str = "account"
    name: str = ""

    def over(self, start: datetime, now: datetime) -> ColumnElement[bool]:
        """Which people it is about, held or not."""
        raise NotImplementedError

    def act(self, session: Session, person: UUID, now: datetime) -> bool:
        """Do it to one; False where something else has to come first."""
        raise NotImplementedError

    def waiting(self, session: Session, start: datetime, now: datetime) -> int:
        """How many people it would be done to."""
        return self._number(session, and_(self.over(start, now), not_(_is_held())))

    def kept(self, session: Session, start: datetime, now: datetime) -> int:
        """How many are held: restricted, on hold, or with a request of theirs open."""
        return self._number(session, and_(self.over(start, now), _is_held()))

    def step(self, session: Session, start: datetime, now: datetime, after: Key | None) -> Swept:
        """Do it to the next few, in this transaction."""
        query = select(Person.id).outerjoin(Account, Account.person_id == Person.id)
        query = query.where(self.over(start, now), not_(_is_held())).order_by(Person.id).limit(LIMIT)
        if after is not None:
            query = query.where(Person.id > after[0])
        found = list(session.scalars(query))
        gone = sum(self.act(session, person, now) for person in found)
        return Swept(gone, (found[-1],) if len(found) == LIMIT else None)

    def _number(self, session: Session, which: ColumnElement[bool]) -> int:
        query = select(func.count(Person.id)).outerjoin(Account, Account.person_id == Person.id)
        return session.scalar(query.where(which)) or 0


def _is_held() -> ColumnElement[bool]:
    asked = select(Request.id).where(Request.subject == Person.id, Request.state.in_(WAITING))
    return Person.id.in_(held_people()) | asked.exists()


def _warned(*more: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether the account was warned since its last use."""
    return select(Warned.account).where(Warned.account == Account.id, Warned.at >= USED, *more).exists()


@dataclass(frozen=True)
class Warnings(_People):
    """Holders of accounts that will have been unused for too long within the time of the warning."""

    name: str = "warnings"

    def over(self, start: datetime, now: datetime) -> ColumnElement[bool]:
        """Unused accounts, the time of the warning before they go, that were not warned since their last use."""
        return and_(_soon(now) >= USED, ~_warned())

    def act(self, session: Session, person: UUID, now: datetime) -> bool:
        """Tell the holder when the account goes and how to keep it; not where an agreement may run, which holds it."""
        if hold_for_agreement(session, self.settings, person, now):
            return False
        account = session.scalars(select(Account).where(Account.person_id == person)).one()
        session.merge(Warned(account=account.id, at=now))
        used = account.last_used_at or account.verified_at
        mails.queue_unused(session, self.settings, account.person, used, goes_on(used, now), now)
        return True


@dataclass(frozen=True)
class Unused(_People):
    """Accounts that nobody has used for the period, whose holder was warned in time and did not come back."""

    name: str = "unused_accounts"

    def over(self, start: datetime, now: datetime) -> ColumnElement[bool]:
        """Warned long enough ago, and not used since."""
        return and_(start >= USED, _warned(Warned.at <= now - warning()))

    def act(self, session: Session, person: UUID, now: datetime) -> bool:
        """Erase whoever gets nothing else from us; of the others the account alone goes."""
        if hold_for_agreement(session, self.settings, person, now):
            return False
        found = session.get_one(Person, person)
        granted = ledger.State.GRANTED in ledger.decisions_of(session, person).values()
        try:
            if granted:
                expiry.close_account(session, self.settings, found, now)
            else:
                expiry.erase(session, self.settings, found, now)
        except Refused:
            return False  # an audience file is being made just now
        return True


@dataclass(frozen=True)
class Unneeded(_People):
    """People without an account to whom we may send nothing, and who have not been in touch for the period."""

    rule: str = "contact"
    name: str = "contacts"

    def over(self, start: datetime, now: datetime) -> ColumnElement[bool]:
        """Neither account nor consent, and no inquiry."""
        wrote = select(Inquiry.id).where(Inquiry.subject == Person.id)
        return and_(
            Account.id.is_(None),
            Person.created_at <= start,
            ~is_among(Person.id, ledger.in_use(start)),
            ~wrote.exists(),
        )

    def act(self, session: Session, person: UUID, now: datetime) -> bool:
        """Erase them."""
        try:
            expiry.erase(session, self.settings, session.get_one(Person, person), now)
        except Refused:
            return False
        return True


def warning() -> timedelta:
    """How long before an account goes its holder is told."""
    return timedelta(days=load().periods["account"].warning_days)


def _soon(now: datetime) -> datetime:
    """The last use of accounts that would go once the time of a warning that leaves now is over."""
    local = (now + warning()).astimezone(clocks.FINLAND)
    return load().periods["account"].start(local) or now


def goes_on(used: datetime, now: datetime) -> datetime:
    """When an account goes that was used last at a moment, and is warned now."""
    return max(clocks.end_of_period(used, load().periods["account"]), now + warning())
