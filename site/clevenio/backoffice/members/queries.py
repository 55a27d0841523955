"""The staff as a list: roles, factors, use, and when access ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio.accounts.factors.queries import Held, held
from clevenio.people import staff_access
from clevenio.people.staff_members import StaffMember, StaffRole
from clevenio.settings import Settings


class State(StrEnum):
    """Whether somebody may come in, and if not, why."""

    ACTIVE = "active"
    INVITED = "invited"
    EXPIRED = "expired"
    DISABLED = "disabled"


@dataclass(frozen=True)
class Entry:
    """One member of staff. `ends_at` is when access ends unused, None where it does not."""

    member: StaffMember
    state: State
    factors: Held
    ends_at: datetime | None


@dataclass(frozen=True)
class Wanted:
    """Which members are looked for: those with a role, those in a state."""

    role: str = ""
    state: str = ""


def entries(session: Session, settings: Settings, now: datetime, wanted: Wanted = Wanted()) -> list[Entry]:
    """Those who are looked for, by address. Their state is no column: it depends on who else is there."""
    query = select(StaffMember).order_by(StaffMember.address_key)
    if wanted.role:
        query = query.where(StaffMember.granted.any(StaffRole.role == wanted.role))
    found = _entries(session, settings, session.scalars(query).all(), now)
    return [each for each in found if not wanted.state or each.state == wanted.state]


def entry(session: Session, settings: Settings, member: StaffMember, now: datetime) -> Entry:
    """One of them."""
    return _entries(session, settings, [member], now)[0]


def _entries(
    session: Session, settings: Settings, members: Sequence[StaffMember], now: datetime
) -> list[Entry]:
    factors, rule = held(session, [each.id for each in members]), staff_access.rule(session, settings)
    return [
        Entry(
            each,
            _state(rule, each, now),
            factors[each.id],
            rule.ends_at(each) if each.disabled_at is None else None,
        )
        for each in members
    ]


def _state(rule: staff_access.Rule, member: StaffMember, now: datetime) -> State:
    if member.disabled_at is not None:
        return State.DISABLED
    if member.activated_at is None:
        return State.INVITED
    return State.EXPIRED if rule.is_over(member, now) else State.ACTIVE
