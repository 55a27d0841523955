"""What roles are called, and giving them: written down with what was before, and told to whoever has them."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.backoffice.security import mails
from clevenio.i18n import lazy_gettext as _l
from clevenio.people.staff_members import Role, StaffMember, StaffRole
from clevenio.settings import Settings

ROLES = {
    Role.MARKETER: _l("Marketer"),
    Role.PRIVACY_OFFICER: _l("Privacy officer"),
    Role.SUPPORT: _l("Support"),
    Role.ADMINISTRATOR: _l("Administrator"),
}


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
