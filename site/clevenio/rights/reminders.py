"""One mail a day to the privacy officers: requests or recipients past their day, letters not posted, breaches waiting for what the law asks."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from clevenio import limits
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
    """Queue the day's mail where something is overdue and nobody has been told today; how many were queued."""
    overdue, waiting = queries.overdue(session, now), breaches.urgent(session)
    untold, unposted = recipients.overdue(session, now), letters.left(session, now)
    if not (overdue or waiting or untold or unposted) or now.astimezone(clocks.FINLAND).hour < HOUR:
        return 0
    day = clocks.day_of(now).isoformat()
    if not limits.take(session, settings.secret_keys[0], DAILY, day, now):
        return 0
    rooms = (
        (waiting, "breaches"),
        (overdue, "requests"),
        (unposted, "requests/letters"),
        (untold, "recipients"),
    )
    room = next(each for is_due, each in rooms if is_due)
    return queue_for_staff(
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
        link=f"{settings.base_url}/staff/{room}",
    )
