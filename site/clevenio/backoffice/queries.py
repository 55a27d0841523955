"""What the front page counts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clevenio.accounts.models import Account
from clevenio.audiences.models import Export
from clevenio.inquiries import queries as inquiries
from clevenio.inquiries.models import State
from clevenio.people.staff_members import Role
from clevenio.rights import queries as rights

NEW = timedelta(days=7)


@dataclass(frozen=True)
class Figures:
    """Counts that say whether something waits; None where this role has no business with it."""

    requests: int | None
    signups: int | None
    inquiries: int | None
    audiences: int | None

    @property
    def shown(self) -> bool:
        """Whether there is any for this person."""
        return any(count is not None for count in vars(self).values())


def figures(session: Session, roles: frozenset[str], now: datetime) -> Figures:
    """The counts of the front page, as far as these roles go. No personal data."""

    def allowed(count: Callable[[], int], *to: Role) -> int | None:
        return count() if roles & {*to, Role.ADMINISTRATOR} else None

    return Figures(
        requests=allowed(lambda: rights.counts(session, now).to_answer.waiting, Role.PRIVACY_OFFICER),
        signups=allowed(
            lambda: _count(session, Account, Account.verified_at > now - NEW), Role.MARKETER, Role.SUPPORT
        ),
        inquiries=allowed(lambda: inquiries.count(session, State.OPEN), Role.SUPPORT),
        audiences=allowed(lambda: _count(session, Export), Role.MARKETER),
    )


def _count(session: Session, model: type, *conditions: object) -> int:
    return session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0  # type: ignore[arg-type]
