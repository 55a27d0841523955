"""Giving roles: written down with what was before, and told to whoever has them."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.backoffice.security import mails
from clevenio.people.staff_members import StaffMember, StaffRole
from clevenio.settings import Settings


def put(
    session: Session,
    settings: Settings,
    member: StaffMember,
    roles: Iterable[str],
    actor: str,
    now: datetime,
) -> None:
    """Give a member exactly these roles; nothing happens where they have them."""
    before, after = sorted(member.roles), sorted(set(roles))
    if before == after:
        return
    member.granted = [row for row in member.granted if row.role in after] + [
        StaffRole(role=role) for role in after if role not in before
    ]
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="staff.roles",
        subject=audit.subject_hash(settings.suppression_key, member.id),
        details={"before": before, "after": after},
        now=now,
    )
    if member.activated_at is not None:
        mails.queue(session, settings, member, mails.Event.ROLES_CHANGED, now, before=before, after=after)
