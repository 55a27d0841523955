"""One mail a day to the privacy officers: what is overdue, what breaches wait for, and which audience files left."""

from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from clevenio import limits
from clevenio.audiences.platforms import names
from clevenio.audiences.uploads import queries as uploads
from clevenio.people.staff_access import names_of
from clevenio.people.staff_members import Role
from clevenio.people.staff_notices import queue_for_staff
from clevenio.rights import clocks, queries
from clevenio.rights.breaches import queries as breaches
from clevenio.rights.breaches.words import STEPS
from clevenio.rights.letters import operations as letters
from clevenio.rights.recipients import queries as recipients
from clevenio.settings import Settings

# When the working day begins, in Finland.
HOUR = 7
DAILY = limits.Limit("mail about overdue requests", 1, timedelta(days=2))


def remind(session: Session, settings: Settings, now: datetime) -> int:
    """Queue the day's mail where something is overdue, or files have left, and nobody has been told today.

    Returns how many were queued. Of a file that leaves later in the day, the mail of the next day tells.
    """
    morning = now.astimezone(clocks.FINLAND).replace(hour=HOUR, minute=0, second=0, microsecond=0)
    if now < morning:
        return 0
    overdue, waiting = queries.overdue(session, now), breaches.urgent(session)
    untold, unposted = recipients.overdue(session, now), letters.left(session, now)
    left = uploads.untold(session, morning.astimezone(UTC), now)
    if not (overdue.total or waiting or untold or unposted or left):
        return 0
    day = clocks.day_of(now).isoformat()
    if not limits.take(session, settings.secret_keys[0], DAILY, day, now):
        return 0
    rooms = (
        (waiting, "breaches"),
        (overdue.to_answer, "requests"),
        (overdue.unverified, "requests?state=unverified"),
        (unposted, "requests/letters"),
        (untold, "recipients"),
        (left, "audiences/exports"),
    )
    room = next(each for is_due, each in rooms if is_due)
    queued = queue_for_staff(
        session,
        settings,
        "rights/mail/overdue.html",
        kind="request",
        roles=(Role.PRIVACY_OFFICER,),
        now=now,
        overdue=overdue,
        untold=untold,
        unposted=unposted,
        breaches=waiting,
        steps=STEPS,
        left=left,
        platforms=names(),
        staff=names_of(session, [export.actor for export in left]),
        link=f"{settings.base_url}/staff/{room}",
    )
    if queued:
        for export in left:
            export.told_at = now
    return queued
