"""Reads the audit trail for what is unusual, tells administrators once, and keeps it until a person looked."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clevenio import audit
from clevenio.audit import AuditEntry
from clevenio.backoffice.misuse.models import Alert, ReadUpTo
from clevenio.backoffice.misuse.rules import RULES, Finding
from clevenio.backoffice.misuse.thresholds import Thresholds, thresholds
from clevenio.database import insert_ignoring, inserted
from clevenio.errors import Missing, Refused
from clevenio.people import staff_access
from clevenio.people.staff_members import Role
from clevenio.people.staff_notices import queue_for_staff
from clevenio.settings import Settings

ONE = 1
# So many entries are read in one transaction; what is left comes with the next tick.
BATCH = 2000


def look(session: Session, settings: Settings, now: datetime, limits: Thresholds | None = None) -> int:
    """Read the entries that came since the last look; returns how many findings are new.

    Each finding is kept once, however often and by however many this runs; one mail tells of all that
    are new. The caller commits.
    """
    insert_ignoring(session, ReadUpTo, [{"id": ONE, "sequence": 0}])
    mark = session.scalars(select(ReadUpTo).where(ReadUpTo.id == ONE).with_for_update()).one()
    newest = session.scalar(select(func.max(AuditEntry.sequence))) or 0
    until = min(newest, mark.sequence + BATCH)
    query = select(AuditEntry).where(
        AuditEntry.sequence > mark.sequence, AuditEntry.sequence <= until, AuditEntry.action.in_(RULES)
    )
    limits = limits or thresholds()
    new = 0
    for entry in session.scalars(query.order_by(AuditEntry.sequence)).all():
        findings = list(RULES[entry.action](session, entry, limits))
        new += sum(_keep(session, entry, finding) for finding in findings)
    mark.sequence = until
    if new:
        queue_alert(session, settings, new, now)
    return new


def queue_alert(session: Session, settings: Settings, number: int, now: datetime) -> None:
    """Tell the administrators how many findings there are, and where they are read."""
    queue_for_staff(
        session,
        settings,
        "backoffice/mail/alert.html",
        kind="alert",
        roles=(Role.ADMINISTRATOR,),
        now=now,
        link=f"{settings.base_url}/staff/alerts",
        number=number,
    )


def _keep(session: Session, entry: AuditEntry, finding: Finding) -> bool:
    row = {
        "key": f"{finding.rule} {finding.key}",
        "rule": finding.rule,
        "at": entry.at,
        "entry": entry.sequence,
        "actor": entry.actor,
        "subject": entry.subject,
        "details": dict(finding.details),
    }
    return inserted(session, Alert, row)


def acknowledge(session: Session, settings: Settings, alert_id: int, member: UUID, now: datetime) -> None:
    """A member of staff looked at an alert and takes it from here; an entry says who.

    Raises `Missing`, and `Refused` for whoever it is about, as the one who acted or whose access it
    was, while there is another administrator who can come in.
    """
    alert = session.get(Alert, alert_id, with_for_update=True)
    if alert is None:
        raise Missing("There is no such alert.")
    if alert.acknowledged_at is not None:
        return
    actor = f"staff:{member}"
    is_own = alert.actor == actor or alert.subject == audit.subject_hash(settings.suppression_key, member)
    can_look = {each.id for each in staff_access.usable(session, settings, (Role.ADMINISTRATOR,), now)}
    if is_own and can_look - {member}:
        raise Refused("This alert is about you. Another administrator has to look at it.")
    alert.acknowledged_at, alert.acknowledged_by = now, actor
    details = {"alert": alert.id, "rule": alert.rule, "entry": alert.entry}
    audit.record(session, actor=actor, action="alert.acknowledge", details=details, now=now)
