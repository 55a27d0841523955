"""Mail that tells staff that something waits for them. It says where to look, never about whom."""

from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from clevenio import mail, outbox
from clevenio.people.staff_members import Role, StaffMember, active
from clevenio.settings import Settings
from clevenio.signing import new_handle


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
    """Queue a mail to everybody active in one of the roles, each in their own language.

    Where nobody has such a role the administrators are told instead. Returns how many mails went
    into this transaction. The template gets `settings` and `values`, which hold no personal data:
    to see whom it is about somebody signs in, and that leaves an audit entry.
    """
    members = session.scalars(active(*roles)).all() or session.scalars(active(Role.ADMINISTRATOR)).all()
    for member in members:
        _queue(session, settings, member, template, kind, now, values)
    return len(members)


def _queue(
    session: Session,
    settings: Settings,
    member: StaffMember,
    template: str,
    kind: str,
    now: datetime,
    values: dict[str, object],
) -> None:
    rendered = mail.render(template, member.language, settings=settings, unsubscribe=None, **values)
    message = mail.build(
        rendered,
        sender=settings.account_from,
        to=member.email_ascii,
        language=member.language,
        message_id=message_id(settings),
        now=now,
    )
    outbox.queue(
        session,
        kind=kind,
        sender=mail.address_of(settings.account_from),
        recipient=member.email_ascii,
        subject=rendered.subject,
        message=message,
        now=now,
    )


def message_id(settings: Settings) -> str:
    """A new Message-ID: random at our own host, so that it tells nothing (RFC 5322 3.6.4)."""
    return f"<{new_handle()}@{urlsplit(settings.base_url).hostname}>"
