"""Access that nobody uses ends; the last administrator's does not."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clevenio.people.staff_members import Role, StaffMember, active
from clevenio.settings import Settings


def ends_at(session: Session, settings: Settings, member: StaffMember) -> datetime | None:
    """When a member's access ends for want of use; None where it does not, or has not begun."""
    if member.activated_at is None or member.id == _keeper(session):
        return None
    return (member.last_used_at or member.activated_at) + timedelta(days=settings.staff_access_days)


def is_over(session: Session, settings: Settings, member: StaffMember, now: datetime) -> bool:
    """Whether a member's access has ended for want of use."""
    if member.activated_at is None:
        return False
    used = member.last_used_at or member.activated_at
    if used + timedelta(days=settings.staff_access_days) > now:
        return False
    return member.id != _keeper(session)


def _keeper(session: Session) -> UUID | None:
    """The administrator who was here last: whatever time passes, one can still come in."""
    used = func.coalesce(StaffMember.last_used_at, StaffMember.activated_at)
    query = select(StaffMember.id).where(
        StaffMember.id.in_(active(Role.ADMINISTRATOR).with_only_columns(StaffMember.id).order_by(None))
    )
    return session.scalar(query.order_by(used.desc(), StaffMember.id).limit(1))
