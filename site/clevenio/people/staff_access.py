"""Access that nobody uses ends; the last administrator's does not. And whose an act was."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clevenio.people.staff_members import Role, StaffMember, active
from clevenio.settings import Settings


@dataclass(frozen=True)
class Rule:
    """When access ends for want of use; read once for however many members.

    `keeper` is the administrator who was here last: whatever time passes, one can still come in.
    """

    unused: timedelta
    keeper: UUID | None

    def ends_at(self, member: StaffMember) -> datetime | None:
        """When a member's access ends; None where it does not, or has not begun."""
        if member.activated_at is None or member.id == self.keeper:
            return None
        return (member.last_used_at or member.activated_at) + self.unused

    def is_over(self, member: StaffMember, now: datetime) -> bool:
        """Whether a member's access has ended for want of use."""
        end = self.ends_at(member)
        return end is not None and end <= now


def rule(session: Session, settings: Settings) -> Rule:
    """The rule as things stand now."""
    used = func.coalesce(StaffMember.last_used_at, StaffMember.activated_at)
    administrators = active(Role.ADMINISTRATOR).with_only_columns(StaffMember.id).order_by(None)
    query = select(StaffMember.id).where(StaffMember.id.in_(administrators))
    keeper = session.scalar(query.order_by(used.desc(), StaffMember.id).limit(1))
    return Rule(timedelta(days=settings.staff_access_days), keeper)


def usable(session: Session, settings: Settings, roles: tuple[Role, ...], now: datetime) -> list[StaffMember]:
    """Those in one of these roles who may come in and whose access has not ended, as they are by now."""
    standing = rule(session, settings)
    found = session.scalars(active(*roles), execution_options={"populate_existing": True})
    return [member for member in found if not standing.is_over(member, now)]


def names_of(session: Session, actors: Iterable[str]) -> dict[str, str]:
    """The addresses of the members of staff among these actors of the audit trail, by actor."""
    ids = [member for member in map(member_of, set(actors)) if member]
    found = session.execute(select(StaffMember.id, StaffMember.email).where(StaffMember.id.in_(ids)))
    return {f"staff:{member}": email for member, email in found}


def member_of(actor: str) -> UUID | None:
    """The member of staff whom an entry names; none where it names the machine, or was tampered with."""
    kind, _mark, text = actor.partition(":")
    try:
        return UUID(text) if kind == "staff" else None
    except ValueError:
        return None
