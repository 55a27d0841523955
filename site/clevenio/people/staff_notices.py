"""Mail that tells staff that something waits for them. It says where to look, never about whom."""

from datetime import datetime

from sqlalchemy.orm import Session

from clevenio import outbox
from clevenio.people import staff_access
from clevenio.people.staff_members import Role
from clevenio.settings import Settings


def queue_for_staff(
    session: Session,
    settings: Settings,
    template: str,
    *,
    kind: str,
    roles: tuple[Role, ...],
    now: datetime,
    **values: object,
) -> int:
    """Queue a mail to everybody in one of the roles who may come in now, each in their own language.

    Where nobody has such a role the administrators are told instead. Returns how many mails went
    into this transaction. The template gets `settings` and `values`, which hold no personal data:
    to see whom it is about somebody signs in, and that leaves an audit entry.
    """
    members = staff_access.usable(session, settings, roles, now) or staff_access.usable(
        session, settings, (Role.ADMINISTRATOR,), now
    )
    for member in members:
        outbox.queue_account_mail(
            session,
            settings,
            template,
            kind=kind,
            to=member.email_ascii,
            language=member.language,
            now=now,
            person=None,
            **values,
        )
    return len(members)
